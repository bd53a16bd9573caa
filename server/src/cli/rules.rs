//! `porchlight rules …`: rules as files, each with its own tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use porchlight_domain::db::Db;
use porchlight_domain::operator::Actor;
use porchlight_domain::rule::field::{FIELDS, IN_CIDR, LANGUAGE};
use porchlight_domain::rule::store::{Applied, Apply, apply};
use porchlight_domain::rule::{NewRule, Rule, RuleSet, Vector};
use serde::Deserialize;

use crate::clock;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the tests in a folder's rule files. Needs no database.
    Test {
        /// A *.toml file, or the folder with such files, one rule each.
        folder: PathBuf,
    },
    /// Print a project's rules, the highest priority first.
    List {
        /// The project's name or id.
        #[arg(long)]
        project: String,
    },
    /// Make a project's rules what a folder's files say, after their tests have passed. Rules are told apart by name;
    /// those made in the console under other names are left alone.
    Apply {
        /// The folder with *.toml files, one rule each.
        folder: PathBuf,
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// Delete the rules that came from a file that is gone.
        #[arg(long)]
        prune: bool,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the names that a condition may use.
    Fields,
}

/// A rule in a file, with its tests.
#[derive(Debug, Deserialize)]
struct RuleFile {
    #[serde(flatten)]
    rule: toml::Table,
    #[serde(default)]
    test: Vec<Vector>,
}

/// A rule that was read.
#[derive(Debug)]
struct Read {
    path: PathBuf,
    rule: NewRule,
    tests: Vec<Vector>,
}

/// What needs no database; None when the command does.
pub(super) fn without_database(command: &Command) -> Option<Result<(), String>> {
    match command {
        Command::Test { folder } => Some(read(folder).and_then(|files| test(&files))),
        Command::Fields => {
            fields();
            Some(Ok(()))
        }
        Command::Apply { .. } | Command::List { .. } => None,
    }
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    let (folder, project, prune, dry_run) = match command {
        Command::Apply { folder, project, prune, dry_run } => (folder, project, prune, dry_run),
        Command::List { project } => return list(db, &project).await,
        Command::Test { .. } | Command::Fields => return Ok(()),
    };
    let files = read(&folder)?;
    test(&files)?;
    let found = super::key::find(db, &project).await?;
    let rules = files.into_iter().map(|file| file.rule).collect();
    let how = Apply { prune, dry_run };
    let applied = apply(db, &Actor::Cli, found.id, rules, how, clock::now()).await;
    say(&applied.map_err(|error| error.to_string())?, dry_run);
    Ok(())
}

/// A line for each rule: its mode, priority, effect and name, and when it hits.
async fn list(db: &Db, project: &str) -> Result<(), String> {
    let found = super::key::find(db, project).await?;
    let rules =
        porchlight_domain::rule::store::list(db, found.id).await.map_err(|error| error.to_string())?;
    if let Some(version) = RuleSet::new(&rules).version() {
        println!("version {version}, in each event that these rules judge");
    }
    for rule in &rules {
        println!("{}", line(rule));
        NewRule::from(rule).doubts(clock::now()).iter().for_each(|doubt| eprintln!("{}: {doubt}", rule.name));
    }
    if rules.is_empty() {
        println!("{} has no rules", found.name);
    }
    Ok(())
}

fn line(rule: &Rule) -> String {
    const FEW: usize = 5;
    let when = match (&rule.condition, rule.target) {
        (Some(condition), _) => condition.split_whitespace().collect::<Vec<_>>().join(" "),
        (None, Some(target)) => {
            let more = rule.filters.len().saturating_sub(FEW);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let few: Vec<_> = rule.filters.iter().take(FEW).map(String::as_str).collect();
            format!("{} in {}{more}", target.as_str(), few.join(", "))
        }
        (None, None) => String::new(),
    };
    let managed = if rule.managed { " (from a file)" } else { "" };
    format!("{}\t{:+}\t{}\t{}{managed}\t{when}", rule.mode.as_str(), rule.priority, rule.effect, rule.name)
}

/// The rules of a folder, untested.
pub(super) fn written(folder: &Path) -> Result<Vec<NewRule>, String> {
    Ok(read(folder)?.into_iter().map(|file| file.rule).collect())
}

/// The rules of a folder, by their files' names, or of one file.
fn read(folder: &Path) -> Result<Vec<Read>, String> {
    if folder.is_file() {
        return Ok(vec![read_one(folder.to_owned())?]);
    }
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("cannot read {}: {error}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(format!("there is no *.toml file in {}", folder.display()));
    }
    paths.sort();
    let read: Vec<_> = paths.into_iter().map(read_one).collect();
    let faults: Vec<_> = read.iter().filter_map(|file| file.as_ref().err().cloned()).collect();
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    let files = read.into_iter().collect::<Result<Vec<_>, _>>()?;
    unlike(&files)?;
    Ok(files)
}

/// Refuses two rules of one name: names are what tells rules apart.
fn unlike(files: &[Read]) -> Result<(), String> {
    let mut named: HashMap<&str, &Path> = HashMap::new();
    let twice = files.iter().filter_map(|file| {
        let first = named.insert(&file.rule.name, &file.path)?;
        let (path, first) = (file.path.display(), first.display());
        Some(format!("{path}: the rule {} stands in {first}, too: names tell rules apart", file.rule.name))
    });
    let twice: Vec<_> = twice.collect();
    if twice.is_empty() { Ok(()) } else { Err(twice.join("\n")) }
}

fn read_one(path: PathBuf) -> Result<Read, String> {
    let told = |what: String| format!("{}: {what}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| told(error.to_string()))?;
    let mut file: RuleFile = toml::from_str(&text).map_err(|error| told(error.to_string()))?;
    // TOML has times of its own.
    if let Some(end) = file.rule.get_mut("expires_at").filter(|end| end.is_datetime()) {
        *end = toml::Value::String(end.to_string());
    }
    let rule: Result<NewRule, _> = toml::Value::Table(file.rule).try_into();
    let rule = rule.map_err(|error| told(error.to_string()))?;
    let rule = rule.checked().map_err(|error| told(error.to_string()))?;
    Ok(Read { rule, tests: file.test, path })
}

/// Runs all tests; says which fail, which rules have none, and which can do nothing.
fn test(files: &[Read]) -> Result<(), String> {
    let (mut passed, mut failed, mut untested) = (0, Vec::new(), Vec::new());
    for Read { path, rule, tests } in files {
        if tests.is_empty() {
            untested.push(rule.name.as_str());
        }
        for doubt in rule.doubts(clock::now()) {
            eprintln!("{}: {doubt}", path.display());
        }
        for (number, vector) in tests.iter().enumerate() {
            let name =
                if vector.name.is_empty() { format!("test {}", number + 1) } else { vector.name.clone() };
            match vector.run(rule) {
                Ok(None) => passed += 1,
                Ok(Some(came)) => {
                    let expected = format!("{:?}", vector.expect).to_lowercase();
                    failed.push(format!("{}: {name}: expected a {expected}, but {came}", path.display()));
                }
                Err(error) => failed.push(format!("{}: {name}: {error}", path.display())),
            }
        }
    }
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    println!("{}, {} passed, {} failed", count(files.len(), "rule"), count(passed, "test"), failed.len());
    untested.iter().for_each(|name| println!("{name}\thas no tests"));
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

fn say(applied: &Applied, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    for (names, done) in [
        (&applied.created, format!("{would}created")),
        (&applied.changed, format!("{would}changed")),
        (&applied.same, "unchanged".to_owned()),
        (&applied.pruned, format!("{would}deleted")),
        (&applied.missing, "its file is gone (--prune deletes it)".to_owned()),
    ] {
        for name in names {
            println!("{name}\t{done}");
        }
    }
}

fn fields() {
    for field in FIELDS {
        println!("{:<22}{:<18}{}", field.name, field.kind.as_str(), field.meaning);
    }
    println!();
    for (written, meaning) in LANGUAGE.into_iter().chain([IN_CIDR]) {
        println!("{written:<40}{meaning}");
    }
}

//! What would have made a judgement green: the fewest changes that would.

use super::assess::logistic;
use super::client;
use super::evidence::{Case, Evidence, Piece};
use super::hypothesis::Subject;
use super::session::{SessionMemory, THEFT, Within};
use super::term::Term;
use super::{Counterfactual, Level};
use crate::profile::Sighting;

/// What an operator may wish had been otherwise: its words, and the evidence that falls with it.
const WISHES: [(&str, fn(&Piece) -> bool); 4] = [
    ("the device been known", |piece| piece.subject == Subject::Device),
    ("it come from a usual network", |piece| {
        let chain = [Subject::Country, Subject::Network, Subject::Prefix, Subject::Address, Subject::Hosting];
        chain.contains(&piece.subject) || piece.code.starts_with("travel.") || piece.code.starts_with("net.")
    }),
    ("the browser been a usual one", |piece| {
        matches!(piece.subject, Subject::Client | Subject::Version) || piece.code.starts_with("client.")
    }),
    ("nothing spoken against it elsewhere", |piece| {
        piece.subject == Subject::Common
            && !piece.code.starts_with("travel.")
            && !piece.code.starts_with("hour.")
    }),
];
const DEVICE: usize = 0;
const BROWSER: usize = 2;

/// What may be otherwise within a session.
const IN_SESSION: [&str; 3] = [
    "nothing spoken against who acts in it since it began",
    "nothing been done that an account is taken over with",
    "somebody vouched for what came before in its session",
];
const LOOKS: usize = 0;
const ACTION: usize = 1;
const VOUCHED: usize = 2;

/// All choices among so many wishes, those of fewer first.
fn choices(wishes: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (1_usize..1 << wishes)
        .map(|chosen| (0..wishes).filter(|wish| chosen & (1 << wish) != 0).collect())
        .collect();
    all.sort_by_key(|chosen: &Vec<usize>| (chosen.len(), chosen.clone()));
    all.into_iter()
}

/// What would have made a login green, which is judged by the user's habits.
pub(super) fn counterfactual(case: &Case<'_>, evidence: &Evidence) -> Option<Counterfactual> {
    choices(WISHES.len()).find_map(|chosen| granted(case, evidence, &chosen))
}

fn granted(case: &Case<'_>, evidence: &Evidence, chosen: &[usize]) -> Option<Counterfactual> {
    let falls = |piece: &Piece| {
        piece.evidence > 0.0 && chosen.iter().any(|wish| WISHES.get(*wish).is_some_and(|wish| wish.1(piece)))
    };
    let without: Vec<String> = evidence
        .pieces
        .iter()
        .filter(|piece| falls(piece))
        .map(|piece| piece.code.clone().into_owned())
        .collect();
    if without.is_empty() {
        return None;
    }
    let mut sums = evidence.sums(falls);
    let known = client::if_known(case, chosen.contains(&BROWSER));
    if let Some(known) = known.filter(|_| chosen.contains(&DEVICE)) {
        sums.add(Subject::Device, known);
    }
    let is_green = Level::of(case.world.calibration.probability(&sums)) == Level::Green;
    is_green.then(|| told(without, chosen.iter().filter_map(|wish| WISHES.get(*wish)).map(|wish| wish.0)))
}

/// What would have made green what a session went on to do; None where it is.
pub(super) fn in_session(
    memory: &SessionMemory,
    seen: &Sighting<'_>,
    theft: &[Term],
    action: &[Term],
    within: &Within,
) -> Option<Counterfactual> {
    let is_green = |log_odds: f64| Level::of(logistic(log_odds)) == Level::Green;
    if is_green(within.told.map_or(within.log_odds, |told| within.log_odds.max(told))) {
        return None;
    }
    let says = |terms: &[Term]| terms.iter().any(|term| term.evidence > 0.0);
    let (looks, acts) = (says(theft), says(action));
    let would = |chosen: &[usize]| {
        let theft = if chosen.contains(&LOOKS) { &[] } else { theft };
        let action = if chosen.contains(&ACTION) { &[] } else { action };
        if chosen.contains(&VOUCHED) {
            return THEFT + Term::sum(theft) + Term::sum(action);
        }
        memory.log_odds(seen.at, theft, action)
    };
    let may = |chosen: &Vec<usize>| {
        (looks || !chosen.contains(&LOOKS))
            && (acts || !chosen.contains(&ACTION))
            && (within.told.is_none() || chosen.contains(&VOUCHED))
    };
    let chosen = choices(IN_SESSION.len()).filter(may).find(|chosen| is_green(would(chosen)))?;
    let fall = |wish: usize, terms: &[Term]| {
        let terms: Vec<_> =
            terms.iter().filter(|term| term.evidence > 0.0).map(|term| term.code.to_owned()).collect();
        if chosen.contains(&wish) { terms } else { Vec::new() }
    };
    let without = [fall(LOOKS, theft), fall(ACTION, action)].concat();
    Some(told(without, chosen.iter().filter_map(|wish| IN_SESSION.get(*wish)).copied()))
}

fn told(mut without: Vec<String>, wishes: impl Iterator<Item = &'static str>) -> Counterfactual {
    without.dedup();
    let wishes: Vec<_> = wishes.collect();
    let wish = match wishes.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    Counterfactual { without, level: Level::Green, text: format!("It would have been green had {wish}") }
}

//! `porchlight bench detection --rba FILE`: the policies on the login data set of das-group.

use std::path::Path;

use porchlight_domain::Timestamp;
use porchlight_domain::event::Observation;
use porchlight_domain::lab::rba::{Options, Row, Trial};
use porchlight_domain::place::Network;

use crate::cli::import::lines::{self, Line, Lines};
use crate::cli::import::rba::Rba;
use crate::cli::progress::Progress;
use crate::clock;
use crate::enrich::agent::Agents;

/// Reads the file once, in its own order, which must be that of time; what it cannot use is counted and told.
pub(super) fn run(file: &Path, options: Options) -> Result<String, String> {
    played(Lines::open(file, true)?, options)
}

fn played(mut lines: Lines, options: Options) -> Result<String, String> {
    let mut table =
        Table { reader: Rba::default(), agents: Agents::default(), last: None, now: clock::now() };
    let mut trial = Trial::new(options);
    let (mut rows, mut bad, mut progress) = (0_u64, 0_u64, Progress::new("rows"));
    while let Some(line) = lines.next().map_err(|error| format!("cannot read on: {error}"))? {
        rows += 1;
        let (number, row) = match line {
            Line::Text(number, text) => (number, table.row(&text, &trial)),
            Line::TooLong(number) => (number, Err("is too long".to_owned())),
            Line::Unclosed(number) => (number, Err(lines::UNCLOSED.to_owned())),
        };
        match row {
            Ok(Some(row)) => trial.add(row),
            Ok(None) => {}
            // Without the columns that are needed there is nothing to read on for.
            Err(why) if number == 1 => return Err(why),
            Err(why) => {
                bad += 1;
                if bad <= 10 {
                    eprintln!("line {number}: {why}");
                }
            }
        }
        progress.at(rows, lines.share());
    }
    progress.end(rows);
    let left_out = if bad > 0 { format!("\n{bad} rows could not be used.\n") } else { String::new() };
    Ok(trial.report(rows.saturating_sub(1)) + &left_out)
}

struct Table {
    reader: Rba,
    agents: Agents,
    last: Option<Timestamp>,
    now: Timestamp,
}

impl Table {
    /// A row of a user who is taken. Addresses in the file are made up: nothing is looked up.
    fn row(&mut self, text: &str, trial: &Trial) -> Result<Option<Row>, String> {
        let Some((read, takeover)) = self.reader.row(text)? else { return Ok(None) };
        if !read.user().is_some_and(|user| trial.takes(user)) {
            return Ok(None);
        }
        let (event, at) = read.parse(self.now)?;
        if self.last.is_some_and(|last| at < last) {
            return Err("is older than the row above: sort the file by Login Timestamp".to_owned());
        }
        self.last = Some(at);
        let agent = event.user_agent.as_deref().map(|text| self.agents.get(text)).unwrap_or_default();
        let network = read.asn.map(|asn| Network { asn: Some(asn), ..Network::default() });
        let seen = Observation {
            event,
            at,
            received_at: at,
            is_history: true,
            place: read.place,
            network,
            agent,
            ..Observation::default()
        };
        Ok(Some(Row { seen, takeover }))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    const HEAD: &str = "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,\
                        User Agent String,Browser Name and Version,OS Name and Version,Device Type,Login Successful,\
                        Is Attack IP,Is Account Takeover\n";

    fn options() -> Options {
        Options { one_in: 1, warm_up: 0, attacked: 1, resamples: 10 }
    }

    fn report(text: &str) -> Result<String, String> {
        played(Lines::new(Box::new(std::io::Cursor::new(text.to_owned())), true, None), options())
    }

    #[test]
    fn the_data_set_is_read_scored_and_told() {
        let mut text = HEAD.to_owned();
        for row in 0..200 {
            let (user, minute, hour) = (row % 5, row % 60, row / 60);
            let takeover = if row == 199 { "True" } else { "False" };
            let _ = writeln!(
                text,
                "{row},2020-02-03 {hour:02}:{minute:02}:30.772,-{user}0,,10.{user}.8.{},NO,-,-,2900{user},\
                 \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 \
                 Safari/537.36\",Chrome 79.0.3945,Windows 10,desktop,True,False,{takeover}",
                row % 3
            );
        }
        let report = report(&text).unwrap();
        assert!(report.contains("200 rows; one user in 1 taken: 5 users, 194 honest logins"), "{report}");
        assert!(report.contains("1 marked takeovers") && !report.contains("NaN"), "{report}");
        assert!(report.contains("| Freeman as published by das-group, at 1.0 % |"), "{report}");
    }

    #[test]
    fn a_file_that_is_something_else_is_refused_and_bad_rows_are_counted() {
        assert!(report("a,b\n1,2\n").unwrap_err().contains("the header has no column Login Timestamp"));
        let late = "1,2020-02-03 12:43:30.772,1,,10.0.0.1,NO,-,-,1,UA,,,,True,False,False\n";
        let early = late.replace("12:43", "11:43");
        let report = report(&format!("{HEAD}{late}{early}nonsense\n")).unwrap();
        assert!(report.contains("2 rows could not be used"), "{report}");
    }
}

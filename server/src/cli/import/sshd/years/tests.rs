//! Spoilt dates among good ones.

use super::*;

/// 2026-03-02T08:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_438_400);

/// The year of each line; None: refused.
fn years(first: Option<i32>, now: Timestamp, lines: &[&str]) -> Vec<Option<i32>> {
    let mut years = Years::new(first, UtcOffset::UTC, now);
    lines.iter().for_each(|line| years.look(line));
    let mut all = Vec::new();
    for line in lines {
        years.advance();
        let (stamp, _) = Stamp::read(line).expect("a stamp");
        let at = years.moment(stamp).ok();
        all.push(at.and_then(|at| at.to_string().get(..4).and_then(|year| year.parse().ok())));
    }
    all
}

#[test]
fn a_day_that_does_not_exist_is_refused_and_moves_nothing() {
    for spoilt in ["Mar 40 08:00:00", "Feb 29 08:00:00", "Feb 30 08:00:00", "Apr  0 08:00:00"] {
        let lines = ["Feb 27 08:00:00", spoilt, "Mar  1 08:00:00", "Mar  2 07:00:00"];
        for first in [None, Some(2019)] {
            let year = Some(first.unwrap_or(2026));
            assert_eq!(years(first, NOW, &lines), [year, None, year, year], "{spoilt} {first:?}");
        }
        let began = [spoilt, "Mar  1 08:00:00"];
        assert_eq!(years(None, NOW, &began), [None, Some(2026)], "{spoilt} as the first line");
    }
}

#[test]
fn a_machine_without_a_clock_begins_no_new_year() {
    let boot = "Jan  1 00:00:01";
    for lines in [
        ["Jul 20 08:00:00", boot, "Jul 20 08:01:00", "Jul 21 08:00:00"],
        ["Dec 31 08:00:00", boot, "Dec 31 09:00:00", "Dec 31 10:00:00"],
    ] {
        assert_eq!(years(Some(2019), NOW, &lines), [Some(2019), None, Some(2019), Some(2019)]);
    }
    let begun = [boot, "Nov  3 08:00:00", "Nov  4 08:00:00"];
    assert_eq!(years(None, NOW, &begun), [None, Some(2025), Some(2025)], "as the first line");
    let jumped = ["Mar  1 08:00:00", "Nov  3 08:00:00", "Mar  2 08:00:00", "Mar  3 08:00:00"];
    assert_eq!(
        years(Some(2019), NOW, &jumped),
        [Some(2019), None, Some(2019), Some(2019)],
        "nor does a leap ahead"
    );
}

#[test]
fn a_new_year_is_one_that_the_lines_after_it_show() {
    let turned = ["Dec 31 23:59:59", "Jan  1 00:00:01", "Jan  1 00:00:02", "Jan  9 00:00:00"];
    assert_eq!(years(Some(2019), NOW, &turned), [Some(2019), Some(2020), Some(2020), Some(2020)]);
    assert_eq!(years(Some(2019), NOW, &turned[..2]), [Some(2019), Some(2020)], "the last line of all");
    assert_eq!(
        years(Some(2019), NOW, &["Jul 20 08:00:00", "Jan  1 00:00:01"]),
        [Some(2019), None],
        "too far alone"
    );
    let leap = ["Dec 10 01:00:00", "Feb 29 01:00:00", "Mar  1 01:00:00"];
    assert_eq!(years(Some(2019), NOW, &leap), [Some(2019), Some(2020), Some(2020)]);
}

#[test]
fn no_line_is_moved_past_now() {
    // 2026-11-30T08:00:00Z.
    let autumn = Timestamp::from_seconds(1_796_025_600);
    let lines = [
        "Nov 28 08:00:00",
        "Jan  1 00:00:01",
        "Jan  1 00:00:02",
        "Nov 29 08:00:00",
        "Nov 29 09:00:00",
        "Nov 30 07:00:00",
    ];
    assert_eq!(years(None, autumn, &lines), [Some(2026), None, None, Some(2026), Some(2026), Some(2026)]);
    let ahead = ["Dec 15 08:00:00", "Aug  1 08:00:00", "Aug  2 08:00:00"];
    assert_eq!(
        years(None, autumn, &ahead),
        [None, Some(2026), Some(2026)],
        "a first line that is none of theirs"
    );
}

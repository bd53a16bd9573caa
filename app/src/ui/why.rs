//! Why a login was judged as it was: a waterfall of evidence, from what was believed before to what is believed now.

use leptos::prelude::*;
use porchlight_domain::risk::budget::odds;
use porchlight_domain::risk::{Account, RED, Reason};
use porchlight_domain::rule::{Outcome, RuleNote};

use crate::format;
use crate::ui::badge::{Tone, badge};
use crate::ui::time::Time;

/// Evidence in natural log-odds, of what is no mere word, says how many times likelier something is for an attacker: `×20`, or less: `÷12`.
fn factor(evidence: f64) -> String {
    if evidence == 0.0 {
        return String::new();
    }
    let (sign, times) = if evidence > 0.0 { ('×', evidence.exp()) } else { ('÷', (-evidence).exp()) };
    match times {
        ..9.95 => format!("{sign}{times:.1}"),
        9.95..1000.0 => format!("{sign}{times:.0}"),
        _ => format!("{sign}1,000+"),
    }
}

fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln()
}

/// One bar: from where to where, in log-odds.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    text: String,
    from: f64,
    to: f64,
    /// None for the first bar and the sum.
    of: Option<Reason>,
}

/// What is not told one by one. It speaks for the user, unless what the session did before it, its login above all, was
/// unusual: that was told there. An event within a session is weighed with that login.
fn usual(rest: f64, reasons: &[Reason]) -> &'static str {
    let within = |reason: &Reason| reason.code.starts_with("seq.") || reason.code.starts_with("session.");
    match rest > 0.0 {
        true => "What came before in its session",
        false if reasons.iter().any(within) => "Its login, and what is usual in a session",
        false => "Attackers are rare; what is usual about it",
    }
}

/// What is usual comes first: all evidence that is not told one by one. Then each reason, strongest first.
fn bars(score: f64, reasons: &[Reason]) -> Vec<Bar> {
    let told: f64 = reasons.iter().map(|reason| reason.evidence).sum();
    let rest = log_odds(score) - told;
    let mut bars = vec![Bar { text: usual(rest, reasons).to_owned(), from: 0.0, to: rest, of: None }];
    let mut at = rest;
    for reason in reasons {
        bars.push(Bar {
            text: reason.text.clone(),
            from: at,
            to: at + reason.evidence,
            of: Some(reason.clone()),
        });
        at += reason.evidence;
    }
    bars
}

/// The evidence behind a score: in one sentence, as a waterfall, and what would have been otherwise. `reference` is the page
/// that says what each reason means.
pub fn why(score: f64, reasons: &[Reason], account: &Account, reference: &str) -> AnyView {
    let rules = rules(&account.rules);
    let ended = reasons.iter().find(|reason| ["rule.deny", "rule.allow"].contains(&reason.code.as_str()));
    if let Some(rule) = ended {
        let text = format!("{}. A rule ends the discussion: nothing else was weighed.", rule.text);
        return view! { <p class="why-rule">{text}</p>{rules} }.into_any();
    }
    if reasons.is_empty() {
        return view! { <p class="faint">"Nothing about it is unusual."</p>{rules} }.into_any();
    }
    let bars = bars(score, reasons);
    let ends = bars.iter().flat_map(|bar| [bar.from, bar.to]).chain([0.0, log_odds(RED)]);
    let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(least, most), end| (least.min(end), most.max(end)));
    let scale = Scale { least, width: (most - least).max(0.1) };
    let total = Bar { text: "Together".to_owned(), from: 0.0, to: log_odds(score), of: None };
    view! {
        {summary(score, account)}
        <ol class="why">
            {bars.into_iter().map(|bar| { let shown = factor(bar.to - bar.from); step(bar, shown, scale, "why-step", reference) }).collect_view()}
            {step(total, format!("score {}", format::score(score)), scale, "why-step why-total", reference)}
        </ol>
        {rules}
        <p class="faint">
            "Each bar says how many times likelier that is for somebody else than for this user. The lines mark where orange and red begin. "
            <a href=reference.to_owned()>"What the reasons mean"</a>"."
        </p>
    }
    .into_any()
}

/// Who it would be, how likely that is, and what would have made it green.
fn summary(score: f64, account: &Account) -> AnyView {
    let headline = account.headline.map(|who| format!("{}. ", who.sentence()));
    let otherwise = account.counterfactual.as_ref().map(|otherwise| format!(" {}.", otherwise.text));
    view! { <p class="why-summary"><strong>{headline}</strong>{format!("Odds that it is somebody else: {}.", odds(score))}{otherwise}</p> }.into_any()
}

/// The rules that hit, would have hit, or could not be asked.
fn rules(notes: &[RuleNote]) -> AnyView {
    if notes.is_empty() {
        return ().into_any();
    }
    let line = |note: &RuleNote| {
        let (tone, word, why) = match &note.outcome {
            Outcome::Hit => (Tone::from(&note.effect), "hit", String::new()),
            Outcome::Shadow => {
                (Tone::Neutral, "would have hit", " It is only tried out: nothing changed.".to_owned())
            }
            Outcome::Skipped { why } => (Tone::Neutral, "skipped", format!(" {why}.")),
        };
        view! { <li>{badge(tone, word)}" "{note.name.clone()}<span class="faint">{why}</span></li> }
    };
    view! { <h3>"Rules"</h3><ul class="why-rules">{notes.iter().map(line).collect_view()}</ul> }.into_any()
}

/// Among whom it is told how common a value is: among those who share what is above it.
fn among(code: &str) -> &'static str {
    let narrowed = [
        ("net.asn.", "users in the same country"),
        ("net.prefix.", "users on the same network"),
        ("net.address.", "users in the same address range"),
        ("client.version.", "users with the same kind of client"),
    ];
    narrowed.iter().find(|(codes, _)| code.starts_with(codes)).map_or("all users", |(_, whom)| whom)
}

/// What is known of the value: how often and how lately the user showed it, how common it is.
fn facts(reason: &Reason) -> Option<AnyView> {
    let logins = reason.logins.map(|logins| match logins {
        ..0.05 => "Never in the user's logins".to_owned(),
        _ => format!("In {logins:.1} of the user's logins, older ones counting less"),
    });
    let share = reason.share.map(|share| match (share * 100.0, among(&reason.code)) {
        (percent, whom) if percent < 0.1 => format!("below 0.1 % of {whom}"),
        (percent, whom) => format!("{percent:.1} % of {whom}"),
    });
    let last = reason.last.map(|at| view! { ", last "<Time at=at/> });
    if logins.is_none() && share.is_none() && last.is_none() {
        return None;
    }
    let share = share.map(|share| if logins.is_some() { format!("; {share}") } else { share });
    Some(view! { <span class="why-facts faint">{logins}{last}{share}</span> }.into_any())
}

/// Log-odds on a line of 1,000.
#[derive(Clone, Copy, Debug)]
struct Scale {
    least: f64,
    width: f64,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        ((value - self.least) / self.width * 1000.0).round()
    }
}

fn step(bar: Bar, shown: String, scale: Scale, class: &'static str, reference: &str) -> AnyView {
    let evidence = bar.to - bar.from;
    let (from, to) = (scale.place(bar.from), scale.place(bar.to));
    let is_word = bar.of.as_ref().is_some_and(|reason| reason.evidence == 0.0);
    let tone = match evidence {
        _ if is_word => Tone::Neutral,
        evidence if evidence > 0.0 => Tone::Bad,
        _ => Tone::Good,
    };
    let mark = |at: f64, name: &'static str| view! { <rect class=name x=scale.place(at) - 1.0 y="0" width="2" height="20"/> };
    let text = match &bar.of {
        Some(reason) => {
            view! { <a href=format!("{reference}#{}", reason.code) title=reason.code.clone()>{bar.text}</a> }
                .into_any()
        }
        None => bar.text.into_any(),
    };
    view! {
        <li class=class data-tone=tone.as_str()>
            <span class="why-text">{text}{bar.of.as_ref().and_then(facts)}</span>
            <svg class="why-bar" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
                {mark(0.0, "why-orange")}
                {mark(log_odds(RED), "why-red")}
                {(!is_word).then(|| view! {
                    <rect class="why-fill" x=from.min(to) y="5" width=(to - from).abs().max(3.0) height="10"/>
                })}
            </svg>
            <span class="why-factor">{shown}</span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_join_and_end_at_the_score() {
        let reason = |evidence| Reason {
            code: "net.country.new".into(),
            text: "China is a new country".into(),
            evidence,
            ..Reason::default()
        };
        let bars = bars(0.9, &[reason(3.0), reason(1.0)]);
        assert_eq!((bars.len(), bars[0].from), (3, 0.0));
        assert!(bars.windows(2).all(|pair| (pair[0].to - pair[1].from).abs() < 1e-9));
        assert!((bars[2].to - 9.0_f64.ln()).abs() < 1e-9);
        assert!(bars[0].to < 0.0, "what is usual speaks for the user");
        assert_ne!(
            bars[0].text,
            super::bars(0.9, &[reason(1.0)])[0].text,
            "what speaks against them is no habit"
        );
        let soon = Reason { code: "seq.sensitive.soon".into(), ..reason(5.0) };
        assert!(super::bars(0.9, &[soon])[0].text.starts_with("Its login"), "it is weighed with that");
    }

    #[test]
    fn how_common_a_value_is_is_told_among_those_of_whom_that_was_counted() {
        assert_eq!(among("net.asn.known"), "users in the same country");
        assert_eq!(among("net.address.new"), "users in the same address range");
        for code in ["net.country.new", "net.vpn", "client.family.known"] {
            assert_eq!(among(code), "all users", "{code}");
        }
    }

    #[test]
    fn evidence_reads_as_how_many_times_likelier() {
        assert_eq!(
            [factor(0.0), factor(0.001), factor(1.0), factor(3.0), factor(-2.5), factor(30.0)],
            ["", "×1.0", "×2.7", "×20", "÷12", "×1,000+"]
        );
    }
}

//! What is wrong with the filters in a page's URL: said at each, and nothing is listed for what was not understood.

use std::str::FromStr;

use leptos::prelude::*;
use porchlight_domain::{Error, FieldError, Timestamp};

use super::filter;
use crate::error::AppError;

/// Finds what is wrong with a page's filters, each by its name.
pub type Faults = fn() -> Vec<FieldError>;

/// The faults of the bar around.
#[derive(Clone, Copy)]
struct Judged(Option<Faults>);

/// Has the inputs of this bar say what is wrong with them.
pub(super) fn judge(faults: Option<Faults>) {
    provide_context(Judged(faults));
}

/// What is wrong with the filter of this name, beside it, while it is.
pub(super) fn beside(name: &'static str) -> AnyView {
    said(name, |fault, value| format!("{}: “{value}”", fault.message))
}

/// The same where there are a few choices, which are in sight.
pub(super) fn beside_choices(name: &'static str) -> AnyView {
    said(name, |_, value| format!("“{value}” is none of these"))
}

fn said(name: &'static str, words: fn(&FieldError, &str) -> String) -> AnyView {
    let Some(Judged(Some(faults))) = use_context::<Judged>() else { return ().into_any() };
    let wrong = move || {
        let fault = faults().into_iter().find(|fault| fault.field == name)?;
        let what = AppError::Conflict(words(&fault, &filter(name).unwrap_or_default()));
        Some(view! { <span class="field-error">{what.to_string()}</span> })
    };
    view! { {wrong} }.into_any()
}

/// What is wrong with a filter that is to be read as `T`.
pub fn of<T: FromStr<Err = Error>>(name: &'static str) -> Option<FieldError> {
    read(name, str::parse::<T>)
}

/// What is wrong with a filter that is to be read so.
pub fn read<T>(name: &'static str, read: impl Fn(&str) -> Result<T, Error>) -> Option<FieldError> {
    match read(&filter(name)?) {
        Err(Error::Invalid(faults)) => {
            faults.into_iter().next().map(|fault| FieldError::new(name, fault.message))
        }
        Err(_) => Some(FieldError::new(name, "is nothing that can be looked for")),
        Ok(_) => None,
    }
}

/// What is wrong with the days of [`super::FilterAbout`].
pub fn of_about() -> Vec<FieldError> {
    let days = ["since", "until"].map(|name| (name, filter(name)));
    wrong_days(days)
}

fn wrong_days(days: [(&'static str, Option<String>); 2]) -> Vec<FieldError> {
    let read = days.each_ref().map(|(_, text)| text.as_deref().and_then(Timestamp::parse));
    let given = days.into_iter().zip(read);
    let unread = given.filter(|((_, text), read)| text.is_some() && read.is_none());
    let mut faults: Vec<_> =
        unread.map(|((name, _), _)| FieldError::new(name, "must be a day, like 2026-01-31")).collect();
    if let [Some(since), Some(until)] = read
        && until < since
    {
        faults.push(FieldError::new("until", "must not be before the first day"));
    }
    faults
}

/// The list, or what is wrong with the filters while something is. The filters may be mended without anything being read
/// anew: what was not understood narrowed nothing.
pub fn unless(faults: Faults, list: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let wrong = Memo::new(move |_| faults());
    (move || notice(wrong.get()).unwrap_or_else(&list)).into_any()
}

/// What is wrong, each with what it was.
fn notice(faults: Vec<FieldError>) -> Option<AnyView> {
    let label = |name: &str| match name {
        "since" => Some("From day".to_owned()),
        "until" => Some("To day".to_owned()),
        "ip" => Some("Address".to_owned()),
        _ => None,
    };
    (!faults.is_empty()).then(|| {
        let said = AppError::Invalid(faults).about(label, |name| untrack(|| filter(name)));
        view! { <p class="notice" data-tone="bad" role="alert">{said}" Nothing is listed for it."</p> }
            .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_none_is_named_and_the_last_is_not_before_the_first() {
        let wrong = |since: &str, until: &str| {
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let faults = wrong_days([("since", text(since)), ("until", text(until))]);
            faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        for fine in [("", ""), ("2026-01-31", ""), ("2026-01-31", "2026-01-31"), ("", "2026-01-31T08:00:00Z")]
        {
            assert_eq!(wrong(fine.0, fine.1), Vec::<String>::new(), "{fine:?}");
        }
        assert_eq!(wrong("yesterday", ""), ["since"]);
        assert_eq!(wrong("2026-02-30", "soon"), ["since", "until"]);
        assert_eq!(wrong("2026-02-02", "2026-02-01"), ["until"]);
    }
}

//! What errors say.

use super::*;

#[test]
fn an_error_reads_as_a_sentence() {
    let invalid = AppError::Invalid(vec![
        FieldError::new("email", "must be an e-mail address"),
        FieldError::new("confirm_seconds", "must be between 10 and 86400"),
    ]);
    assert_eq!(
        invalid.to_string(),
        "E-mail must be an e-mail address; Confirm seconds must be between 10 and 86400."
    );
    let places = AppError::Invalid(vec![
        FieldError::new("filters[0]", "must be an address or a range"),
        FieldError::new("user.id", "must not be blank"),
    ]);
    assert_eq!(places.to_string(), "filters[0] must be an address or a range; user.id must not be blank.");
    assert_eq!(AppError::Conflict("the alert is closed".into()).to_string(), "The alert is closed.");
    assert_eq!(AppError::TooMany(61).to_string(), "Too many attempts. Try again in 61 seconds.");
    assert_eq!(AppError::TooMany(600).to_string(), "Too many attempts. Try again in 10 minutes.");
}

#[test]
fn a_complaint_names_the_label_and_shows_what_was_typed() {
    let error = AppError::Invalid(vec![
        FieldError::new("logo_url", "must be an https address"),
        FieldError::new("name", "must not be blank"),
        FieldError::new("“10.0.0.0/33”", "must be an address or a range"),
        FieldError::new("policy.timeout_seconds", "must be 1 to 30"),
    ]);
    let typed = |name: &str| match name {
        "logo_url" => Some("http://a.example/logo".to_owned()),
        "timeout_seconds" => Some("31".to_owned()),
        _ => None,
    };
    let label = |name: &str| match name {
        "logo_url" => Some("Logo in mails".to_owned()),
        "timeout_seconds" => Some("Time to answer".to_owned()),
        _ => None,
    };
    assert_eq!(
        error.about(label, typed),
        "“Logo in mails” must be an https address: “http://a.example/logo”; Name must not be blank; \
         “10.0.0.0/33” must be an address or a range; “Time to answer” must be 1 to 30: “31”."
    );
    let long = error.about(|_| None, |_| Some("é".repeat(1_000)));
    assert!(long.contains(&format!("must not be blank: “{}…”;", "é".repeat(60))), "{long}");
    assert_eq!(error.beside("timeout_seconds").as_deref(), Some("Must be 1 to 30."));
    assert_eq!(error.beside("secret"), None);
}

#[test]
fn an_error_survives_the_way_to_the_browser() {
    let error = AppError::Invalid(vec![FieldError::new("name", "must not be blank")]);
    assert_eq!(AppError::de(error.ser()), error);
}

//! The few things only a browser can do. On the server each does nothing.

#[cfg(feature = "hydrate")]
mod binding {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        pub(super) type Date;
        #[wasm_bindgen(static_method_of = Date)]
        pub(super) fn now() -> f64;
        #[wasm_bindgen(constructor)]
        pub(super) fn new(millis: f64) -> Date;
        #[wasm_bindgen(method, js_name = toLocaleString)]
        pub(super) fn to_locale_string(this: &Date) -> String;

        #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
        pub(super) fn write_text(text: &str) -> Result<JsValue, JsValue>;

        pub(super) type Popover;
        #[wasm_bindgen(catch, method, js_name = hidePopover)]
        pub(super) fn hide_popover(this: &Popover) -> Result<(), JsValue>;

        pub(super) type Focusable;
        #[wasm_bindgen(method)]
        pub(super) fn focus(this: &Focusable);
        #[wasm_bindgen(method)]
        pub(super) fn click(this: &Focusable);
    }
}

#[cfg(feature = "hydrate")]
pub use http::{ask, form, send};

#[cfg(feature = "hydrate")]
mod http {
    use std::future::Future;

    use leptos::prelude::window;
    use leptos::server_fn::redirect::REDIRECT_HEADER;
    use send_wrapper::SendWrapper;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, SubmitEvent, UrlSearchParams};

    use crate::error::{AppError, AppResult};

    /// Asks a server function; arguments and answer are JSON.
    pub fn ask(path: &'static str, arguments: String) -> impl Future<Output = AppResult<String>> + Send {
        // A browser's page has one thread.
        SendWrapper::new(async move {
            let response = post(path, "application/json", &arguments).await?;
            text(&response).await
        })
    }

    /// Sends a form's fields; answers the page to go to, if the change leads to another.
    pub async fn send(path: &'static str, fields: String) -> AppResult<Option<String>> {
        let response = post(path, "application/x-www-form-urlencoded", &fields).await?;
        let header = |name| response.headers().get(name).ok().flatten();
        Ok(header(REDIRECT_HEADER).and_then(|_| header("location")))
    }

    async fn post(path: &str, content_type: &str, body: &str) -> AppResult<Response> {
        let response = fetch(path, content_type, body).await.map_err(|_| AppError::Unreachable)?;
        if response.ok() {
            return Ok(response);
        }
        // A proxy in between answers what is not ours.
        Err(text(&response)
            .await
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or(AppError::Unreachable))
    }

    async fn fetch(path: &str, content_type: &str, body: &str) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        headers.set("content-type", content_type)?;
        headers.set("accept", "application/json")?;
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_headers(&headers);
        request.set_body(&JsValue::from_str(body));
        JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?.dyn_into()
    }

    async fn text(response: &Response) -> AppResult<String> {
        let promise = response.text().map_err(|_| AppError::Unreachable)?;
        let text = JsFuture::from(promise).await.map_err(|_| AppError::Unreachable)?;
        text.as_string().ok_or(AppError::Unreachable)
    }

    /// A form that is being sent, and its fields with the button that sends it, as the browser would write them.
    pub fn form(event: &SubmitEvent) -> Option<(HtmlFormElement, String)> {
        let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
        let fields = FormData::new_with_form(&form).ok()?;
        if let Some(button) = event.submitter() {
            let (name, value) = (button.get_attribute("name"), button.get_attribute("value"));
            if let Some((name, value)) = name.zip(value) {
                fields.append_with_str(&name, &value).ok()?;
            }
        }
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
        Some((form, String::from(fields.to_string())))
    }
}

/// Microseconds since 1970, by the browser's clock.
#[cfg(feature = "hydrate")]
pub fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date fit")]
    let millis = binding::Date::now() as i64;
    millis * 1_000
}

/// Microseconds since 1970, by the browser's clock: 0 where there is no browser.
#[cfg(not(feature = "hydrate"))]
pub fn now() -> i64 {
    0
}

/// A moment in the browser's own zone and language.
#[cfg(feature = "hydrate")]
pub fn local_time(micros: i64) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a date fit")]
    let millis = (micros / 1_000) as f64;
    Some(binding::Date::new(millis).to_locale_string())
}

/// A moment in the browser's own zone and language: None where there is no browser.
#[cfg(not(feature = "hydrate"))]
pub fn local_time(_micros: i64) -> Option<String> {
    None
}

/// Puts text on the clipboard; false when the browser refuses.
pub fn copy(text: &str) -> bool {
    #[cfg(feature = "hydrate")]
    return binding::write_text(text).is_ok();
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = text;
        false
    }
}

/// Closes the popover with this id, if it is open.
pub fn close_popover(id: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        if let Some(element) = leptos::prelude::document().get_element_by_id(id) {
            // It throws when the popover is not open.
            let _ = element.unchecked_into::<binding::Popover>().hide_popover();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// Loads another page anew, in the place of this one.
pub fn leave_for(page: &str) {
    #[cfg(feature = "hydrate")]
    // A browser that refuses leaves the link to it.
    let _ = leptos::prelude::window().location().replace(page);
    #[cfg(not(feature = "hydrate"))]
    let _ = page;
}

/// Moves the focus to the first element that matches, if there is one.
pub fn focus(selector: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        if let Ok(Some(element)) = leptos::prelude::document().query_selector(selector) {
            element.unchecked_into::<binding::Focusable>().focus();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = selector;
}

/// Ticks all boxes of this name; where all are ticked, none is any more.
pub fn tick_all(name: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let next = |which: &str| {
            let found = leptos::prelude::document().query_selector(&format!("input[name='{name}']{which}"));
            found.ok().flatten().map(|found| found.unchecked_into::<binding::Focusable>())
        };
        let which = if next(":not(:checked)").is_some() { ":not(:checked)" } else { ":checked" };
        // A click takes a box out of those that are looked for; one that does not would be clicked for ever.
        for _ in 0..1_000 {
            let Some(found) = next(which) else { break };
            found.click();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = name;
}

/// True when the focus is where letters are typed.
pub fn is_typing() -> bool {
    #[cfg(feature = "hydrate")]
    return leptos::prelude::document()
        .active_element()
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Where somebody is in the middle of something.
#[cfg(feature = "hydrate")]
const WORK: &str = "main .confirm[open], main form[method='post'] \
    :is(textarea, select, input:not([type='checkbox'])):is(:focus, :user-valid, :user-invalid)";

/// True while somebody is in the middle of something that reading the page again would take away: a question is open, or
/// a form holds what was typed and not sent.
pub fn is_at_work() -> bool {
    #[cfg(feature = "hydrate")]
    return leptos::prelude::document().query_selector(WORK).is_ok_and(|found| found.is_some());
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Sets or takes away an attribute of the document's root.
pub fn mark_root(name: &str, value: Option<&str>) {
    #[cfg(feature = "hydrate")]
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, value);
}

/// True when the document's root has an attribute of this name.
pub fn root_has(name: &str) -> bool {
    #[cfg(feature = "hydrate")]
    return leptos::prelude::document().document_element().is_some_and(|root| root.has_attribute(name));
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        false
    }
}

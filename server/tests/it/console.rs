//! The console: who is let in, who may do what, and what a browser is told.

mod account;
mod functions;
mod lists;
mod pages;
mod sign_in;

use leptos::server_fn::axum::server_fn_paths;

/// The path of the server function of this name.
fn path_of(name: &str) -> String {
    let mut paths =
        server_fn_paths().map(|(path, _)| path).filter(|path| path.rsplit('/').next() == Some(name));
    let path = paths.next().unwrap_or_else(|| panic!("there is no server function {name}"));
    assert_eq!(paths.next(), None, "two server functions are called {name}");
    path.to_owned()
}

/// A browser that loads a page or sends a form by itself.
const BY_ITSELF: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
/// What it sends forms as.
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

//! Which rules are accepted, and which events they hit.

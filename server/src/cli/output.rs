//! What commands print. Whoever reads it may stop reading (`| head`): that is no failure.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stdout};
use std::process::exit;

/// Prints, or ends the process where nobody reads any more.
pub(super) fn put(text: Arguments<'_>) {
    let Err(error) = stdout().lock().write_fmt(text) else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        exit(0);
    }
    eprintln!("cannot write to standard output: {error}");
    exit(1);
}

/// As the standard library's, which panics where nobody reads any more.
macro_rules! print {
    ($($text:tt)*) => { $crate::cli::output::put(format_args!($($text)*)) };
}

/// As the standard library's, which panics where nobody reads any more.
macro_rules! println {
    () => { $crate::cli::output::put(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::output::put(format_args!("{}\n", format_args!($($text)*))) };
}

//! What commands print. Whoever reads it may have read enough (`rapport list | head`): that is no fault, and what the command
//! does goes on.

use std::{
    fmt::Arguments,
    io::{Write, stdout},
};

use prost::Message;

use super::failure::Failure;
use crate::api::to_json;

/// Prints, as `print!` does.
macro_rules! put {
    ($($text:tt)*) => { $crate::cli::print::write(format_args!($($text)*)) };
}

/// Prints a line, as `println!` does.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::print::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// Writes to standard output.
pub(super) fn write(text: Arguments<'_>) {
    let mut out = stdout().lock();
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}

/// Prints a message as proto3 JSON, with the fields that hold their default or without.
pub(super) fn print_json(name: &str, message: &impl Message, defaults: bool) -> Result<(), Failure> {
    say!("{}", to_json(name, message, defaults).map_err(Failure::new)?);
    Ok(())
}

//! The `rapport` binary.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A batch is thousands of small allocations, which the system's own allocator takes a quarter of the time for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match rapport::cli::run(rapport::cli::Cli::parse()).await {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

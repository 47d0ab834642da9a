//! The binary: everything is in the library, so that tests can reach it.

use doorway::blog;
use std::process::ExitCode;

/// Worth 40 % of throughput: resolving a response makes many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    doorway::cli::main::<blog::Commands>(&blog::app())
}

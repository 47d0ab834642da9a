//! The oldest Rust that Doorway compiles with, as `Cargo.toml` and the README state it.

use serde_json::Value;
use std::{fs, process::Command};

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// `(1, 89, 0)` for `1.89`.
fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(MANIFEST).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Our own code is checked by clippy's `incompatible_msrv`, which reads the same line of `Cargo.toml`.
#[test]
fn no_dependency_needs_a_newer_rust() {
    // Only this platform's packages: the others may not be downloaded.
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]));
    let metadata = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--locked",
        "--offline",
        "--format-version=1",
        "--filter-platform",
        host.trim(),
    ]));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the packages were not found");
    let too_new: Vec<String> = packages
        .iter()
        .filter_map(|package| {
            let needs = package["rust_version"].as_str()?;
            (version(needs) > version(RUST_VERSION))
                .then(|| format!("{} {} needs Rust {needs}", package["name"], package["version"]))
        })
        .collect();
    assert!(too_new.is_empty(), "rust-version in Cargo.toml is {RUST_VERSION}, but {too_new:#?}");
}

#[test]
fn the_readme_names_the_minimum_rust() {
    let readme = fs::read_to_string(format!("{MANIFEST}/README.md")).unwrap();
    let expected = format!("[Rust](https://rustup.rs) {RUST_VERSION} or newer");
    assert!(readme.contains(&expected), "the README must say: {expected}");
}

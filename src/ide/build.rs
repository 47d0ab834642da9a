//! Builds the IDE's page from npm's packages, and writes the table of its files that `src/server/ide.rs` includes.
//!
//! Where that cannot be done, because npm is missing or cannot reach its registry, the build goes on with a warning:
//! the table then has the few scripts of our own, for a page that takes GraphiQL from a CDN. `DOORWAY_IDE=cdn` asks
//! for this. Everything happens in cargo's own folder for it; the sources are only read.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// What the page is built from, in `src/ide`.
const SOURCES: [&str; 4] = ["build.js", "build.rs", "package.json", "package-lock.json"];

/// The page's own scripts, in `src/ide/page`: those that npm's build needs, and those that work without it.
const BUNDLED: [&str; 4] = ["main.js", "files.js", "jsonc.js", "reorder.js"];
const PLAIN: [&str; 4] = ["cdn.js", "examples.js", "fetcher.js", "page.js"];

fn main() -> io::Result<()> {
    let source = Path::new("src/ide");
    let page = source.join("page");
    for file in SOURCES.iter().map(|name| source.join(name)).chain(scripts().map(|name| page.join(name))) {
        tell(&format!("rerun-if-changed={}", file.display()))?;
    }
    tell("rerun-if-env-changed=DOORWAY_IDE")?;
    // They are embedded in the binary by a macro, which cargo does not see reading a folder: a new one, or a changed file.
    tell("rerun-if-changed=migrations")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let work = out.join("ide");
    let table = match env::var("DOORWAY_IDE").as_deref() {
        Ok("cdn") => Err("DOORWAY_IDE=cdn asks for that".to_owned()),
        Ok(other) if !other.is_empty() => Err(format!("DOORWAY_IDE is {other:?}: only cdn is known")),
        _ => build(source, &work),
    };
    let table = match table {
        Ok(table) => table,
        Err(why) => {
            let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
            tell(&format!("warning=GraphiQL will come from a CDN, not from the binary: {why}"))?;
            // Cargo looks again only when a source is new: not whenever there is no network.
            tell("warning=`touch src/ide/build.rs` has the next build try again")?;
            from_cdn(&Path::new(env!("CARGO_MANIFEST_DIR")).join(&page))
        }
    };
    fs::write(out.join("ide.rs"), table)
}

fn scripts() -> impl Iterator<Item = &'static str> {
    BUNDLED.into_iter().chain(PLAIN)
}

/// Says something to cargo.
fn tell(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "cargo::{line}")
}

/// Builds the page in `work`, and gives its table or says why not.
fn build(source: &Path, work: &Path) -> Result<String, String> {
    run(Command::new("node").args(["-e", "process.exitCode = Number(parseInt(process.versions.node) < 20)"]))
        .map_err(|problem| format!("Node.js 20 or newer is needed: {problem}"))?;
    let failed = |problem: io::Error| format!("{}: {problem}", work.display());
    copy(source, work).map_err(failed)?;
    install(work)?;
    let dist = work.join("dist");
    // What an earlier build left would be taken for this one's.
    if dist.exists() {
        fs::remove_dir_all(&dist).map_err(failed)?;
    }
    run(Command::new("node").arg("build.js").current_dir(work))?;
    let manifest = fs::read_to_string(dist.join("manifest")).map_err(failed)?;
    built(&manifest, &dist)
        .ok_or_else(|| format!("build.js wrote a manifest without a script or a style:\n{manifest}"))
}

/// Copies the sources, without what the source tree may have beside them.
fn copy(source: &Path, work: &Path) -> io::Result<()> {
    let page = work.join("page");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(&page)?;
    for name in SOURCES {
        fs::copy(source.join(name), work.join(name))?;
    }
    for name in scripts() {
        fs::copy(source.join("page").join(name), page.join(name))?;
    }
    Ok(())
}

/// Runs `npm ci`, unless these very packages are there.
fn install(work: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(work.join(name)).unwrap_or_default();
    let wanted = read("package.json") + &read("package-lock.json");
    // `npm ci` begins by deleting the folder, so the mark is gone while it is not done.
    let mark = "node_modules/.doorway";
    if read(mark) == wanted {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // No package needs its install script, nor should run one. A network that is not there should be noticed soon.
    let flags = "ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
                 --loglevel=error --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 \
                 --fetch-retry-maxtimeout=3000 --fetch-timeout=30000";
    run(Command::new(npm).args(flags.split_whitespace()).current_dir(work))?;
    fs::write(work.join(mark), wanted).map_err(|problem| format!("{mark}: {problem}"))
}

/// Runs a program to its end; where it fails, what it said first is why.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|problem| format!("{name}: {problem}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).take(4).collect();
    Err(format!("{name}: {}: {}", output.status, lines.join("\n")))
}

/// The table of a page that npm built.
fn built(manifest: &str, dist: &Path) -> Option<String> {
    let files: Vec<_> = manifest.lines().filter_map(|line| line.split_once(' ')).collect();
    let one = |kind: &str| files.iter().find(|(of, _)| *of == kind).map(|(_, name)| *name);
    let page = format!(
        "Page::Built {{ script: {:?}, style: {:?}, licences: {:?} }}",
        one("script")?,
        one("style")?,
        one("licences")?
    );
    let names = files.iter().map(|(_, name)| *name);
    Some(table(&page, dist, names, "Gzip"))
}

/// The table of a page from a CDN.
fn from_cdn(page: &Path) -> String {
    table("Page::FromCdn", page, PLAIN.into_iter(), "Plain")
}

fn table<'a>(page: &str, folder: &Path, names: impl Iterator<Item = &'a str>, form: &str) -> String {
    let files = names.map(|name| {
        let path = folder.join(name);
        format!("    File {{ name: {name:?}, form: Form::{form}, bytes: include_bytes!({path:?}) }},\n")
    });
    format!("const PAGE: Page = {page};\nstatic FILES: &[File] = &[\n{}];\n", files.collect::<String>())
}

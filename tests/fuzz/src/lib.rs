//! What the fuzz targets have in common: a runtime, databases, and the rules that hold whatever is asked.

use doorway::{
    app::App,
    blog::{HISTORY, app, demo},
    db::Db,
};
use serde_json::Value;
use std::{
    borrow::Cow,
    cell::RefCell,
    fs,
    future::Future,
    sync::LazyLock,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Between the parts of an input: a control character that no target otherwise cares for.
pub const SEPARATOR: char = '\u{1e}';

/// Around a part of an input that is to be repeated, for what takes long only where a text is.
pub const REPEAT: char = '\u{1d}';

/// How long a text becomes by that.
const LONG: usize = 256 << 10;

/// How long an input may take.
const LONGEST: Duration = Duration::from_secs(1);

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// The demo blog's application, which reads documents and executes operations.
pub static APP: LazyLock<App> = LazyLock::new(app);

/// The text with its repeated parts.
pub fn repeated(text: &str) -> Cow<'_, str> {
    let mut parts = text.split(REPEAT);
    let (Some(before), Some(part), Some(after), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return text.into();
    };
    (before.to_owned() + &part.repeat(LONG / part.len().max(1)) + after).into()
}

/// Runs a future to its end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Runs something, and panics if it takes more than a second of the processor's time twice.
pub fn in_time<T>(mut run: impl FnMut() -> T) -> T {
    let start = Instant::now();
    let result = run();
    if start.elapsed() < LONGEST {
        return result;
    }
    // Perhaps the machine was busy.
    let start = processor_time();
    let result = run();
    let took = processor_time() - start;
    assert!(took < LONGEST, "it took {took:?}");
    result
}

/// What the process has taken so far; on a system without /proc, the time of day.
fn processor_time() -> Duration {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        return START.elapsed();
    };
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// The demo blog in memory, made anew when inputs that may have changed it were many.
pub fn with_blog<T>(changes: bool, run: impl FnOnce(&Db) -> T) -> T {
    thread_local!(static BLOG: RefCell<Option<(Db, usize)>> = const { RefCell::new(None) });
    BLOG.with_borrow_mut(|blog| {
        let (db, changed) = blog.get_or_insert_with(|| {
            let db = Db::open(&"sqlite::memory:".parse().unwrap()).unwrap();
            block_on(async {
                db.migrations(HISTORY).up().await.unwrap();
                demo::fill(&db).await.unwrap();
            });
            (db, 0)
        });
        let result = run(db);
        *changed += usize::from(changes);
        if *changed >= 500 {
            *blog = None;
        }
        result
    })
}

/// An empty database with all tables. It ends with the value.
pub fn empty_database() -> (Db, TempDir) {
    static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = folder();
        let file = folder.path().join("template.db");
        let db = Db::open(&format!("sqlite:{}", file.display()).parse().unwrap()).unwrap();
        block_on(db.migrations(HISTORY).up()).unwrap();
        drop(db);
        fs::read(file).unwrap()
    });
    let template = &*TEMPLATE;
    let folder = folder();
    let file = folder.path().join("empty.db");
    fs::write(&file, template).unwrap();
    (Db::open(&format!("sqlite:{}", file.display()).parse().unwrap()).unwrap(), folder)
}

/// A folder in memory, where the system has such.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Checks what holds for every response: it is JSON, and no error is one of ours.
pub fn check_response(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let mut reader = serde_json::Deserializer::from_slice(body);
    reader.disable_recursion_limit();
    let response = <Value as serde::Deserialize>::deserialize(&mut reader).expect(&text);
    for error in response["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("without a code: {text}"));
        assert!(!["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"].contains(&code), "{text}");
    }
    response
}

//! Finding and reading the files of a folder.

use super::dates;
use super::document::{Document, Folder, ImportError};
use super::head::begins_with_a_head;
use super::place::{MARKDOWN, is_of_drafts, is_of_people, is_people_data};
use super::report::{NotCarried, Reason};
use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// The folders that hold no posts of this blog: what generators make and npm installs, templates, and the example of a theme. Hidden
/// ones are passed over too.
const PASSED_OVER: [&str; 6] = ["node_modules", "_site", "public", "_includes", "_layouts", "exampleSite"];

/// Those that are passed over if they lie in the imported folder itself.
const AT_THE_TOP: [&str; 5] = ["themes", "archetypes", "scaffolds", "templates", "vendor"];

/// Other endings for Markdown, and markup that generators take.
const MARKUP: [&str; 14] = [
    "mkd",
    "mkdn",
    "mdwn",
    "mdown",
    "markdn",
    "mdtxt",
    "rmd",
    "rmarkdown",
    "qmd",
    "rst",
    "adoc",
    "asciidoc",
    "org",
    "textile",
];

/// Texts that may be posts: those that have a date in their name are reported, as is every file that begins like a post.
const TEXTS: [&str; 8] = ["html", "htm", "txt", "text", "njk", "liquid", "ipynb", "mdoc"];

/// Data and settings begin as front matter does.
const DATA: [&str; 14] = [
    "yml",
    "yaml",
    "json",
    "json5",
    "toml",
    "ini",
    "cfg",
    "conf",
    "properties",
    "lock",
    "xml",
    "csv",
    "tsv",
    "bib",
];

/// No text of a post has more bytes.
const LONGEST: u64 = 4_100_000;

/// Reads every Markdown file and every file about people in `dir` and below, in the order of their paths, and reports those it cannot
/// read. Symbolic links are followed, except to a folder that they lie in, and to files that are read anyway.
///
/// # Errors
/// [`ImportError::Missing`] and [`ImportError::NotAFolder`], naming `dir`.
pub fn read_folder(dir: &Path) -> Result<Folder, ImportError> {
    if !dir.exists() {
        return Err(ImportError::Missing(dir.display().to_string()));
    }
    if !dir.is_dir() {
        return Err(ImportError::NotAFolder(dir.display().to_string()));
    }
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let (source, prefix) = source_and_prefix(&full);
    let mut folder = Folder { source, ..Folder::default() };
    let relative = |path: &Path| prefix.clone() + &relative(dir, path);
    // By what they lead to. A file is read at its own place, if it has one here, and not again through a link.
    let (mut links, mut read) = (Vec::new(), HashSet::new());
    let mut entries = WalkDir::new(dir).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {
                let leads_up = entry.path_is_symlink()
                    && entry.path().canonicalize().is_ok_and(|to| full.starts_with(to));
                if leads_up && entry.depth() > 0 {
                    folder.lose(relative(entry.path()), Reason::Unreadable(LOOP.to_owned()));
                    entries.skip_current_dir();
                } else if entry.depth() > 0 && is_passed_over(&entry) {
                    folder.passed_over.push(relative(entry.path()));
                    entries.skip_current_dir();
                }
            }
            Ok(entry) if entry.file_type().is_file() => match entry.path().canonicalize() {
                Ok(place) if entry.path().strip_prefix(dir).is_ok_and(|path| full.join(path) == place) => {
                    if folder.read(entry.path(), relative(entry.path())) {
                        read.insert(place);
                    }
                }
                Ok(place) => links.push((place, entry)),
                Err(error) => folder.lose(relative(entry.path()), Reason::Unreadable(error.to_string())),
            },
            Ok(_) => {}
            // A folder that may not be entered, a link to nowhere, or one that leads back up.
            Err(error) => {
                let path = relative(error.path().unwrap_or(dir));
                let cause = error.io_error().map_or(LOOP.to_owned(), ToString::to_string);
                folder.lose(path, Reason::Unreadable(cause));
            }
        }
    }
    for (place, entry) in links {
        let path = relative(entry.path());
        if read.insert(place) {
            folder.read(entry.path(), path);
        } else if is_markdown(entry.path()) {
            folder.lose(path, Reason::Link);
        }
    }
    folder.documents.sort_by(|a, b| a.path.cmp(&b.path));
    folder.not_carried.sort_by(|a, b| a.path.cmp(&b.path));
    folder.passed_over.sort();
    Ok(folder)
}

const LOOP: &str = "a link to one of its own parent folders";

/// The folder that paths are below, and what comes before them: a folder's name may say what is in it, even if it is the very one
/// that is imported.
fn source_and_prefix(full: &Path) -> (String, String) {
    let parts: Vec<String> = full.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_meant = |at: &usize| {
        let name = &*parts[*at];
        let is_itself = *at + 1 == parts.len() && (is_of_people(name) || name == "_data" || name == "data");
        let is_number =
            |part: &String, most: usize| part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_year = name.len() == 4
            && is_number(&parts[*at], 4)
            && parts[at + 1..].iter().take(2).all(|part| is_number(part, 2));
        // Not any folder above: a blog may lie in somebody's drafts.
        let is_near = *at + 3 >= parts.len() && is_of_drafts(name);
        is_itself || is_year || is_near || name == "_posts" || name == "_drafts"
    };
    let Some(mut at) = (0..parts.len()).find(is_meant) else {
        return (full.to_string_lossy().into_owned(), String::new());
    };
    // Hexo's.
    if at > 0 && parts[at - 1] == "source" {
        at -= 1;
    }
    let source: PathBuf = full.iter().take(at).collect();
    (source.to_string_lossy().into_owned(), parts[at..].join("/") + "/")
}

fn is_passed_over(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.')
        || PASSED_OVER.contains(&&*name)
        || (entry.depth() == 1 && AT_THE_TOP.contains(&&*name))
}

fn ending(path: &Path) -> String {
    path.extension().map_or_else(String::new, |end| end.to_string_lossy().to_lowercase())
}

fn is_markdown(path: &Path) -> bool {
    MARKDOWN.contains(&&*ending(path))
}

impl Folder {
    fn lose(&mut self, path: String, reason: Reason) {
        self.not_carried.push(NotCarried { path, reason });
    }

    /// Reads a file, or says why not; whether it is a document now.
    fn read(&mut self, file: &Path, path: String) -> bool {
        let ending = ending(file);
        if !is_markdown(file) && !is_people_data(&path) {
            if MARKUP.contains(&&*ending) || (!DATA.contains(&&*ending) && looks_like_a_post(file, &ending)) {
                self.lose(path, Reason::NotMarkdown);
            }
            return false;
        }
        let length = fs::metadata(file).map_or(0, |metadata| metadata.len());
        let reason = if file.to_str().is_none() {
            Reason::BadName
        } else if length > LONGEST {
            Reason::TooLong(format!("a file of {length} bytes"))
        } else {
            match fs::read_to_string(file) {
                Ok(text) => {
                    self.documents.push(Document { path, text });
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => Reason::NotUtf8,
                Err(error) => Reason::Unreadable(error.to_string()),
            }
        };
        self.lose(path, reason);
        false
    }
}

/// Whether a text has a date in its name, or a file begins with front matter that has a title or a date.
fn looks_like_a_post(file: &Path, ending: &str) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy());
    if TEXTS.contains(&ending) && name.is_some_and(|name| dates::in_path(&name).is_some()) {
        return true;
    }
    let mut beginning = Vec::new();
    if File::open(file).and_then(|file| file.take(4096).read_to_end(&mut beginning)).is_err() {
        return false;
    }
    begins_with_a_head(&String::from_utf8_lossy(&beginning))
}

/// `path` below `dir`; a part that is not Unicode is shown with replacement characters.
fn relative(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

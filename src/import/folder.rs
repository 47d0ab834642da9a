//! Finding and reading the files of a folder.

use super::dates;
use super::document::{Document, Folder, ImportError};
use super::head::begins_with_a_head;
use super::place::{MARKDOWN, is_of_people, is_people_data};
use super::report::{NotCarried, Reason};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
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

/// Files that may be posts: only those that begin like one, or have a date in their name, are reported.
const PERHAPS: [&str; 7] = ["html", "htm", "txt", "njk", "liquid", "ipynb", "markdoc"];

/// Reads every Markdown file and every file about people in `dir` and below, in the order of their paths, and reports those it cannot
/// read. Symbolic links are followed, except into a folder that they lie in.
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
    // A folder of people is known by its name, also when it is the very one that is imported.
    let name = full.file_name().and_then(|name| name.to_str()).filter(|name| is_of_people(name));
    let prefix = name.map_or(String::new(), |name| format!("{name}/"));
    let source = if name.is_some() { full.parent().unwrap_or(&full) } else { &full };
    let mut folder = Folder { source: source.to_string_lossy().into_owned(), ..Folder::default() };
    let relative = |path: &Path| prefix.clone() + &relative(dir, path);
    let mut entries = WalkDir::new(dir).follow_links(true).into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {
                if entry.depth() > 0 && is_passed_over(&entry) {
                    folder.passed_over.push(relative(entry.path()));
                    entries.skip_current_dir();
                }
            }
            Ok(entry) if entry.file_type().is_file() => folder.read(&entry, relative(entry.path())),
            Ok(_) => {}
            // A folder that may not be entered, a link to nowhere, or one that leads back up.
            Err(error) => {
                let path = relative(error.path().unwrap_or(dir));
                let reason = match error.io_error() {
                    Some(cause) => Reason::Unreadable(cause.to_string()),
                    None => Reason::Unreadable("a link to one of its own parent folders".to_owned()),
                };
                folder.not_carried.push(NotCarried { path, reason });
            }
        }
    }
    folder.documents.sort_by(|a, b| a.path.cmp(&b.path));
    folder.not_carried.sort_by(|a, b| a.path.cmp(&b.path));
    folder.passed_over.sort();
    Ok(folder)
}

fn is_passed_over(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.')
        || PASSED_OVER.contains(&&*name)
        || (entry.depth() == 1 && AT_THE_TOP.contains(&&*name))
}

impl Folder {
    fn read(&mut self, entry: &DirEntry, path: String) {
        let ending =
            entry.path().extension().map_or_else(String::new, |end| end.to_string_lossy().to_lowercase());
        let reason = if MARKDOWN.contains(&&*ending) || is_people_data(&path) {
            match fs::read_to_string(entry.path()) {
                Ok(text) => return self.documents.push(Document { path, text }),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => Reason::NotUtf8,
                Err(error) => Reason::Unreadable(error.to_string()),
            }
        } else if MARKUP.contains(&&*ending) || (PERHAPS.contains(&&*ending) && looks_like_a_post(entry)) {
            Reason::NotMarkdown
        } else {
            return;
        };
        self.not_carried.push(NotCarried { path, reason });
    }
}

/// Whether a file has a date in its name, or begins with front matter that has a title or a date.
fn looks_like_a_post(entry: &DirEntry) -> bool {
    if dates::in_path(&entry.file_name().to_string_lossy()).is_some() {
        return true;
    }
    let mut beginning = Vec::new();
    if File::open(entry.path()).and_then(|file| file.take(4096).read_to_end(&mut beginning)).is_err() {
        return false;
    }
    begins_with_a_head(&String::from_utf8_lossy(&beginning))
}

/// `path` below `dir`; a part that is not Unicode is shown with replacement characters.
fn relative(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

//! Finding and reading the Markdown files of a folder.

use super::blog::is_of_people;
use super::document::{Document, ImportError};
use super::report::{NotCarried, Reason};
use std::{fs, io, path::Path};
use walkdir::{DirEntry, WalkDir};

/// Reads every `.md` file in `dir` and below, in the order of their paths, and reports those it cannot
/// read. Symbolic links are followed, except into a folder that they lie in.
///
/// # Errors
/// [`ImportError::Missing`] and [`ImportError::NotAFolder`], naming `dir`.
pub fn read_folder(dir: &Path) -> Result<(Vec<Document>, Vec<NotCarried>), ImportError> {
    if !dir.exists() {
        return Err(ImportError::Missing(dir.display().to_string()));
    }
    if !dir.is_dir() {
        return Err(ImportError::NotAFolder(dir.display().to_string()));
    }
    // A folder of people is known by its name, also when it is the very one that is imported.
    let name = dir.canonicalize().ok().and_then(|dir| dir.file_name()?.to_str().map(str::to_owned));
    let prefix = name.filter(|name| is_of_people(name)).map_or(String::new(), |name| name + "/");
    let relative = |path: &Path| prefix.clone() + &relative(dir, path);
    let (mut documents, mut not_carried) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(dir).follow_links(true) {
        match entry {
            Ok(entry) if is_markdown(&entry) => {
                let path = relative(entry.path());
                match fs::read_to_string(entry.path()) {
                    Ok(text) => documents.push(Document { path, text }),
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        not_carried.push(NotCarried { path, reason: Reason::NotUtf8 });
                    }
                    Err(error) => {
                        not_carried.push(NotCarried { path, reason: Reason::Unreadable(error.to_string()) });
                    }
                }
            }
            Ok(_) => {}
            // A folder that may not be entered, a link to nowhere, or one that leads back up.
            Err(error) => {
                let path = relative(error.path().unwrap_or(dir));
                let reason = match error.io_error() {
                    Some(cause) => Reason::Unreadable(cause.to_string()),
                    None => Reason::Unreadable("a link to one of its own parent folders".to_owned()),
                };
                not_carried.push(NotCarried { path, reason });
            }
        }
    }
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    not_carried.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((documents, not_carried))
}

fn is_markdown(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && entry.path().extension().is_some_and(|end| end.eq_ignore_ascii_case("md"))
}

/// `path` below `dir`; a part that is not Unicode is shown with replacement characters.
fn relative(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

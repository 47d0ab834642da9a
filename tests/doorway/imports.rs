//! What must hold between the files of `src`: which of them imports which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use syn::visit::{self, Visit};

/// A module's path below the crate's root: `relation::sql::order`; the root's is empty.
type Module = String;

/// The files that each file of `src` imports from, `main.rs` left aside.
struct Imports {
    files: BTreeMap<Module, syn::File>,
    edges: BTreeMap<Module, BTreeSet<Module>>,
}

impl Imports {
    fn read() -> Imports {
        let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        let mut files = BTreeMap::new();
        for file in walkdir::WalkDir::new(source) {
            let file = file.unwrap();
            let path = file.path().strip_prefix(source).unwrap();
            // The build script of the IDE is no module.
            let own = path.extension().is_some_and(|end| end == "rs") && !path.starts_with("ide");
            if own && path != Path::new("main.rs") {
                let name = path.with_extension("").to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "::");
                let parsed = syn::parse_file(&fs::read_to_string(file.path()).unwrap()).unwrap();
                files.insert(if name == "lib" { Module::new() } else { name }, parsed);
            }
        }
        // Files of unit tests may import anything.
        for module in files.iter().flat_map(|(module, file)| test_modules(module, file)).collect::<Vec<_>>() {
            files.retain(|file: &Module, _| *file != module && !file.starts_with(&format!("{module}::")));
        }
        let mut imports = Imports { files, edges: BTreeMap::new() };
        for (module, file) in &imports.files {
            let mut paths = Paths { module, imports: &imports, found: BTreeSet::new() };
            paths.visit_file(file);
            let found = paths.found;
            imports.edges.insert(module.clone(), found);
        }
        imports.edges.retain(|module, _| !module.is_empty());
        imports
    }

    /// The file that a path leads to, as seen from `module`: the longest beginning of it that is a file.
    fn resolve(&self, module: &str, path: &[String]) -> Option<Module> {
        let mut from: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
        let mut rest = path.iter().map(String::as_str).peekable();
        match *rest.peek()? {
            "crate" => {
                from.clear();
                rest.next();
            }
            "self" => drop(rest.next()),
            "super" => {
                while rest.next_if(|part| *part == "super").is_some() {
                    from.pop();
                }
            }
            first if self.files.contains_key(&join(&from, first)) => {}
            _ => return None,
        }
        for part in rest {
            if !self.files.contains_key(&join(&from, part)) {
                break;
            }
            from.push(part);
        }
        Some(from.join("::"))
    }

    /// Every module in a circle, with those of its imports that lead back to it.
    fn circles(&self) -> Vec<(Module, BTreeSet<Module>)> {
        let reached = |from: &Module| {
            let (mut reached, mut next) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = next.pop() {
                for import in self.edges.get(&module).into_iter().flatten() {
                    if reached.insert(import.clone()) {
                        next.push(import.clone());
                    }
                }
            }
            reached
        };
        let leads_back = |from: &Module| {
            let imports = self.edges[from].iter();
            imports.filter(|import| *import == from || reached(import).contains(from)).cloned().collect()
        };
        let modules = self.edges.keys().map(|module| (module.clone(), leads_back(module)));
        modules.filter(|(_, back): &(_, BTreeSet<Module>)| !back.is_empty()).collect()
    }
}

fn join(from: &[&str], part: &str) -> Module {
    from.iter().copied().chain([part]).collect::<Vec<_>>().join("::")
}

fn is_test(item: &syn::ItemMod) -> bool {
    item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// The modules that are compiled only for tests.
fn test_modules(module: &str, file: &syn::File) -> Vec<Module> {
    let parent: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let tests = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(item) if is_test(item) => Some(join(&parent, &item.ident.to_string())),
        _ => None,
    });
    tests.collect()
}

/// Collects the files that one file names, in `use` items and in paths. Unit tests may import anything.
struct Paths<'a> {
    module: &'a str,
    imports: &'a Imports,
    found: BTreeSet<Module>,
}

impl Paths<'_> {
    fn note(&mut self, path: &[String]) {
        if let Some(module) = self.imports.resolve(self.module, path)
            && module != self.module
            && !module.is_empty()
        {
            self.found.insert(module);
        }
    }

    fn note_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.note_tree(&with(path.ident.to_string()), &path.tree),
            syn::UseTree::Name(name) => self.note(&with(name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.note(&with(rename.ident.to_string())),
            syn::UseTree::Glob(_) => self.note(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(item) {
            visit::visit_item_mod(self, item);
        }
    }

    // `pub(in crate::mutation)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[test]
fn no_file_imports_in_a_circle() {
    let imports = Imports::read();
    assert!(imports.edges.values().map(BTreeSet::len).sum::<usize>() > 200, "the imports were not found");
    assert_eq!(imports.circles(), []);
}

/// The modules in the table of a module's documentation, row by row.
fn rows(file: &syn::File) -> Vec<Vec<String>> {
    let lines = file.attrs.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }),
            ..
        }) => Some(line.value()),
        _ => None,
    });
    let cells = lines.filter_map(|line| Some(line.trim().strip_prefix("| ")?.split(" |").next()?.to_owned()));
    let named = |cell: String| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    cells.map(named).filter(|names| !names.is_empty()).collect()
}

#[test]
fn imports_point_down_each_map() {
    let imports = Imports::read();
    let mut maps = 0;
    for (module, file) in &imports.files {
        let rows = rows(file);
        if rows.is_empty() {
            continue;
        }
        maps += 1;
        let below =
            |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        let rank = |of: &str| {
            let is_in = |name: &String| of == below(name) || of.starts_with(&format!("{}::", below(name)));
            rows.iter().position(|row| row.iter().any(is_in))
        };
        let prefix = below("");
        for (from, found) in imports.edges.iter().filter(|(from, _)| from.starts_with(&prefix)) {
            let Some(upper) = rank(from) else { panic!("{from} is not on the map of `{module}`") };
            for to in found.iter().filter(|to| to.starts_with(&prefix)) {
                let same = |name: &String| {
                    [from, to]
                        .iter()
                        .all(|one| **one == below(name) || one.starts_with(&format!("{}::", below(name))))
                };
                let lower = rank(to).unwrap_or_else(|| panic!("{to} is not on the map of `{module}`"));
                let allowed = upper < lower || rows[upper].iter().any(same);
                assert!(allowed, "{from} imports {to}, which is not below it on the map of `{module}`");
            }
        }
    }
    assert!(maps >= 4, "only {maps} maps were found");
}

#[test]
fn the_generic_code_names_no_entity() {
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let mut files = 0;
    for file in walkdir::WalkDir::new(source) {
        let file = file.unwrap();
        let path = file.path().strip_prefix(source).unwrap();
        let generic = !["blog", "blog.rs", "main.rs", "ide"].iter().any(|one| path.starts_with(one));
        if !generic || !file.file_type().is_file() {
            continue;
        }
        files += 1;
        let text = fs::read_to_string(file.path()).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            let entity =
                words.find(|word| ["User", "Profile", "BlogPost", "Tag", "PostTagLink"].contains(word));
            assert_eq!(entity, None, "{}: {line}", path.display());
        }
    }
    assert!(files > 20, "the files were not found");
}

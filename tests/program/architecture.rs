//! Dependencies between modules point one way, as docs/architecture.md says.

use std::path::{Path, PathBuf};

/// The modules in the order of the table in docs/architecture.md: each may use only those before it.
fn order() -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let modules: Vec<String> =
        rows.flat_map(|row| row.split(", ").map(|part| part.trim_matches('`').to_owned())).collect();
    assert!(modules.len() > 30, "the table of docs/architecture.md has only {modules:?}");
    for (at, module) in modules.iter().enumerate() {
        assert!(!modules[..at].contains(module), "docs/architecture.md has two rows for `{module}`");
    }
    modules
}

fn rank(order: &[String], module: &str) -> usize {
    let found = order.iter().position(|other| other == module);
    found.unwrap_or_else(|| panic!("docs/architecture.md has no row for `{module}`"))
}

/// The modules that a line of code names: `crate::a`, `crate::{a, b::c}`.
fn used(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        let group = part.strip_prefix('{').map(|inside| inside.split('}').next().unwrap());
        for name in group.unwrap_or(part).split(", ").take(if group.is_some() { usize::MAX } else { 1 }) {
            let end = name.find(|char: char| !char.is_ascii_lowercase() && char != '_').unwrap_or(name.len());
            found.extend(Some(&name[..end]).filter(|name| !name.is_empty()));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_is_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let order = order();
    let mut wrong = Vec::new();
    let mut uses = 0;
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main"].contains(&module) {
            continue;
        }
        // Test modules may use anything.
        let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
        let text = std::fs::read_to_string(file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in product.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for used in used(code).into_iter().filter(|_| !is_test) {
                uses += 1;
                if rank(&order, used) > rank(&order, module) {
                    wrong.push(format!("{}:{}: `{module}` uses `{used}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(uses > 100, "only {uses} uses were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of docs/architecture.md has a row for each module, and none for what is gone.
#[test]
fn the_table_of_modules_has_them_all() {
    let order = order();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(&root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        if !["lib", "main"].contains(&module) {
            rank(&order, module);
        }
    }
    for module in &order {
        let exists = root.join(module).is_dir() || root.join(format!("{module}.rs")).is_file();
        assert!(exists, "docs/architecture.md has a row for `{module}`, which is no module");
    }
}

#[test]
fn only_the_outer_modules_touch_the_outside() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let outside = ["std::fs", "std::env", "std::net", "std::process", "std::io::std", "SystemTime", "Instant::now"];
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let first = inside.iter().next().unwrap();
        if first == "cli"
            || first == "disk.rs"
            || first == "main.rs"
            || inside.iter().any(|part| part == "tests" || part == "tests.rs")
        {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        wrong.extend(
            outside.iter().filter(|word| product.contains(**word)).map(|word| format!("{}: {word}", inside.display())),
        );
        if first != "render" && product.contains("miette") {
            wrong.push(format!("{}: miette", inside.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

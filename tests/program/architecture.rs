//! Dependencies between modules point one way, as docs/architecture.md says.

use std::path::{Path, PathBuf};

/// Modules from the bottom up; each may use those before it. Modules in one group may use each other.
const ORDER: &[&[&str]] = &[
    &["line", "source"],
    &["disk"],
    &["decimal", "json"],
    &["diagnostics"],
    &["pattern"],
    &["syntax"],
    &["suppress", "glossary"],
    &["fmt"],
    &["catalogue", "schema", "ir"],
    &["solver"],
    &["describe"],
    &["sema"],
    &["eval"],
    &["probe"],
    &["analysis"],
    &["dead"],
    &["assertions", "bounds", "testing", "emit", "lint", "replay"],
    &["revision"],
    &["diff"],
    &["proved"],
    &["config", "findings"],
    &["fixes"],
    &["ide"],
    &["render"],
    &["cli"],
];

fn rank(module: &str) -> usize {
    ORDER.iter().position(|group| group.contains(&module)).unwrap_or_else(|| panic!("`{module}` is not in the order"))
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
            for part in code.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|char| char.is_ascii_lowercase()).collect();
                if used.is_empty() || is_test {
                    continue;
                }
                uses += 1;
                if rank(&used) > rank(module) {
                    wrong.push(format!("{}:{}: `{module}` uses `{used}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(uses > 100, "only {uses} uses were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of docs/architecture.md has a row for each module, and each is in the order above.
#[test]
fn the_table_of_modules_has_them_all() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next()).collect();
    for entry in std::fs::read_dir(root.join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        if ["lib", "main"].contains(&module) {
            continue;
        }
        rank(module);
        let named = |row: &str| row.split(", ").any(|part| part.trim_matches('`') == module);
        assert!(rows.iter().any(|row| named(row)), "docs/architecture.md has no row for `{module}`");
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

//! Generates the parser from `grammar/policy.lalrpop`, and the pages of lint rules from the comments they begin with.

use std::path::{Path, PathBuf};
use std::{env, fs};

type Done = Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    lalrpop::Configuration::new().set_in_dir("grammar").emit_rerun_directives(true).process()?;
    let output = PathBuf::from(env::var("OUT_DIR")?).join("lints");
    fs::create_dir_all(&output)?;
    pages(Path::new("src/lint/rules"), &output)
}

/// Writes for each rule in `folder` the comment at its top as Markdown: `zero_limit.rs` becomes `zero-limit.md`.
fn pages(folder: &Path, output: &Path) -> Done {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() {
            continue;
        }
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "mod") else {
            continue;
        };
        let text = fs::read_to_string(&path)?;
        let comment = text.lines().map_while(|line| line.strip_prefix("//!"));
        let page: String = comment.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        fs::write(output.join(format!("{}.md", stem.replace('_', "-"))), page)?;
    }
    Ok(())
}

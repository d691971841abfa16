//! Targets: documents, refusals and warnings as snapshots, and the documents of the conformance folders.

use std::path::{Path, PathBuf};

use policyc::emit::{Emission, find};
use policyc::ir::ServerId;
use policyc::sema::{Analysis, Loader, Options, analyze};

/// Reads files of the machine, as the command line does.
struct Files;

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

fn analyzed(path: &Path) -> Analysis {
    let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    analyze("policy.pol", path, &text, &Options::default(), &Files)
}

fn folders() -> Vec<PathBuf> {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        println!("skipped: POLICYC_SHARED is not set");
        return Vec::new();
    };
    let entries = std::fs::read_dir(PathBuf::from(shared).join("conformance")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn conformance_documents() {
    for folder in folders() {
        if folder.join("error.txt").exists() || folder.join("args.txt").exists() {
            continue;
        }
        let analysis = analyzed(&folder.join("policy.pol"));
        let Some(checked) = &analysis.checked else { panic!("{}: {:?}", folder.display(), analysis.diagnostics) };
        for policy in checked.policies() {
            let Emission { artefact, diagnostics } = find("policylayer").unwrap().emit(policy, ServerId(0));
            let name = if checked.has_blocks() { format!("policylayer.{}.json", policy.name) } else { "policylayer.json".into() };
            match (std::fs::read_to_string(folder.join(&name)), artefact) {
                (Ok(expected), Some(artefact)) => assert_eq!(artefact.text, expected, "{}", folder.display()),
                (Ok(_), None) => panic!("{}: {diagnostics:#?}", folder.display()),
                (Err(_), artefact) => {
                    println!("{}: {}", folder.display(), artefact.map_or(String::new(), |artefact| artefact.text));
                    for diagnostic in diagnostics {
                        println!("  {} {} / {:?}", diagnostic.code.name, diagnostic.message, diagnostic.help);
                    }
                }
            }
        }
    }
}

//! What is found without the policies is what is found with them.

use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::disk::Unreadable;
use policyc_core::findings::{self, Depth};
use policyc_core::ir::Policy;
use policyc_core::lint::Levels;
use policyc_core::revision;
use policyc_core::sema::{Cache, Loader, Options, analyze, survey};

struct Disk<'a>(Option<&'a Cache>);

impl Loader for Disk<'_> {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(path).map_err(Unreadable::from)
    }

    fn cache(&self) -> Option<&Cache> {
        self.0
    }
}

fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pol") {
            found.push(path);
        }
    }
}

#[test]
fn a_glance_finds_what_a_check_finds() {
    let root = crate::support::root();
    let mut paths = Vec::new();
    for folder in ["examples", "tests"] {
        policies(&root.join(folder), &mut paths);
    }
    let (levels, options, cache) = (Levels::default(), Options::default(), Cache::default());
    let (mut with_findings, mut sound) = (0, 0);
    for path in &paths {
        let Ok(text) = fs::read_to_string(path) else { continue };
        let name = path.display().to_string();
        let analysis = analyze(&name, path, &text, &options, &Disk(None));
        let all: Vec<&Policy> = analysis.policies().collect();
        let expected = findings::of(&analysis, &all, &levels, Depth::Check);
        // All is kept for the second and third time: statements that were right are passed over then, also those of another text.
        let first = survey(&name, path, &text, &options, &Disk(Some(&cache)));
        let other = survey(&name, path, &format!("{text}\ndeny"), &options, &Disk(Some(&cache)));
        drop(findings::at_a_glance(&other, &levels));
        let again = survey(&name, path, &text, &options, &Disk(Some(&cache)));
        for read in [&first, &first, &again] {
            let Some(glance) = findings::at_a_glance(read, &levels) else {
                let mut texts = analysis.units.iter().filter_map(|unit| analysis.sources.get(unit.file));
                let matters = revision::may_matter(read.as_analysis());
                assert!(matters || texts.any(|file| file.text().contains("assert ")), "{name}");
                continue;
            };
            assert_eq!(glance.found, expected, "{name}");
            assert_eq!(glance.is_sound, analysis.checked.is_some(), "{name}");
            // What the policies are made for finds the same, with what is known by now.
            let complete = read.complete();
            let all: Vec<&Policy> = complete.policies().collect();
            assert_eq!(findings::of(&complete, &all, &levels, Depth::Check), expected, "{name}");
            with_findings += usize::from(!expected.is_empty());
            sound += usize::from(glance.is_sound);
        }
    }
    assert!(with_findings > 100 && sound > 100, "{with_findings}, {sound}");
}

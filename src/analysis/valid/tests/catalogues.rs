//! The formulas of real tools.

use std::time::{Duration, Instant};

use super::{Hop, valid};
use crate::catalogue::Catalogue;
use crate::solver::formula::Formula;
use crate::source::FileId;

fn size(formula: &Formula) -> usize {
    1 + match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().map(size).sum(),
        Formula::Not(inner) => size(inner),
        Formula::Every(_, inner) | Formula::Some(_, inner) => size(inner),
        Formula::Is(..) | Formula::Test(..) => 0,
    }
}

/// For every tool in `$POLICYC_SHARED/catalogues`: without places, and with all arguments and what is in them.
#[test]
fn formulas_of_real_tools_are_small() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("skipped: POLICYC_SHARED is not set");
        return;
    };
    let (mut tools, mut exact, mut sizes, mut slowest) = (0, 0, Vec::new(), (Duration::ZERO, String::new()));
    for entry in std::fs::read_dir(std::path::Path::new(&shared).join("catalogues")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let (catalogue, _) = Catalogue::load(&std::fs::read_to_string(&path).unwrap(), FileId(0));
        let catalogue = catalogue.unwrap();
        for (index, tool) in catalogue.tools().iter().enumerate() {
            let schema = catalogue.schema(u32::try_from(index).unwrap());
            let mut places = Vec::new();
            for info in schema.arguments() {
                let (key, id) = (Hop::Key(info.name), Hop::Key("id".to_owned()));
                places.push(vec![key.clone(), Hop::Element, id.clone()]);
                places.push(vec![key.clone(), id]);
                places.push(vec![key]);
            }
            for places in [&[][..], &places] {
                let start = Instant::now();
                let found = valid(&schema, places);
                let taken = start.elapsed();
                let name = format!("{} of {}", tool.name, path.display());
                assert_ne!(found.formula, Formula::FALSE, "{name}");
                let size = size(&found.formula);
                assert!(size < 5_000, "{name}: {size}");
                tools += 1;
                exact += usize::from(found.exact);
                if !found.exact && places.is_empty() {
                    eprintln!("not exact: {name}");
                }
                sizes.push((size, name.clone()));
                slowest = slowest.max((taken, name));
            }
        }
    }
    sizes.sort();
    let largest: Vec<_> = sizes.iter().rev().take(3).collect();
    eprintln!(
        "{exact} of {tools} exact, largest {largest:?}, half at {}, slowest {slowest:?}",
        sizes[sizes.len() / 2].0
    );
    assert!(tools > 2_000 && exact * 10 > tools * 7);
}

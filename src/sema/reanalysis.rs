//! Analyses a changed text again, with the files that were read before.

use std::sync::Arc;

use super::imports::{Unit, Units};
use super::survey::Survey;
use super::{Analysis, assemble};
use crate::source::{FileId, SourceMap, offset};
use crate::syntax::ast::ItemKind;
use crate::syntax::parse;

impl Analysis {
    /// The analysis of another text of the main file, with the imports and catalogues of this one: nothing is read. `None` if the
    /// text has `import` statements that this one lacks, or has in another order. Changes of `server` statements are not seen.
    #[must_use]
    pub fn again(&self, text: &str) -> Option<Self> {
        let mut sources = SourceMap::default();
        for index in 0..self.sources.names().count() {
            let id = FileId(offset(index));
            if id == self.main {
                sources.add(self.sources.name(id), text);
            } else {
                sources.add_shared(self.sources.share(id)?);
            }
        }
        let parse = Arc::new(parse(text, self.main));
        let old = self.units.iter().find(|unit| unit.file == self.main)?;
        // The main file is the first that is read.
        let mut items = Vec::new();
        let mut old_imports = old.parse.file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Import { path } => Some(path),
            _ => None,
        });
        for (number, item) in parse.file.items.iter().enumerate() {
            if let ItemKind::Import { path } = &item.kind {
                let before = old_imports.find(|before| before.text == path.text)?;
                let came = |unit: &Unit| unit.import == Some(before.span);
                items.extend(self.order.iter().filter(|(unit, _)| self.units.get(*unit).is_some_and(came)));
            } else {
                items.push((0, number));
            }
        }
        let units = self.units.iter().map(|unit| Unit {
            file: unit.file,
            parse: if unit.file == self.main { Arc::clone(&parse) } else { Arc::clone(&unit.parse) },
            folder: unit.folder.clone(),
            label: unit.label.clone(),
            import: unit.import,
        });
        let units = Units { units: units.collect(), items };
        let found = units.units.iter().flat_map(|unit| unit.parse.errors.iter().cloned()).collect();
        let known_tools = match self.known_tools.servers().iter().any(|server| !server.name.is_empty()) {
            true => Arc::clone(&self.known_tools),
            false => Arc::new(assemble::named(&units, self.known_tools.is_broken())),
        };
        let name = self.checked.iter().filter(|checked| !checked.blocks).flat_map(|checked| &checked.policies).next();
        let name = name.map_or("policy", |policy| policy.name.as_str()).to_owned();
        Some(Survey::new(name, sources, self.main, None, units, known_tools, found).complete())
    }
}

//! The editor's settings, in the section `policyc`.

use std::path::PathBuf;

use policyc_core::config::Config;
use policyc_core::lint::{Levels, Named};
use policyc_core::sema::CatalogueOption;
use serde_json::Value;

/// What the editor's settings say. Like flags of the command line they win over `policyc.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Catalogues by server; paths are relative to the workspace folder.
    pub(crate) catalogues: Vec<(String, PathBuf)>,
    /// Only these findings and groups are looked for.
    pub(crate) select: Option<Vec<String>>,
    /// These findings and groups are not looked for.
    pub(crate) ignore: Vec<String>,
    /// The target of the artefact beside the source.
    pub(crate) target: Option<String>,
    /// Whether there are code lenses.
    pub(crate) lenses: bool,
    /// Whether there are inlay hints.
    pub(crate) hints: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { catalogues: Vec::new(), select: None, ignore: Vec::new(), target: None, lenses: true, hints: true }
    }
}

impl Settings {
    /// Reads the section, with what is wrong in it, each a sentence; what is wrong counts as not
    /// said.
    #[must_use]
    pub(crate) fn read(section: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut wrong = Vec::new();
        if let Some(target) = section.get("target").filter(|value| !value.is_null()) {
            match target.as_str().filter(|name| policyc_core::emit::find(name).is_some()) {
                Some(name) => settings.target = Some(name.to_owned()),
                None if target.as_str() == Some("") => {}
                None => {
                    let names: Vec<&str> = policyc_core::emit::TARGETS.iter().map(|target| target.name).collect();
                    wrong.push(format!(
                        "policyc.target: {target} is not a target; the targets are {}",
                        names.join(", ")
                    ));
                }
            }
        }
        for (server, path) in section.get("catalogues").and_then(Value::as_object).into_iter().flatten() {
            match path.as_str() {
                Some(path) => settings.catalogues.push((server.clone(), PathBuf::from(path))),
                None => wrong.push(format!("policyc.catalogues: the path of {server} is a string, not {path}")),
            }
        }
        let lint = section.get("lint");
        settings.select = names(lint, "select", &mut wrong);
        settings.ignore = names(lint, "ignore", &mut wrong).unwrap_or_default();
        let mut switch = |name: &str, value: &mut bool| match section.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Bool(on)) => *value = *on,
            Some(other) => wrong.push(format!("policyc.{name}: true or false, not {other}")),
        };
        switch("codeLens", &mut settings.lenses);
        switch("inlayHints", &mut settings.hints);
        (settings, wrong)
    }

    /// The levels of findings: those of the configuration, and what the settings say of them.
    #[must_use]
    pub(crate) fn levels(&self, config: &Config) -> Levels {
        let mut levels = config.levels.clone();
        let parse = |names: &[String]| names.iter().filter_map(|name| Named::parse(name).ok()).collect::<Vec<_>>();
        levels.select = self.select.as_deref().map(parse);
        levels.ignore = parse(&self.ignore);
        levels
    }

    /// The catalogues, their paths relative to a folder.
    #[must_use]
    pub(crate) fn catalogues(&self, folder: &std::path::Path) -> Vec<CatalogueOption> {
        let option = |(server, path): &(String, PathBuf)| CatalogueOption {
            server: Some(server.clone()),
            path: folder.join(path),
        };
        self.catalogues.iter().map(option).collect()
    }
}

/// A list of names of findings and groups.
fn names(lint: Option<&Value>, key: &str, wrong: &mut Vec<String>) -> Option<Vec<String>> {
    let value = lint?.get(key).filter(|value| !value.is_null())?;
    let Some(list) = value.as_array() else {
        wrong.push(format!("policyc.lint.{key}: a list of names, not {value}"));
        return None;
    };
    let mut found = Vec::new();
    for value in list {
        match value.as_str().map(|name| (name, Named::parse(name))) {
            Some((name, Ok(_))) => found.push(name.to_owned()),
            Some((_, Err(error))) => wrong.push(format!("policyc.lint.{key}: {error}")),
            None => wrong.push(format!("policyc.lint.{key}: {value} is not a name")),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_and_the_rest_counts() {
        let section = json!({
            "target": "intercept",
            "catalogues": {"shop": "shop.json", "other": 5},
            "lint": {"select": ["strict", "no-such-rule"], "ignore": "all"},
            "codeLens": false,
            "inlayHints": "yes",
        });
        let (settings, wrong) = Settings::read(&section);
        assert_eq!(settings.target.as_deref(), Some("intercept"));
        assert_eq!(settings.catalogues, [("shop".to_owned(), PathBuf::from("shop.json"))]);
        assert_eq!(settings.select, Some(vec!["strict".to_owned()]));
        assert!(!settings.lenses && settings.hints);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
    }

    #[test]
    fn nothing_said_is_the_default() {
        let all_null = json!({"target": null, "lint": {"select": null, "ignore": null}, "codeLens": null});
        for section in [Value::Null, json!({}), all_null, json!({"target": ""})] {
            assert_eq!(Settings::read(&section), (Settings::default(), Vec::new()));
        }
    }
}

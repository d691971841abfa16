//! Variables in settings, each program's own.

use std::path::Path;

use policyc_core::diagnostics::quote;

use super::Client;

/// What variables stand for.
pub(super) struct Expansion<'a> {
    pub(super) client: Client,
    pub(super) workspace: Option<&'a Path>,
    pub(super) home: Option<&'a Path>,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Expansion<'_> {
    /// The text with its variables replaced, as the program of the settings does it.
    ///
    /// # Errors
    /// A variable is not set, or stands for something that only that program knows; as a clause.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        if matches!(self.client, Client::ClaudeDesktop | Client::Codex) {
            return Ok(text.to_owned());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = after;
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            if let Some((inner, behind)) = braced {
                out.push_str(&self.braced(inner)?);
                rest = behind;
                continue;
            }
            let length = after.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(after.len());
            let (name, behind) = after.split_at_checked(length).unwrap_or((after, ""));
            match (self.variable)(name).filter(|_| self.client == Client::Gemini && !name.is_empty()) {
                Some(value) => {
                    out.push_str(&value);
                    rest = behind;
                }
                // A dollar sign may be one.
                None => out.push('$'),
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What `${INNER}` stands for.
    fn braced(&self, inner: &str) -> Result<String, String> {
        let set = |name: &str| (self.variable)(name).ok_or_else(|| format!("the variable {} is not set", quote(name)));
        if !matches!(self.client, Client::VsCode | Client::Cursor) {
            return match inner.split_once(":-") {
                Some((name, default)) => Ok((self.variable)(name).unwrap_or_else(|| default.to_owned())),
                None => set(inner),
            };
        }
        let folder = |path: Option<&Path>| path.map(|path| path.to_string_lossy().into_owned());
        let known = match inner {
            "userHome" => folder(self.home),
            "workspaceFolder" => folder(self.workspace),
            "workspaceFolderBasename" => folder(self.workspace.and_then(Path::file_name).map(Path::new)),
            "pathSeparator" | "/" => Some(std::path::MAIN_SEPARATOR.to_string()),
            _ => match inner.split_once(':') {
                Some(("env", name)) => return set(name),
                Some(("input", name)) => {
                    let name = quote(name);
                    return Err(format!(
                        "it asks for the input {name}, which only the editor can; put `${{env:NAME}}` there"
                    ));
                }
                _ => None,
            },
        };
        known.ok_or_else(|| format!("{} is not known here", quote(&format!("${{{inner}}}"))))
    }
}

//! What a server said, and the catalogue that is made of it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use policyc_core::catalogue::canonical::Listing;
use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value};

use crate::Failure;
use crate::secrets::Secrets;

/// One page of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The result.
    pub(crate) json: Arc<Json>,
    /// For how many milliseconds the server calls it fresh.
    pub(crate) ttl: Option<u64>,
}

impl Page {
    pub(crate) fn tools(&self) -> impl Iterator<Item = Value<'_>> {
        self.json.root().get("tools").into_iter().flat_map(Value::items)
    }
}

/// What a server said of itself and its tools.
#[derive(Debug, Clone)]
pub struct Fetched {
    server: Option<Json>,
    protocol_version: String,
    pages: Vec<Page>,
    pub(crate) secrets: Secrets,
}

/// A catalogue as text, and what its owner should know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// The canonical catalogue.
    pub text: String,
    /// What was left out or replaced, a sentence each.
    pub warnings: Vec<String>,
}

impl Fetched {
    pub(crate) fn new(server: Option<String>, protocol_version: String, pages: Vec<Page>) -> Self {
        let server = server.and_then(|text| Json::parse(&text).ok());
        Self { server, protocol_version, pages, secrets: Secrets::default() }
    }

    /// The server's description of itself (MCP's `Implementation`), as it was sent.
    #[must_use]
    pub fn server(&self) -> Option<Value<'_>> {
        self.server.as_ref().map(Json::root)
    }

    /// The revision of MCP that was spoken: a date.
    #[must_use]
    pub fn protocol_version(&self) -> &str {
        &self.protocol_version
    }

    /// For how many milliseconds the server calls its list fresh; the least that a page says.
    #[must_use]
    pub fn ttl_ms(&self) -> Option<u64> {
        self.pages.iter().filter_map(|page| page.ttl).min()
    }

    /// The tools in the order of the server, as they were sent: also what is no tool, and what [`Fetched::catalogue`] leaves out.
    pub fn tools(&self) -> impl Iterator<Item = Value<'_>> {
        self.pages.iter().flat_map(Page::tools)
    }

    /// How many pages the list had.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// The canonical catalogue. What the owner said of tools (`x-policyc`) in an earlier one is kept; what a server says there is left
    /// out, because it is not the server's to say. Entries without a name cannot be called and are left out, too. Credentials in texts
    /// of the server are replaced by `***`.
    ///
    /// # Errors
    /// The server offers no tools, they are nested too deep, or the earlier text is no catalogue.
    pub fn catalogue(&self, earlier: Option<&str>) -> Result<Catalogue, Failure> {
        let mut warnings = Vec::new();
        // Without the word that is not the server's, which needs a text of its own.
        let mut cleaned = Vec::new();
        for (index, tool) in self.tools().enumerate() {
            let Some(name) = (tool.kind() == Kind::Object).then(|| tool.get("name")?.as_str()).flatten() else {
                let number = index + 1;
                warnings.push(format!("entry {number} of the list is left out: it is no tool with a name"));
                continue;
            };
            if tool.get("x-policyc").is_some() {
                warnings.push(format!(
                    "the server's `x-policyc` for {} is left out: only the owner of a policy gives classes",
                    quote(name)
                ));
            }
            cleaned.push(without_owners_word(tool));
        }
        let texts: Vec<Json> = cleaned.iter().filter_map(|text| Json::parse(text).ok()).collect();
        if texts.is_empty() {
            return Err(Failure::new("it offers no tools"));
        }
        let mut listing = Listing {
            server: self.server(),
            protocol_version: Some(Cow::Borrowed(&self.protocol_version)),
            ttl_ms: self.ttl_ms(),
            tools: texts.iter().map(Json::root).collect(),
            ..Listing::default()
        };
        let parsed = earlier.map(|text| Json::parse(text).map_err(|error| error.message)).transpose();
        let parsed = parsed
            .map_err(|why| Failure::new(format!("the file that is there is no catalogue: it is not JSON: {why}")))?;
        if let Some(parsed) = &parsed {
            let before = Listing::of(parsed)
                .map_err(|why| Failure::new(format!("the file that is there is no catalogue: {why}")))?;
            for name in listing.keep_owner(&before) {
                warnings.push(format!("`x-policyc` of {} is gone with the tool", quote(name)));
            }
        }
        let hidden = RefCell::new(BTreeSet::new());
        let names: BTreeSet<&str> = listing.tools.iter().filter_map(|tool| tool.get("name")?.as_str()).collect();
        let text = listing.text(|text| {
            // A tool that is called otherwise would be another tool.
            let masked = if names.contains(text) { Cow::Borrowed(text) } else { self.secrets.mask_in_file(text) };
            if let Cow::Owned(masked) = &masked {
                hidden.borrow_mut().insert(masked.clone());
            }
            masked
        });
        let text = text.map_err(|why| Failure::new(format!("its list of tools cannot be written: {why}")))?;
        for text in hidden.into_inner() {
            warnings.push(format!("a credential is replaced by `***` in the server's text {}", quote(&text)));
        }
        Ok(Catalogue { text, warnings })
    }
}

/// A tool without `x-policyc`.
fn without_owners_word(tool: Value<'_>) -> String {
    let members = tool.entries().filter(|(key, _)| key.as_str() != Some("x-policyc"));
    let members: Vec<String> = members.map(|(key, value)| format!("{}:{}", key.source(), value.source())).collect();
    format!("{{{}}}", members.join(","))
}

//! Policies and catalogues of any size for the benchmarks: limits and conditions in equal parts.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::sema::{Analysis, CatalogueOption, Loader, Options, analyze};

/// A catalogue of `count` tools with typed arguments, and a policy with a statement for each.
pub(crate) struct Case {
    pub(crate) catalogue: String,
    pub(crate) policy: String,
}

pub(crate) fn case(count: usize) -> Case {
    let names: Vec<String> = (0..count)
        .map(|index| format!("tool_{index:05}_{}", ["read", "send", "delete", "update"][index % 4]))
        .collect();
    let tools: Vec<serde_json::Value> = names.iter().enumerate().map(|(index, name)| tool(index, name)).collect();
    let mut policy = String::from("deny *;\n");
    for (index, name) in names.iter().enumerate() {
        let written = match index % 5 {
            0 => writeln!(policy, "limit {name} {}/min per grant;", 10 + index % 50),
            1 => writeln!(
                policy,
                "allow {name} when args.amount <= {} and args.currency in [\"EUR\", \"USD\"];",
                100 + index
            ),
            2 => writeln!(policy, "require args.to like \"*@acme.com\" for {name} because \"Only our own people.\";"),
            3 => writeln!(policy, "deny {name} when args.amount > {index} or args.note contains \"secret\";"),
            _ => writeln!(policy, "limit {name} {}/hour;", 5 + index % 9),
        };
        written.unwrap();
    }
    Case { catalogue: serde_json::json!({ "tools": tools }).to_string(), policy }
}

fn tool(index: usize, name: &str) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "description": format!("Does the thing number {index} for the caller, in the usual way."),
        "inputSchema": {
            "type": "object",
            "properties": {
                "amount": { "type": "integer", "minimum": 0, "maximum": 1_000_000 },
                "to": { "type": "string", "pattern": "^[a-z]+@[a-z.]+$" },
                "currency": { "type": "string", "enum": ["EUR", "USD", "GBP"] },
                "note": { "type": "string", "maxLength": 500 },
                "items": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "sku": { "type": "string" }, "n": { "type": "integer" } },
                    "required": ["sku"]
                } }
            },
            "required": ["amount", "to"],
            "additionalProperties": false
        },
        "annotations": { "readOnlyHint": index.is_multiple_of(4) }
    })
}

/// A loader that has one file.
pub(crate) struct OneFile<'a>(pub(crate) &'a str);

impl Loader for OneFile<'_> {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// The analysis of a case, which has no errors.
pub(crate) fn analysis(case: &Case) -> Analysis {
    let catalogue = CatalogueOption { server: Some("shop".to_owned()), path: "catalogue.json".into() };
    let options = Options { catalogues: vec![catalogue], ..Options::default() };
    let analysis = analyze("policy.pol", Path::new("policy.pol"), &case.policy, &options, &OneFile(&case.catalogue));
    assert!(analysis.checked.is_some(), "{:#?}", analysis.diagnostics.first());
    analysis
}

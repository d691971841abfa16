//! SARIF reports, validated with the official schema.
//!
//! `POLICYC_SARIF_SCHEMA` names the file of the JSON Schema of SARIF 2.1.0; the npm package
//! `@microsoft/sarif-multitool-linux` has it as `sarif-2.1.0.json`.

use std::fs;

use policyc_core::diagnostics::codes;
use policyc_core::report::findings::{self, RuleInfo};
use serde_json::Value;

#[path = "../../tests/linting/report_samples.rs"]
mod report_samples;

use report_samples::{files, sarif_of};

/// The validator of the official schema, if there is one.
fn validator() -> Option<jsonschema::Validator> {
    let Some(path) = std::env::var_os("POLICYC_SARIF_SCHEMA") else {
        eprintln!("skipped: POLICYC_SARIF_SCHEMA is not set, so nothing is validated with the schema of SARIF");
        return None;
    };
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    // It is the schema of SARIF, and it does reject something.
    assert!(schema["title"].as_str().unwrap().contains("SARIF"));
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0" })));
    Some(validator)
}

fn validate(validator: &jsonschema::Validator, log: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{log:#}");
}

#[test]
fn sarif_is_valid() {
    let Some(validator) = validator() else { return };
    validate(&validator, &sarif_of(&files()));
    validate(&validator, &sarif_of(&[]));
    // Every kind of finding is described.
    let every: Vec<RuleInfo> = codes::ALL.iter().map(|code| RuleInfo::of(code)).collect();
    let log: Value = serde_json::from_str(&findings::sarif(&[], &every)).unwrap();
    validate(&validator, &log);
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), codes::ALL.len());
}

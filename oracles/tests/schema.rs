//! Whether arguments satisfy a schema: the answers of another validator.

use policyc_core::json::Json;
use policyc_core::schema::Schema;
use policyc_core::source::FileId;
use proptest::prelude::*;

#[path = "../../src/schema/tests/generate.rs"]
mod generate;

use generate::{any_schema, objects, values};

fn admits(schema: &str, value: &str) -> Option<bool> {
    let (schema, value) = (Json::parse(schema).unwrap(), Json::parse(value).unwrap());
    Schema::new(Some(schema.root()), FileId(0)).admits(value.root())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The crate `jsonschema` answers where we say "unknown"; where we answer, it agrees.
    #[test]
    fn another_validator_agrees(schema in any_schema(), list in prop::collection::vec(prop_oneof![objects(), values()], 8)) {
        let other = jsonschema::options().should_validate_formats(false).build(&schema);
        prop_assume!(other.is_ok());
        let other = other.unwrap();
        let text = schema.to_string();
        for value in list {
            if let Some(answer) = admits(&text, &value.to_string()) {
                prop_assert_eq!(answer, other.is_valid(&value), "{} for {}", value, text);
            }
        }
    }
}

//! Every valid value satisfies the formula and, if that is exact, no other value made of what is
//! named does.

use proptest::prelude::*;

use super::meaning::{Named, holds};
use super::{place, reach};
use crate::analysis::valid;
use crate::json::Json;
use crate::schema::Schema;
use crate::schema::tests::generate::{any_schema, objects};
use crate::source::FileId;

fn places() -> impl Strategy<Value = Vec<&'static str>> {
    let all = vec!["a", "b", "x-a", "c", "a.a", "a.b", "b.a.b", "a[0]", "a[1].a", "b[0][0]", "b[0].x-a.a"];
    prop::sample::subsequence(all, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn formulas_lie_above_and_meet_when_exact(
        schema in any_schema(),
        places in places(),
        values in prop::collection::vec(objects(), 12),
    ) {
        let text = schema.to_string();
        let json = Json::parse(&text).unwrap();
        let schema = Schema::new(Some(json.root()), FileId(0));
        let reaches: Vec<_> = places.iter().map(|text| reach(text)).collect();
        let places: Vec<_> = places.into_iter().map(place).collect();
        let found = valid(&schema, &reaches);
        let named = Named::new(&found.formula, &places);
        let admits = |value: &serde_json::Value| {
            let value = Json::parse(&value.to_string()).unwrap();
            schema.admits(value.root())
        };
        for value in values {
            let pruned = named.prune(&value, &mut Vec::new());
            for value in [value, pruned.clone()] {
                if admits(&value) == Some(true) {
                    prop_assert!(holds(&found.formula, &value, &named, &[]), "{} for {}: {}", value, text, super::show(&found.formula));
                }
            }
            if found.exact && holds(&found.formula, &pruned, &named, &[]) {
                prop_assert!(admits(&pruned) != Some(false), "{} for {}: {}", pruned, text, super::show(&found.formula));
            }
        }
    }
}

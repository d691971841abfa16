//! Routes of Envoy AI Gateway, whole, and what cannot be one.

use policyc_core::emit::{Settings, TargetOption, find, target_of};
use policyc_core::eval::Verdict;
use policyc_core::json::Json;

use crate::options::{self, emission, settings};
use crate::support::call;

const TARGET: &str = "envoy-ai-gateway";

fn named() -> Settings {
    settings(&[(&TargetOption::ALIAS, "pay"), (&TargetOption::PARENT, "gw")])
}

fn document(text: &str) -> String {
    options::document(TARGET, text, &named())
}

#[test]
fn routes() {
    let closed = "deny *; allow read, list; allow pay when args.amount <= 50 and caller.role == \"clerk\"; \
                  deny pay when args.note contains \"secret\" because \"No secrets.\"; require every args.to[*].email like \"*@acme.com\" for mail; \
                  deny search when args.force == true; allow search; allow audit when caller.role == \"auditor\"; \
                  require approval for refund when args.amount > 10; deny erase because \"Never.\"; hide drop;";
    let open = "allow *; deny drop; hide secret; require approval for pay; allow read; require args.n <= 5 for list; deny * when args.force == true;";
    let plain = "allow *; deny drop; require args.n <= 5 for list;";
    let with_issuer = settings(&[
        (&TargetOption::ALIAS, "pay"),
        (&TargetOption::PARENT, "gw"),
        (&TargetOption::NAMESPACE, "shop"),
        (&TargetOption::ISSUER, "https://issuer.example"),
        (&TargetOption::RESOURCE, "https://mcp.example/mcp"),
    ]);
    for (name, text, settings) in [
        ("envoy-ai-gateway", closed, &with_issuer),
        ("envoy-ai-gateway-open", open, &named()),
        ("envoy-ai-gateway-plain", plain, &named()),
    ] {
        let emission = emission(TARGET, text, settings);
        let artefact = emission.artefact.unwrap_or_else(|| panic!("{:?}", emission.diagnostics));
        assert_eq!(target_of(&artefact.text).map(|target| target.name), Some(TARGET));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, artefact.text);
        });
    }
}

/// What is refused, each with a way out.
#[test]
fn what_routes_cannot_hold() {
    let many = |count: usize, guard: &str| {
        (0..count).map(|tool| format!(" allow t{tool}{};", guard.replace('N', &tool.to_string()))).collect::<String>()
    };
    let long = format!("deny *; allow t when args.s in [{}];", vec!["\"a long string\""; 300].join(", "));
    let none = Settings::default();
    let backend = |name| settings(&[(&TargetOption::ALIAS, name), (&TargetOption::PARENT, "gw")]);
    let half = settings(&[
        (&TargetOption::ALIAS, "pay"),
        (&TargetOption::PARENT, "gw"),
        (&TargetOption::ISSUER, "https://issuer.example"),
    ]);
    let policies = [
        ("no names", "deny *; allow t;".to_owned(), none),
        ("a name with capitals", "deny *; allow t;".to_owned(), backend("Pay")),
        ("a claim without issuer", "deny *; allow t when caller.role == \"x\";".to_owned(), named()),
        ("an issuer without resource", "deny *; allow t;".to_owned(), half),
        ("a scope", "deny *; allow t when caller.scope != \"x\";".to_owned(), named()),
        ("a limit", "deny *; allow t; limit t 5/min;".to_owned(), named()),
        ("a large number", "deny *; allow t when args.n <= 9007199254740993;".to_owned(), named()),
        ("33 conditions", format!("deny *;{}", many(33, " when args.n <= N")), named()),
        ("513 tools", format!("deny *;{}", many(513, "")), named()),
        ("a long condition", long, named()),
    ];
    let told = policies.iter().map(|(what, policy, settings)| {
        let emission = emission(TARGET, policy, settings);
        assert!(emission.artefact.is_none(), "{what}");
        let found = emission.diagnostics.iter().filter(|found| found.is_error());
        let found =
            found.map(|found| format!("  {}\n    {}\n", found.message, found.help.as_deref().unwrap_or_default()));
        format!("{what}\n{}", found.collect::<String>())
    });
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("envoy-ai-gateway-refused", told.collect::<String>());
    });
    // What just fits.
    for policy in [format!("deny *;{}", many(32, " when args.n <= N")), format!("deny *;{}", many(512, ""))] {
        assert!(emission(TARGET, &policy, &named()).artefact.is_some());
    }
}

/// How the reader decides calls of a document.
fn verdict(document: &str, tool: &str, arguments: &str) -> Verdict {
    let document = find(TARGET).unwrap().read(document).unwrap_or_else(|found| panic!("{found:?}\n{document}"));
    let arguments = Json::parse(arguments).unwrap();
    document.decide(&call(tool, arguments.root(), "", 0)).verdict
}

/// The first rule that matches decides, so a tool with a condition is denied before everything else is allowed.
#[test]
fn the_first_rule_decides() {
    let right = document("allow *; require args.n <= 5 for t;");
    let calls = [("{\"n\": 5}", Verdict::Allow), ("{\"n\": 6}", Verdict::Deny), ("{\"n\": \"5\"}", Verdict::Deny)];
    for (arguments, wanted) in calls.into_iter().chain([("{}", Verdict::Deny)]) {
        assert_eq!(verdict(&right, "t", arguments), wanted, "{arguments}");
        assert_eq!(verdict(&right, "u", arguments), Verdict::Allow);
    }
    // The denial in front: nothing of the tool passes.
    let (before, rules) = right.split_once("        - action: Allow").unwrap();
    let (allowing, denying) = rules.split_once("        - action: Deny").unwrap();
    let turned = format!("{before}        - action: Deny{denying}        - action: Allow{allowing}");
    assert_eq!(verdict(&turned, "t", "{\"n\": 5}"), Verdict::Deny);
}

/// At the time of the list there are no parameters, at which a condition would be an error; and of a call all of a condition must
/// be there.
#[test]
fn every_expression_is_written_for_the_list_and_for_calls() {
    let needs_no_arguments = document("deny *; allow t; deny t when args.force == true;");
    assert!(needs_no_arguments.contains("request.mcp.params == null || !has(request.mcp.params.arguments) || ["));
    let needs_arguments = document("deny *; allow t when args.n <= 5;");
    assert!(needs_arguments.contains("request.mcp.params == null || (has(request.mcp.params.arguments) && ["));
    for text in [needs_arguments, needs_no_arguments] {
        // A rule that denies has no expression, and each test asks first what is there.
        let rules: Vec<&str> = text.split("        - action: ").skip(1).collect();
        assert!(rules.iter().all(|rule| rule.starts_with("Allow") || !rule.contains("cel:")), "{text}");
        assert!(text.contains("exists(a, type(a) == map && "), "{text}");
    }
}

//! Policies for Cerbos, decided by its server. `POLICYC_CERBOS` is the program; without it nothing is tested, and that is
//! said.

mod cerbos_server;

use std::collections::BTreeMap;

use cerbos_server::{Server, cases, cerbos};
use policyc_core::emit::find;
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{checked, pairs};
use serde_json::{Value, json};

/// Resources that the server takes in one request.
const MOST_TOGETHER: usize = 50;

/// A server with documents of the target. The resource of each is numbered.
fn start(program: &str, documents: &[String]) -> Server {
    let numbered = documents.iter().enumerate().map(|(index, document)| {
        let numbered = document.replacen("resource: \"mcp::p\"", &format!("resource: \"mcp::p{index}\""), 1);
        assert_ne!(*document, numbered);
        numbered
    });
    Server::start(program, &numbered.collect::<Vec<_>>())
}

/// What a server says of calls to a policy. Calls of one caller are asked about together.
fn answers(server: &Server, policy: usize, samples: &[Sample]) -> Vec<Value> {
    let mut by_caller: BTreeMap<&str, Vec<(usize, &Sample)>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        by_caller.entry(sample.caller.as_deref().unwrap_or("{}")).or_default().push((index, sample));
    }
    let resource = |(index, sample): &(usize, &Sample)| {
        format!(
            "{{\"resource\": {{\"kind\": \"mcp::p{policy}\", \"id\": \"{index}\", \"attr\": {{\"args\": {}}}}}, \"actions\": [{}]}}",
            sample.arguments,
            json!(sample.name)
        )
    };
    let body = |claims: &str, part: &[(usize, &Sample)]| {
        let resources: Vec<String> = part.iter().map(resource).collect();
        format!(
            "{{\"requestId\": \"1\", \"principal\": {{\"id\": \"u\", \"roles\": [\"agent\"], \"attr\": {claims}}}, \"resources\": [{}]}}",
            resources.join(", ")
        )
    };
    let parts = by_caller.iter().flat_map(|(claims, all)| all.chunks(MOST_TOGETHER).map(|part| body(claims, part)));
    let mut found = vec![Value::Null; samples.len()];
    for result in server.check(&parts.collect::<Vec<_>>()) {
        let index: usize = result["resource"]["id"].as_str().unwrap().parse().unwrap();
        assert!(found[index].is_null(), "{result}");
        found[index] = result;
    }
    assert!(found.iter().all(|result| !result.is_null()));
    found
}

#[test]
fn policies_are_never_weaker() {
    let Some(program) = cerbos() else { return };
    let mut generator = Generator::new(1, Shape { exact: false, ..Shape::ALL });
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 500);
    while tally.pairs < pairs(20_000) {
        let cases = cases(&mut generator, "cerbos", calls, &mut tally);
        let documents: Vec<String> = cases.iter().map(|(_, document)| document.clone()).collect();
        let server = start(&program, &documents);
        for (index, (case, document)) in cases.iter().enumerate() {
            tally.policies += 1;
            for (sample, answer) in case.calls.iter().zip(answers(&server, index, &case.calls)) {
                let is_allowed = answer["actions"][&sample.name] == "EFFECT_ALLOW";
                let verdict = if is_allowed { Verdict::Allow } else { Verdict::Deny };
                // Nobody can be asked; all else is decided as the policy says.
                if sample.verdict != Verdict::Approval {
                    assert_eq!(verdict, sample.verdict, "{sample:?}\n{}\n{document}", case.text);
                }
                tally.add(case, document, sample, verdict);
            }
        }
    }
    tally.record("cerbos", "Cerbos 0.55.0");
}

/// The server gives the reason of the policy.
#[test]
fn reasons_are_given() {
    let Some(program) = cerbos() else { return };
    let text = "deny *; deny erase because \"Never.\"; allow pay when args.n <= 5; deny pay when args.to == \"x\" because \"Not to x.\";";
    let checked = checked(text);
    let emission = find("cerbos").unwrap().emit(&checked.policies()[0], ServerId(0));
    let server = start(&program, &[emission.artefact.unwrap().text]);
    let calls = [
        ("erase", "{}", "Never."),
        ("pay", "{\"n\": 5, \"to\": \"x\"}", "Not to x."),
        ("pay", "{\"n\": 6}", "Requires args.n <= 5."),
        ("pay", "[]", "The arguments of the call are missing."),
    ];
    let samples = calls.map(|(name, arguments, _)| Sample {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        caller: None,
        verdict: Verdict::Deny,
    });
    for ((name, arguments, reason), answer) in calls.iter().zip(answers(&server, 0, &samples)) {
        assert_eq!(answer["actions"][name], "EFFECT_DENY", "{arguments}");
        assert_eq!(answer["outputs"][0]["val"], *reason, "{answer}");
    }
}

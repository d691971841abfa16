//! Plugins of ContextForge, whole, and what cannot be one.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::emit::{Emission, Request, Settings, TargetOption, find, target_of};
use policyc_core::ir::ServerId;
use policyc_core::sema::{NoFiles, Options, analyze};

use crate::support::refusals;

fn emission(text: &str, settings: &[(&TargetOption, &str)]) -> Emission {
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    let mut all = Settings::default();
    settings.iter().for_each(|(option, value)| all.set(option, *value));
    find("contextforge").unwrap().make(&Request::new(&checked.policies()[0], ServerId(0), &all))
}

const ALIAS: (&TargetOption, &str) = (&TargetOption::ALIAS, "Just Facebook");
const SERVER: (&TargetOption, &str) = (&TargetOption::ALIAS, "Just_Facebook");
const REDIS: (&TargetOption, &str) = (&TargetOption::REDIS, "{{ env.REDIS_URL }}");

fn findings(emission: &Emission) -> String {
    emission.diagnostics.iter().fold(String::new(), |mut out, found| {
        let _ = writeln!(out, "{}: {}", found.code.name, found.message);
        let _ = writeln!(out, "  help: {}", found.help.as_deref().unwrap_or_default());
        out
    })
}

/// The whole idea, and everything else that is held.
#[test]
fn plugins() {
    let idea = "deny *; limit send_dm_to_user 30/min per grant";
    let all = "deny *; allow read, list-all; limit pay 30/min; limit pay 100/hour; limit list-all 5/s per server; \
               limit total read, pay 60/min as \"both\"; deny refund because \"Never. {{ 7 }}\"; require approval for erase; hide drop;";
    let mut shown = String::new();
    for (text, teams) in [(idea, None), (all, Some((&TargetOption::TEAMS, "2")))] {
        let settings: Vec<_> = [SERVER, REDIS].into_iter().chain(teams).collect();
        let emission = emission(text, &settings);
        let artefact = emission.artefact.as_ref().unwrap_or_else(|| panic!("{}", findings(&emission)));
        assert_eq!(target_of(&artefact.text).map(|target| target.name), Some("contextforge"));
        let _ = write!(shown, "{text}\n{}{}\n", findings(&emission), artefact.text);
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("contextforge", shown);
    });
}

/// What is refused, each with a way out.
#[test]
fn what_plugins_cannot_hold() {
    let redis = (&TargetOption::REDIS, "redis://redis/0");
    let teams = |count| (&TargetOption::TEAMS, count);
    let cases: &[(&str, &[(&TargetOption, &str)])] = &[
        ("allow *; deny t;", &[SERVER]),
        ("deny *; allow t;", &[]),
        ("deny *; allow t;", &[ALIAS]),
        ("deny *; allow t_a, t-a;", &[SERVER]),
        ("deny *; allow \"a/b\";", &[SERVER]),
        ("deny *; allow t when args.n <= 5;", &[SERVER]),
        ("deny *; limit t 30/min;", &[SERVER]),
        ("deny *; limit t 30/min;", &[SERVER, (&TargetOption::REDIS, "localhost:6379")]),
        ("deny *; limit t 30/min;", &[SERVER, (&TargetOption::REDIS, "redis://{% x %}")]),
        ("deny *; limit t 30/5min;", &[SERVER, redis]),
        ("deny *; limit t 30/day;", &[SERVER, redis]),
        ("deny *; limit t 0/min;", &[SERVER, redis]),
        ("deny *; limit t 1000001/min;", &[SERVER, redis]),
        ("deny *; limit t 30/min of args.n;", &[SERVER, redis]),
        ("deny *; allow t; limit t 30/min when args.n > 5;", &[SERVER, redis]),
        ("deny *; limit t 30/min per caller.team;", &[SERVER, redis]),
        ("deny *; limit t 30/min per server;", &[SERVER, redis]),
        ("deny *; limit t 30/min per server;", &[SERVER, redis, teams("31")]),
        ("deny *; allow t, u; limit total * 30/min;", &[SERVER, redis]),
        ("deny *; allow t, u; limit total * 30/min per server;", &[SERVER, redis, teams("1")]),
    ];
    let told = cases.iter().map(|(policy, settings)| refusals(policy, &emission(policy, settings)));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("contextforge-refused", told.collect::<String>());
    });
}

/// No name or text begins a template of the gateway, whatever is in it.
#[test]
fn nothing_is_a_template() {
    let text = "deny *; allow t; deny u because \"{{ env.SECRET }} {% raw %} {# x #} {\\u007b 1 }}\";";
    let path = "{{ 7 }}{%.pol";
    let analysis = analyze(path, Path::new(path), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap();
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "a");
    let emission = find("contextforge").unwrap().make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
    let text = emission.artefact.unwrap().text;
    assert!(!["{{", "{%", "{#"].iter().any(|start| text.contains(start)), "{text}");
}

//! IBM ContextForge: the plugins of its gateway, in `plugins/config.yaml`.
//!
//! A plugin denies every tool that no rule of it allows, and its limiters, a plugin for each limit, refuse what is too much. Rules and
//! limits name a tool as the gateway does, so that a name which is not that of a tool denies it. Neither looks at
//! an argument. The gateway has a plugin for Rego, too, which lets every call without arguments pass before it asks, and
//! takes a tool whose name contains another for that one; so nothing is written for it. All this was read in the programs and
//! run.

mod limits;
mod names;
mod read;
mod write;

use std::collections::BTreeMap;

use super::decision_list::build;
use super::listing_note;
use super::options::TargetOption;
use super::refusal::Refusal;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, Request, Target};
use super::tool_lists::fates::{Fates, fates};
use super::tool_lists::names::{confused, refused_whole};
use super::tool_lists::{Fate, Program};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::decimal::Decimal;
use limits::Limits;
use write::{Access, Document};

const CONTEXTFORGE: Program = Program {
    document: "the ContextForge configuration",
    asks: false,
    hides_unnamed: true,
    lists_arguments: false,
    counts: true,
    server: names::ALLOWED,
    tool: names::ALLOWED,
    longest: None,
};

/// The target.
pub(super) static TARGET: Target = Target {
    name: "contextforge",
    title: "IBM ContextForge (plugins)",
    document: CONTEXTFORGE.document,
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/contextforge.md"),
    counting: Counting {
        lengths: Some(&[1, 60, 3_600]),
        windows: WindowModel::Sliding,
        processes: Processes::Share,
        give_back: GiveBack::Never,
        on_failure: OnFailure::Closed,
        is_on_trust: false,
    },
    numbers: NumberDomain::Exact,
    asks: CONTEXTFORGE.asks,
    knows_caller: false,
    options: &[TargetOption::SERVER, TargetOption::ALIAS, TargetOption::REDIS, TargetOption::TEAMS],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim_end() == "plugins:"),
    build: build_document,
    parse: read::parse,
};

fn build_document(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let Fates { server: alias, tools, others, origins, mut diagnostics, .. } = fates(&CONTEXTFORGE, request);
    if others == Fate::Allow {
        let refusal = Refusal::new(
            "it is about the tools of all servers of the gateway, so it names those that pass",
            "write `deny *;` and allow the tools by name",
        );
        diagnostics.push(refused_whole(&CONTEXTFORGE, request, refusal));
    }
    // What the caller reads of a tool that is denied.
    let lists = build(policy, server).lists;
    let reason = |tool: &str| {
        let last = lists.tools.get(tool).and_then(|list| list.iter().find(|traced| traced.part.when.is_none()));
        last.map_or_else(|| lists.default_reason.clone(), |traced| traced.part.reason.clone())
    };
    let prefix = names::slug(&alias);
    let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
    let mut access = Vec::new();
    for (tool, fate) in &tools {
        if let Some(other) = by_name.insert(names::of_tool(&prefix, tool), tool) {
            diagnostics.push(confused(&CONTEXTFORGE, request, [other, tool]));
        }
        let denied = (*fate != Fate::Allow).then(|| reason(tool));
        access.push(Access { tool: tool.clone(), denied });
    }
    let passing: Vec<&String> = tools.iter().filter(|(_, fate)| **fate == Fate::Allow).map(|(tool, _)| tool).collect();
    let Limits { windows, redis, diagnostics: of_limits } = limits::limits(request, &passing);
    diagnostics.extend(of_limits);
    diagnostics.extend(listing_note(policy, server, TARGET.document));
    let left = request.left_words();
    let text = Document { policy: &policy.name, left, prefix, access, windows, redis }.text();
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter: Vec::new() }
}

/// The most that a limit of the gateway lets pass.
const MOST: u64 = 1_000_000;

/// The units of rates: how long each is in seconds, its name in policies, and as documents write it.
const UNITS: [(u64, &str, &str); 3] = [(1, "second", "s"), (60, "minute", "m"), (3_600, "hour", "h")];

/// Whether a number of calls is one that a limit can have.
fn is_count(count: &Decimal) -> bool {
    count.to_u64().is_some_and(|count| (1..=MOST).contains(&count))
}

//! Envoy: the filters of its connection manager that read calls of tools and decide about them.
//!
//! The filter for MCP makes metadata of a message, and the filter for role-based access control lets
//! pass what one of its policies is about: a list of what is allowed, so that what is not understood
//! is denied. Tools of which the same conditions hold are one policy. Limits are buckets of the filter
//! for local rate limits, which comes last, so that a call which is denied takes nothing.

mod expression;
mod limits;
mod lower;
mod permission;
mod read;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::confirm::Suspect;
use super::decision_list::{Allowance, Counter, Group, ListDecider, Tools, build, groups, lists};
use super::listing_note;
use super::options::TargetOption;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, ReadDocument, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::diagnostics::codes;
use crate::ir::ToolId;
use crate::located::{self, Format, Mistakes};
use crate::source::FileId;
use limits::Limits;
use permission::Permission;
use read::Read;
use write::RolePolicy;

/// The target.
pub(super) static TARGET: Target = Target {
    name: "envoy",
    title: "Envoy (MCP and RBAC filters)",
    document: "the Envoy configuration",
    extension: "json",
    is_json: true,
    main_file: None,
    page: include_str!("../../../docs/targets/envoy.md"),
    counting: Counting {
        lengths: None,
        windows: WindowModel::Bucket,
        processes: Processes::CountApart,
        give_back: GiveBack::Never,
        on_failure: OnFailure::Closed,
        is_on_trust: false,
    },
    // Observed: 9007199254740993 equals 9007199254740992.
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: true,
    options: &[TargetOption::SERVER, TargetOption::PROCESSES],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.starts_with('{') && super::tool_lists::has_key(text, write::FILTERS),
    build: build_document,
    parse,
};

fn build_document(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let built = build(policy, server);
    let mut groups = groups(&built.lists, |denied| lower::lower(denied, false));
    let mut policies = Vec::new();
    let mut stricter = BTreeSet::new();
    for Group { names, others, wanted } in &groups.groups {
        let permissions: Vec<Permission> = wanted.iter().map(|wanted| wanted.part.permission.clone()).collect();
        if let [first, rest @ ..] = names.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let tools = Tools::Named(names.clone());
            policies.push(RolePolicy { name: format!("tool {first}{more}"), tools, permissions: permissions.clone() });
        }
        if *others {
            let tools = Tools::AllBut(built.lists.tools.keys().cloned().collect());
            policies.push(RolePolicy { name: "other tools".to_owned(), tools, permissions });
        }
        let tools = names.iter().filter_map(|name| policy.find_tool(server, name)).map(Some);
        let tools: Vec<Option<ToolId>> = tools.chain(others.then_some(None)).collect();
        let rules = wanted.iter().filter(|wanted| wanted.part.is_stricter).flat_map(|wanted| &wanted.from);
        for rule in rules {
            stricter.extend(tools.iter().map(|tool| (*rule, *tool)));
        }
    }
    policies.sort_by(|left, right| left.name.cmp(&right.name));
    let mut passing: Vec<&String> = groups.groups.iter().flat_map(|group| &group.names).collect();
    passing.sort();
    let are_others_open = groups.groups.iter().any(|group| group.others);
    let Limits { filters, mut diagnostics } = limits::limits(request, &passing, are_others_open);
    let text = write::document(&policies, &filters);
    diagnostics.extend(groups.refusals(policy, TARGET.document));
    diagnostics.extend(listing_note(policy, server, TARGET.document));
    let stricter = stricter.into_iter().map(|(rule, tool)| Suspect { tool, rule }).collect();
    Draft { text, beside: Vec::new(), diagnostics, origins: groups.origins(), stricter }
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
    let read = located::json(text, &mut mistakes).and_then(|root| read::document(&root, &mut mistakes));
    let Read { policies, buckets } = mistakes.into_result(read)?;
    let allowances: Vec<Allowance> = policies
        .into_iter()
        .map(|policy| Allowance {
            wanted: policy.permissions.iter().map(|part| Arc::new(part.meaning())).collect(),
            tools: policy.tools,
        })
        .collect();
    let limits = buckets.into_iter().map(Counter::Bucket).collect();
    Ok(Box::new(ListDecider::new(lists(&allowances, DENIED), NumberDomain::Double).with_counters(limits)))
}

/// What Envoy answers.
const DENIED: &str = "RBAC: access denied";

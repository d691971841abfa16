//! Wrong lists of tools, planted into settings of agent programs: each is refused by the reader, or
//! found by the proof.

use super::planted::checked;
use crate::decider::PolicyDecider;
use crate::diff::proof::prove;
use crate::emit::{Emission, Request, Settings, Target, TargetOption, find};
use crate::ir::{Policy, ServerId};

/// Texts and what stands in their place.
type Change = &'static [(&'static str, &'static str)];

/// A policy that denies what it does not name.
const CLOSED: &str = "deny *; allow read, list-all; require approval for pay; deny refund; hide drop;";
/// A policy that allows what it does not name.
const OPEN: &str = "allow *; require approval for pay-out; deny refund; hide drop;";

const CODEX_CLOSED: &[Change] = &[
    // The allow list.
    &[("enabled_tools", "enabledTools")],
    &[("enabled_tools", "enabled-tools")],
    &[("enabled_tools", "allowed_tools")],
    &[("enabled_tools = [\n    \"list-all\",\n    \"pay\",\n    \"read\",\n]\n", "")],
    &[("    \"read\",\n", "    \"read\",\n    \"write\",\n")],
    &[
        ("    \"read\",\n", "    \"read\",\n    \"refund\",\n"),
        ("disabled_tools = [\n    \"drop\",\n    \"refund\",\n]\n", ""),
    ],
    &[("    \"read\",\n", "    \"read\",\n    \"*\",\n")],
    &[("    \"read\",\n", "    \"re?d\",\n")],
    &[("    \"list-all\",\n", "    \"list_all\",\n")],
    &[("    \"list-all\",\n", "    \"list-all\",\n    \"list_all\",\n")],
    &[("    \"read\",\n", "    5,\n")],
    // Modes.
    &[(
        "[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"",
        "[mcp_servers.example.tools.pay]\napproval_mode = \"approve\"",
    )],
    &[(
        "[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"",
        "[mcp_servers.example.tools.pay]\napproval_mode = \"auto\"",
    )],
    &[(
        "[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"",
        "[mcp_servers.example.tools.pay]\napproval_mode = \"writes\"",
    )],
    &[
        ("default_tools_approval_mode = \"prompt\"\n", ""),
        ("[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"\n", ""),
    ],
    &[("default_tools_approval_mode = \"prompt\"", "default_tools_approval_mode = \"auto\"")],
    &[
        ("default_tools_approval_mode = \"prompt\"", "default_tools_approval_mode = \"approve\""),
        ("[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"\n", ""),
    ],
    &[
        ("default_tools_approval_mode", "default_approval_mode"),
        ("[mcp_servers.example.tools.pay]\napproval_mode = \"prompt\"\n", ""),
    ],
    &[(
        "approval_mode = \"prompt\"\n\n[mcp_servers.example.tools.read]",
        "approvalMode = \"prompt\"\n\n[mcp_servers.example.tools.read]",
    )],
    &[("[mcp_servers.example.tools.read]", "[mcp_servers.example.tools.read]\nenabled = true")],
    // The frame.
    &[
        ("\n[mcp_servers.example]\n", "\n[mcpServers.example]\n"),
        (
            "\n[mcp_servers.example.tools.pay]",
            "\n[mcp_servers.example]\nenabled_tools = []\n\n[mcp_servers.example.tools.pay]",
        ),
    ],
    &[("\n[mcp_servers.example]\n", "\n[mcp_servers.other]\n")],
    &[("\n[mcp_servers.example]\n", "\nprofile = \"open\"\n\n[mcp_servers.example]\n")],
    &[(
        "\n[mcp_servers.example.tools.read]",
        "\n[profiles.open.mcp_servers.example]\nenabled_tools = [\"drop\"]\n\n[mcp_servers.example.tools.read]",
    )],
];

const CODEX_OPEN: &[Change] = &[
    &[("disabled_tools", "disabledTools")],
    &[("disabled_tools = [\n    \"drop\",\n    \"refund\",\n]\n", "")],
    &[("    \"drop\",\n", "")],
    &[("    \"refund\",\n", "    \"re*\",\n")],
    &[("    \"refund\",\n", "    \"Refund\",\n")],
    // Codex shows the model `pay_out`, and asks only for the name that the server has.
    &[("tools.pay-out]", "tools.pay_out]")],
    &[("tools.pay-out]", "tools.\"pay-*\"]")],
    &[("\napproval_mode = \"prompt\"", "\napproval_mode = \"approve\"")],
    &[("\napproval_mode = \"prompt\"", "\napproval_mode = \"writes\"")],
    &[("\n[mcp_servers.example.tools.pay-out]\napproval_mode = \"prompt\"\n", "")],
    &[("default_tools_approval_mode = \"approve\"\n", "")],
];

const CLAUDE_CLOSED: &[Change] = &[
    // What no rule names.
    &[("\"dontAsk\"", "\"default\"")],
    &[("\"dontAsk\"", "\"acceptEdits\"")],
    &[("\"dontAsk\"", "\"plan\"")],
    &[("\"dontAsk\"", "\"bypassPermissions\"")],
    &[("\"dontAsk\"", "\"dont_ask\"")],
    &[("    \"defaultMode\": \"dontAsk\",\n", "")],
    &[("\"defaultMode\"", "\"default_mode\"")],
    &[("    \"disableBypassPermissionsMode\": \"disable\",\n", "")],
    &[("\"disable\"", "\"enable\"")],
    // Rules that allow more.
    &[("\"mcp__example__read\"", "\"mcp__example__write\"")],
    &[("\"mcp__example__read\"", "\"mcp__example\"")],
    &[("\"mcp__example__read\"", "\"mcp__example__*\"")],
    &[("\"mcp__example__read\"", "\"mcp__example__re*\"")],
    &[("\"mcp__example__read\"", "\"mcp__*\"")],
    &[("\"mcp__example__read\"", "\"*\"")],
    &[("\"mcp__example__read\"", "\"mcp__example__read(a:50)\"")],
    &[("\"mcp__example__read\"", "\"mcp__example__Read\"")],
    &[("\"mcp__example__read\"", "\"mcp__other__read\"")],
    &[("\"mcp__example__read\"", "\"Bash(*)\"")],
    &[("\"mcp__example__read\"", "5")],
    &[("list-all", "list_all")],
    &[("\"mcp__example__read\"", "\"mcp__example__pay\""), ("      \"mcp__example__pay\",\n", "")],
    &[("\"dontAsk\"", "\"default\""), ("\"deny\": [", "\"ask\": [")],
    // The frame.
    &[("\"permissions\"", "\"permission\"")],
    &[("\"permissions\"", "\"hooks\": {\"PreToolUse\": []},\n  \"permissions\"")],
    &[("\"allow\": [", "\"additionalDirectories\": [\"/\"],\n    \"allow\": [")],
    &[("\"allow\": [", "\"allow\": [\"mcp__example\"],\n    \"allow\": [")],
];

const CLAUDE_OPEN: &[Change] = &[
    &[("\"deny\"", "\"denied\"")],
    &[("\"deny\"", "\"ask\""), ("\"dontAsk\"", "\"default\"")],
    &[("mcp__example__refund", "mcp__example__refund(a:50)")],
    &[("mcp__example__refund", "mcp__example__re*")],
    &[("mcp__example__refund", "mcp__example__Refund")],
    &[("mcp__example__refund", "mcp__example_refund")],
    &[("mcp__example__refund", "mcp_example_refund")],
    &[("mcp__example__pay-out", "mcp__example__pay_out")],
    &[("      \"mcp__example__drop\",\n", "")],
];

const OPENCODE_CLOSED: &[Change] = &[
    // Patterns for many tools, and their order.
    &[("\"example_*\": \"deny\"", "\"example_*\": \"allow\"")],
    &[("\"example_*\": \"deny\"", "\"example_*\": \"ask\"")],
    &[("\"example_*\": \"deny\"", "\"example_*\": true")],
    &[("    \"example_*\": \"deny\",\n", "")],
    &[("    \"*\": \"deny\",\n    \"example_*\": \"deny\",\n", "")],
    &[("\"example_*\"", "\"other_*\"")],
    &[("\"*\": \"deny\"", "\"*\": \"Deny\"")],
    &[("\"example_refund\": \"deny\"", "\"example_refund\": \"deny\",\n    \"*\": \"allow\"")],
    &[("\"example_refund\": \"deny\"", "\"example_refund\": \"deny\",\n    \"*\": \"ask\"")],
    &[
        ("    \"example_*\": \"deny\",\n", ""),
        ("\"example_refund\": \"deny\"", "\"example_refund\": \"deny\",\n    \"example_*\": \"allow\""),
    ],
    &[("\"example_refund\": \"deny\"", "\"example_re*\": \"allow\"")],
    &[("\"example_refund\": \"deny\"", "\"example_r?fund\": \"allow\"")],
    &[("\"example_refund\": \"deny\"", "\"e*\": \"allow\"")],
    // Tools.
    &[("\"example_refund\": \"deny\"", "\"example_refund\": \"ask\"")],
    &[("\"example_refund\": \"deny\"", "\"example_refund\": \"deny\",\n    \"example_refund\": \"allow\"")],
    &[("\"example_refund\": \"deny\"", "\"example_refund\": {\"*\": \"allow\", \"*50*\": \"deny\"}")],
    &[("\"example_refund\": \"deny\"", "\"5\": \"allow\"")],
    &[("\"example_refund\": \"deny\"", "\"bash\": \"allow\"")],
    &[("\"example_pay\": \"ask\"", "\"example_pay\": \"allow\"")],
    &[("\"example_drop\": \"deny\"", "\"example_drop\": \"allow\"")],
    &[("example_list-all", "example_list_all")],
    // The frame.
    &[("\"permission\"", "\"permissions\"")],
    &[("\"permission\": {", "\"permission\": \"allow\",\n  \"old\": {")],
    &[("\"permission\"", "\"agent\": {\"build\": {\"permission\": {\"*\": \"allow\"}}},\n  \"permission\"")],
    &[("\"permission\"", "\"tools\": {\"example_drop\": true},\n  \"permission\"")],
];

const OPENCODE_OPEN: &[Change] = &[
    &[("    \"example_drop\": \"deny\",\n", "")],
    &[(
        "    \"example_*\": \"allow\",\n    \"example_drop\": \"deny\",\n",
        "    \"example_drop\": \"deny\",\n    \"example_*\": \"allow\",\n",
    )],
    &[("example_pay-out", "example_pay_out")],
    &[("example_refund", "example.refund")],
    &[("example_refund", "Example_refund")],
    &[("example_refund", "refund")],
    &[("\"example_refund\": \"deny\"", "\"example_refund\": {\"*\": \"deny\"}")],
    &[("\"example_pay-out\": \"ask\"", "\"example_pay-out\": \"allow\"")],
];

const LITELLM_CLOSED: &[Change] = &[
    &[("allowed_tools", "allowedTools")],
    &[("allowed_tools", "allowed-tools")],
    &[("allowed_tools", "enabled_tools")],
    &[("    allowed_tools:\n      - \"list-all\"\n      - \"read\"\n", "")],
    &[("    allowed_tools:\n      - \"list-all\"\n      - \"read\"\n", "    allowed_tools: []\n")],
    &[("    allowed_tools:\n      - \"list-all\"\n      - \"read\"\n", "    allowed_tools: null\n")],
    &[("    allowed_tools:\n      - \"list-all\"\n      - \"read\"\n", "    allowed_tools: \"read\"\n")],
    &[("- \"read\"\n", "- \"read\"\n      - \"write\"\n")],
    &[("- \"read\"\n", "- \"read\"\n      - \"refund\"\n")],
    &[("- \"read\"\n", "- \"read\"\n      - \"pay\"\n")],
    &[("- \"read\"\n", "- \"*\"\n")],
    &[("- \"read\"\n", "- \"re*\"\n")],
    &[("- \"read\"\n", "- \"example-read\"\n")],
    &[("- \"read\"\n", "- \"Example-drop\"\n")],
    &[("- \"read\"\n", "- 5\n")],
    &[("- \"list-all\"\n", "- \"list_all\"\n")],
    &[("mcp_servers", "mcp_server")],
    &[("  example:\n", "  example:\n    allowed_params: null\n")],
    &[("  example:\n", "  example:\n    allowed_params: [read]\n")],
    &[("  example:\n", "  example:\n    allowed_params: {read: null}\n")],
    &[("  example:\n", "  example:\n    allowed_params: {read: a}\n")],
    &[("  example:\n", "  example:\n    allowed_params: {read: [5]}\n")],
    &[("  example:\n", "  example:\n    allowed_params: {\"re*\": [a]}\n")],
    &[
        ("  example:\n", "  example:\n    allowed_params: {example-pay: []}\n"),
        ("- \"read\"\n", "- \"read\"\n      - \"pay\"\n"),
    ],
    &[(
        "    allowed_tools:\n      - \"list-all\"\n      - \"read\"\n",
        "    allowed_params: {list-all: [], read: []}\n",
    )],
    &[("  example:\n", "  other:\n    url: \"http://localhost\"\n  example:\n")],
];

const LITELLM_OPEN: &[Change] = &[
    &[("disallowed_tools", "disallowedTools")],
    &[("disallowed_tools", "blocked_tools")],
    &[("- \"drop\"\n", "- \"dr*\"\n")],
    &[("- \"drop\"\n", "- \"Drop\"\n")],
    &[("      - \"drop\"\n", "")],
    &[("      - \"pay-out\"\n", "")],
    &[("- \"refund\"\n", "- \"example-refund\"\n")],
    &[("    disallowed_tools", "    allowed_tools:\n      - \"drop\"\n    disallowed_tools")],
];

/// All formats: the target, the policy, and the changes to its document.
const PLANTED: &[(&str, &str, &[Change])] = &[
    ("codex", CLOSED, CODEX_CLOSED),
    ("codex", OPEN, CODEX_OPEN),
    ("claude-code", CLOSED, CLAUDE_CLOSED),
    ("claude-code", OPEN, CLAUDE_OPEN),
    ("opencode", CLOSED, OPENCODE_CLOSED),
    ("opencode", OPEN, OPENCODE_OPEN),
    ("litellm", CLOSED, LITELLM_CLOSED),
    ("litellm", OPEN, LITELLM_OPEN),
];

/// A document for a server that the policy does not declare.
pub(in crate::emit) fn emitted(target: &Target, policy: &Policy) -> Emission {
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "example");
    target.make(&Request::new(policy, ServerId(0), &settings))
}

/// Whether a document is refused, or found to be weaker.
pub(super) fn is_rejected(target: &Target, text: &str, policy: &Policy) -> bool {
    let Ok(document) = target.read(text) else { return true };
    let proof = prove(&PolicyDecider::new(policy).of_server(ServerId(0), target.numbers), document.as_ref());
    assert!(proof.undecided.is_empty(), "{text}");
    proof.weaker.is_some()
}

#[test]
fn wrong_lists_are_rejected() {
    for (name, policy, changes) in PLANTED {
        let target = find(name).unwrap();
        let checked = checked(policy);
        let policy = &checked.policies()[0];
        let emission = emitted(target, policy);
        assert!(emission.artefact.is_some(), "{:?}", emission.diagnostics);
        let right = emission.artefact.unwrap().text;
        assert!(!is_rejected(target, &right, policy), "{right}");
        let mut wrong = Vec::new();
        for change in *changes {
            let mut text = right.clone();
            for (from, to) in *change {
                if !text.contains(from) {
                    wrong.push(format!("{from:?} is not there"));
                }
                text = text.replacen(from, to, 1);
            }
            if !is_rejected(target, &text, policy) {
                wrong.push(format!("{change:?}"));
            }
        }
        assert!(wrong.is_empty(), "{name}\n{right}\n{}", wrong.join("\n"));
    }
}

/// Every format has enough of them.
#[test]
fn each_format_has_planted_mistakes() {
    for target in ["codex", "claude-code", "opencode", "litellm"] {
        let count: usize = PLANTED.iter().filter(|(name, ..)| *name == target).map(|(.., changes)| changes.len()).sum();
        assert!(count >= 20, "{target}: {count}");
    }
}

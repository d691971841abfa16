//! The manifest by which a host of the Agent Control Specification finds a module. The host denies tools that it does not list.

use serde_json::{Map, Value, json};

use super::write::package_path;
use crate::emit::SideFile;
use crate::emit::decision_list::{Entry, Lists};

/// The version of the manifest. Later ones are refused by the hosts there are.
const VERSION: &str = "0.3.1-beta";

/// The manifest of a module. It is JSON, which every reader of YAML reads.
pub(super) fn file(package: &[String], lists: &Lists<Entry>) -> SideFile {
    let tools: Map<String, Value> =
        lists.tools.keys().map(|name| (name.clone(), json!({ "type": "Tool", "id": name }))).collect();
    let manifest = json!({
        "agent_control_specification_version": VERSION,
        "metadata": { "name": package.join(".") },
        "policies": {
            "policyc": { "type": "rego", "bundle": "./policy", "query": format!("data.{}.verdict", package_path(package)) },
        },
        "intervention_points": {
            "pre_tool_call": {
                "policy_target": "$.tool_call.args",
                "policy_target_kind": "tool_args",
                "tool_name_from": "$.tool_call.name",
                "policy": { "id": "policyc" },
            },
        },
        "tools": tools,
    });
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
    SideFile { path: "manifest.yaml", text }
}

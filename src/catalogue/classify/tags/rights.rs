//! Whether it changes who may do what.

use super::super::Tag;
use super::super::evidence::{Found, Weight};
use super::super::name::Clause;
use super::{has, saw, verb_of};

/// What says who may do what.
const RIGHTS: &[&str] = &[
    "acl",
    "acls",
    "collaborator",
    "collaborators",
    "firewall",
    "grant",
    "grants",
    "iam",
    "membership",
    "owner",
    "ownership",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "rbac",
    "restriction",
    "restrictions",
    "role",
    "roles",
    "visibility",
];
/// Verbs that say who may do what, whatever they are about.
const GRANTS: &[&str] =
    &["authorize", "deny", "grant", "impersonate", "invite", "revoke", "share", "unshare", "reshare"];
/// What stands behind `access` and `member` where they are about rights.
const CONTROLS: &[&str] = &[
    "control", "grant", "group", "level", "list", "lists", "policies", "policy", "request", "requests", "role",
    "roles", "rule", "rules",
];
/// Verbs that take someone in or out.
const JOINS: &[&str] =
    &["add", "assign", "ban", "create", "delete", "demote", "expel", "kick", "promote", "remove", "set"];
/// What has members with rights.
const GROUPS: &[&str] =
    &["channel", "group", "org", "organization", "project", "repo", "repository", "team", "workspace"];
/// What has settings that hold for everybody in it.
const WHOLES: &[&str] = &["account", "company", "enterprise", "org", "organization", "team", "tenant"];
const SETTINGS: &[&str] = &["config", "configuration", "policy", "policies", "setting"];
/// What settings are about that say who sees something.
const SHOWN: &[&str] = &["privacy", "publish", "publishing", "share", "sharing"];

/// Adds what a part of a name says.
pub(super) fn by_name(clause: &Clause, found: &mut Found) {
    let verb = verb_of(clause);
    if GRANTS.contains(&verb) {
        return saw(found, Tag::Permissions, Weight::Strong, verb);
    }
    let object = clause.object();
    let word = |at: Option<usize>| at.and_then(|at| object.get(at)).map_or("", String::as_str);
    let right = object.iter().enumerate().find(|(at, right)| {
        let (before, after) = (word(at.checked_sub(1)), word(Some(at + 1)));
        let last = after.is_empty();
        match right.as_str() {
            // A `data_access_layer` gives nobody access.
            "access" => last || CONTROLS.contains(&after),
            // A list or a queue has members too: what changes in one of them is no right.
            "member" | "members" => {
                let list = has(&["audience", "list", "queue", "segment"], before);
                (last || CONTROLS.contains(&after)) && !list && (JOINS.contains(&verb) || has(GROUPS, before))
            }
            right => RIGHTS.contains(&right),
        }
    });
    if let Some((_, right)) = right {
        return saw(found, Tag::Permissions, Weight::Strong, right);
    }
    let pairs = || object.iter().zip(object.iter().skip(1));
    // What holds for a whole account or team says what everybody in it may do.
    let of_all = pairs().find(|(whole, settings)| has(WHOLES, whole) && has(SETTINGS, settings));
    let shown_to = pairs().find(|(shown, settings)| SHOWN.contains(&shown.as_str()) && has(SETTINGS, settings));
    if let Some((_, settings)) = of_all.or(shown_to).filter(|_| !matches!(verb, "export" | "generate" | "download")) {
        saw(found, Tag::Permissions, Weight::Strong, settings);
    }
    // Who holds the other half of a key is let in.
    let lets_in = pairs().find(|(kind, key)| {
        matches!(kind.as_str(), "authorized" | "deploy" | "public" | "ssh") && matches!(key.as_str(), "key" | "keys")
    });
    if let Some((_, key)) = lets_in {
        saw(found, Tag::Permissions, Weight::Strong, key);
    }
    let users = object.last().is_some_and(|word| matches!(word.as_str(), "user" | "users"));
    if users
        && matches!(verb, "create" | "delete" | "remove" | "add" | "disable" | "enable" | "deactivate" | "activate")
    {
        saw(found, Tag::Permissions, Weight::Fair, "user");
    }
}

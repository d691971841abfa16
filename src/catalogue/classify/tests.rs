//! Kinds of names, descriptions, schemas and hints, and what they say.

mod kinds;

use super::*;
use crate::json::Json;

const NONE: Annotations = Annotations { read_only: None, destructive: None, idempotent: None, open_world: None };

fn infer(name: &str, description: &str, annotations: Annotations) -> Classification {
    of(&Facts { name, description: Some(description), annotations, schema: None })
}

/// What is inferred, which is the same when only the classes are.
fn of(facts: &Facts<'_>) -> Classification {
    let found = classify(facts);
    assert_eq!(classes(facts), found.classes, "{}", facts.name);
    found
}

fn with_arguments(name: &str, properties: &str) -> Classification {
    let json = Json::parse(&format!("{{\"type\": \"object\", \"properties\": {properties}}}")).unwrap();
    of(&Facts { name, description: None, annotations: NONE, schema: Some(json.root()) })
}

/// Names without a description, and their classes.
#[track_caller]
fn names(all: &[(&str, &str)]) {
    for (name, classes) in all {
        let found = infer(name, "", NONE);
        assert_eq!(found.classes.names(), *classes, "{name}: {:?}", found.evidence);
        assert!(!found.reason.is_empty(), "{name}");
    }
}

#[test]
fn splits_names_into_words() {
    for (name, words) in [
        ("get_run", "get run"),
        ("API-post-search", "api post search"),
        ("TwilioApiV2010--FetchHTTPLog", "twilio api v fetch http log"),
        ("deleteAPIKey", "delete api key"),
        ("__node_version", "node version"),
        ("drive/files delete", "drive files delete"),
        ("", ""),
    ] {
        assert_eq!(name::split(name).join(" "), words, "{name}");
    }
}

#[test]
fn the_verb_of_a_name_decides() {
    names(&[
        ("get_comments", "read"),
        ("listCharges", "read"),
        ("get_merge_request", "read"),
        ("list_runs", "read"),
        ("find", "read"),
        ("create_issue", "write"),
        ("post_to_facebook", "write"),
        ("browser_click", "write"),
        ("delete_post", "destructive"),
        ("run_sql", "execute"),
        ("browser_evaluate", "execute"),
        ("frobnicate", "write"),
    ]);
}

#[test]
fn the_verb_can_stand_at_the_end_or_after_a_prefix() {
    names(&[
        ("kv_namespace_delete", "destructive"),
        ("storage_account_list", "read"),
        ("pull_request_review_write", "write"),
        ("TwilioApiV2010--FetchHTTPLog", "read"),
        ("mcp__acme__delete_widget", "destructive"),
        ("mcp__acme__list_widgets", "read"),
        ("drive.files.delete", "destructive"),
        ("acme.widgets.list", "read"),
        ("vm_createorupdate", "write"),
        ("landingzone_getguidance", "read"),
    ]);
}

#[test]
fn grave_verbs_win_over_reading_words() {
    names(&[
        ("lookup_and_charge", "financial"),
        ("look_up_and_charge", "financial"),
        ("get_and_delete_message", "destructive"),
        ("run_and_delete", "destructive, execute"),
        ("stop_search", "write"),
        ("rotate_read_key", "destructive"),
        ("shutdown_read_replica", "destructive"),
        ("read_replica_destroy", "destructive"),
        ("find_replace", "write"),
        ("get_delete_user", "destructive"),
        ("status_reset", "destructive"),
        ("list_exec", "execute"),
        // A word that no list has may be a verb.
        ("frobnicate_list", "write"),
        ("decimate_search_cluster", "write"),
    ]);
}

#[test]
fn verbs_of_operation_take_something_away() {
    names(&[
        ("flush_all", "destructive"),
        ("drain_node", "destructive"),
        ("evict_pod", "destructive"),
        ("purge_cache", "destructive"),
        ("terminate_instance", "destructive"),
        ("format_disk", "destructive"),
        ("scale_deployment", "write"),
    ]);
}

#[test]
fn what_is_about_money_is_financial() {
    names(&[
        ("create_charge", "financial"),
        ("refund_order", "financial"),
        ("place_stock_order", "financial"),
        ("cancel_order", "financial, destructive"),
        ("delete_invoice", "financial, destructive"),
        ("capture_payment", "financial"),
        ("transfer", "financial"),
        ("wire_transfer", "financial"),
        ("transfer_funds", "financial"),
        ("send_money", "financial"),
        ("book_flight", "financial"),
        ("close_position", "financial"),
        ("swap_tokens", "financial"),
        ("update_subscription", "financial"),
        ("order_pizza", "financial"),
        ("checkout_cart", "financial"),
        // Not all that has such a word moves money.
        ("list_charges", "read"),
        ("get_order", "read"),
        ("transfer_repository", "write"),
        ("capture_screenshot", "read"),
        ("set_sort_order", "write"),
        ("checkout_branch", "write"),
        ("swap_slots", "write"),
        ("update_activity_subscription", "write"),
        ("add_order_note", "write"),
        ("manage_notification_subscription", "write"),
    ]);
}

#[test]
fn what_runs_what_it_is_given_executes() {
    names(&[
        ("shell", "execute"),
        ("bash", "execute"),
        ("ssh_exec", "execute"),
        ("start_process", "execute"),
        ("interact_with_process", "execute"),
        ("run_code", "execute"),
        ("query_sql", "execute"),
        ("http_request", "execute"),
        ("query_metrics", "read"),
    ]);
    let reads = infer("query_sql", "Execute a read-only SQL query", NONE);
    assert_eq!(reads.classes.names(), "read");
}

#[test]
fn descriptions_add_what_names_hide() {
    for (name, description, classes) in [
        ("frobnicate", "Returns the frobs.", "read"),
        ("frobnicate", "Deletes the frobs.", "destructive"),
        ("frobnicate", "This tool safely retrieves frobs", "read"),
        ("frobnicate", "Lists and deletes frobs", "destructive"),
        ("frobnicate", "Gets rid of all frobs", "destructive"),
        ("frobnicate", "Returns the deleted frobs", "write"),
        ("frobnicate", "Looks up a customer and charges the card", "financial"),
        ("get_page", "Executes a script to get a page", "execute"),
        ("get_thing", "Deletes the thing and returns it", "destructive"),
        ("find", "Run a find query against a collection", "read"),
        ("run_list", "List the runs", "read"),
        ("run_list", "", "execute"),
        ("issue_read", "Get an issue", "read"),
        ("list_invoices", "List invoices and charges", "read"),
        ("get_restrictions", "Get view and edit restrictions of a page", "read"),
        ("tickets", "Notion | Search by title", "read"),
    ] {
        let found = infer(name, description, NONE);
        assert_eq!(found.classes.names(), classes, "{name}, {description}: {:?}", found.evidence);
    }
}

#[test]
fn hints_raise_and_never_lower_alone() {
    let reads = Annotations { read_only: Some(true), ..NONE };
    let changes = Annotations { read_only: Some(false), ..NONE };
    let destroys = Annotations { destructive: Some(true), ..NONE };
    let torn = Annotations { read_only: Some(true), destructive: Some(true), ..NONE };
    for (name, description, hints, classes) in [
        ("frobnicate", "", reads, "write"),
        ("delete_post", "Gets nothing", reads, "destructive"),
        ("get_page", "", changes, "write"),
        ("get_page", "", destroys, "destructive"),
        ("get_page", "", torn, "read"),
        ("frobnicate", "", destroys, "destructive"),
        // The hint is true by default: on a plain write it says nothing, with a verb that may lose something it decides.
        ("create_page", "", destroys, "write"),
        ("update_page", "", destroys, "write"),
        ("replace_page", "", destroys, "destructive"),
        // Reading is claimed, and the description says what is returned.
        ("convert_time", "Convert a time. Returns the converted time.", reads, "read"),
        ("convert_file", "Convert a file. Returns the converted file.", reads, "read"),
        ("convert_file", "Convert a file. Returns the converted file.", NONE, "write"),
    ] {
        let found = infer(name, description, hints);
        assert_eq!(found.classes.names(), classes, "{name}: {:?}", found.evidence);
    }
    let hinted = infer("create_page", "", destroys);
    assert!(hinted.evidence.iter().any(|found| found.source == Source::Annotations && found.weight == Weight::Weak));
}

#[test]
fn arguments_name_operations() {
    for (name, properties, classes) in [
        ("manage_things", r#"{"operation": {"type": "string", "enum": ["get", "create", "delete"]}}"#, "destructive"),
        ("get_things", r#"{"action": {"enum": ["list", "purge"]}}"#, "destructive"),
        ("things", r#"{"method": {"enum": ["GET", "POST"]}}"#, "write"),
        ("things", r#"{"action": {"type": "string", "description": "One of list, create or delete"}}"#, "destructive"),
        ("get_things", r#"{"status": {"enum": ["open", "deleted"]}}"#, "read"),
        ("sync_things", r#"{"delete": {"type": "boolean"}}"#, "destructive"),
        ("things", r#"{"sql": {"type": "string"}}"#, "execute"),
        ("things", r#"{"command": {"type": ["string", "null"]}}"#, "execute"),
        ("things", r#"{"code": {"type": "string", "description": "The country"}}"#, "write"),
        ("things", r#"{"code": {"type": "string", "description": "Python code to run"}}"#, "execute"),
        ("settle_up", r#"{"amount": {"type": "number"}, "currency": {"type": "string"}}"#, "financial"),
        ("get_rate", r#"{"amount": {"type": "number"}, "currency": {"type": "string"}}"#, "read"),
    ] {
        let found = with_arguments(name, properties);
        assert_eq!(found.classes.names(), classes, "{name}: {:?}", found.evidence);
    }
}

#[test]
fn tags_stand_beside_classes() {
    for (name, description, tags) in [
        ("send_email", "Sends an email", "sends"),
        ("add_comment", "", "sends"),
        ("create_note_template", "", ""),
        ("send_transaction", "", ""),
        ("get_message", "", "open_world"),
        ("scrape_url", "Scrape a page", "open_world"),
        ("list_channels", "", ""),
        ("get_secret_value", "", "secrets"),
        ("get_anon_key", "", "secrets"),
        ("list_page_tokens", "", ""),
        ("list_secret_scanning_alerts", "", ""),
        ("share_file", "", "sends, permissions"),
        ("assign_role", "", "permissions"),
        ("list_roles", "", ""),
        ("batch_delete_emails", "", "bulk"),
        ("delete_all", "", "bulk"),
        ("list_all_things", "", ""),
    ] {
        let found = infer(name, description, NONE);
        assert_eq!(found.tags.names(), tags, "{name}: {:?}", found.evidence);
    }
    let many = with_arguments("close_things", r#"{"thing_ids": {"type": "array"}}"#);
    assert_eq!(many.tags.names(), "bulk");
    let open = Annotations { open_world: Some(true), ..NONE };
    assert_eq!(infer("get_thing", "", open).tags, Tags::NONE, "the hint is true by default");
}

#[test]
fn confidence_says_how_sure_it_is() {
    for (name, description, confidence) in [
        ("delete_post", "Deletes a post", Confidence::High),
        ("get_post", "", Confidence::High),
        ("frobnicate", "Returns the frobs", Confidence::Medium),
        ("frobnicate", "", Confidence::Low),
    ] {
        assert_eq!(infer(name, description, NONE).confidence, confidence, "{name}");
    }
}

#[test]
fn odd_texts_are_read_to_the_end() {
    for text in ["", "\u{0}", "ß", "é…", "日本語_delete", "İ", "a__b--c", "....", "/", "---", "get\u{301}"] {
        let long = text.repeat(3000);
        let _ = infer(text, &long, NONE);
        let _ = infer(&long, text, NONE);
    }
}

/// The lower case of texts is that of the standard library, by whatever way it is found.
#[test]
fn lower_case() {
    for text in ["Gets ALL Things", "ΑΣ ΑΣΑ", "ÄÖ İstanbul ẞ", "ΟΔΥΣΣΕΥΣ", "日本 X", ""] {
        assert_eq!(description::lower(text), text.to_lowercase(), "{text}");
    }
}

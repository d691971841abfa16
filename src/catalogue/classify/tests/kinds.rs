//! Kinds of tools that are easily taken for something else, with names that no server has.

use super::*;

/// Names with a description, and their classes.
#[track_caller]
fn described(all: &[(&str, &str, &str)]) {
    for (name, description, classes) in all {
        let found = infer(name, description, NONE);
        assert_eq!(found.classes.names(), *classes, "{name}, {description}: {:?}", found.evidence);
    }
}

/// Names with a description, and their tags.
#[track_caller]
fn tagged(all: &[(&str, &str, &str)]) {
    for (name, description, tags) in all {
        let found = infer(name, description, NONE);
        assert_eq!(found.tags.names(), *tags, "{name}, {description}: {:?}", found.evidence);
    }
}

#[test]
fn what_starts_agents_or_keeps_code_executes() {
    names(&[
        ("launch_subagent", "execute"),
        ("resume_agent_run", "execute"),
        ("spawn_worker", "execute"),
        ("delegate_task", "execute"),
        ("install_plugin", "execute"),
        ("upgrade_package", "execute"),
        ("write_macro", "execute"),
        ("update_function_code", "execute"),
        ("push_worker_source", "execute"),
        // A person is no agent, a version of a script no code, and bigger machines bring none.
        ("assign_agent", "write"),
        ("create_script_version", "write"),
        ("upgrade_instance", "write"),
        ("uninstall_plugin", "destructive"),
    ]);
    described(&[
        ("create_errand", "Make and assign work to agents", "execute"),
        ("continue_talk", "Continue an agent with more orders", "execute"),
        ("research_topic", "Research a topic using several sub-agents", "execute"),
        ("crawl_manual", "Crawl a manual. Jobs are queued and done later.", "write"),
        ("get_ticket", "Get a ticket and the agent that it is assigned to", "read"),
        ("prepare_change", "<purpose> Prepares a change of tables by executing DDL.", "execute"),
    ]);
    assert_eq!(with_arguments("create_resource", r#"{"manifest": {"type": "string"}}"#).classes.names(), "execute");
    assert_eq!(with_arguments("get_resource", r#"{"manifest": {"type": "string"}}"#).classes.names(), "read");
}

#[test]
fn what_gives_secrets_away_has_the_tag() {
    tagged(&[
        ("print_env", "", "secrets"),
        ("env_list", "", "secrets"),
        ("get_connection_uri", "", "secrets"),
        ("read_cookies", "", "secrets"),
        ("tab_localstorage_get", "", "secrets"),
        ("get_appsettings", "", "secrets"),
        ("whereabouts", "Returns all environment variables of the process", "secrets"),
        ("get_thing", "Get the password of a thing", "secrets"),
        ("get_thing", "Gets settings. They may contain sensitive data.", "secrets"),
        ("issue_token", "", "secrets"),
        ("generate_new_key", "", "secrets"),
        // An environment is often a place, a key often a name, and a token part of a text.
        ("create_env", "", ""),
        ("list_environments", "", ""),
        ("get_key", "", ""),
        ("count_tokens", "", ""),
        ("get_usage", "Get the usage of a plan with an API key", ""),
    ]);
    let kinds = r#"{"kind": {"type": "string", "description": "What to get: pods, secrets, nodes"}}"#;
    assert_eq!(with_arguments("orbit_get", kinds).tags.names(), "secrets");
    assert_eq!(with_arguments("orbit_describe", kinds).tags, Tags::NONE);
    assert_eq!(with_arguments("orbit_get", r#"{"kind": {"type": "string"}}"#).tags, Tags::NONE);
}

#[test]
fn a_hint_of_destruction_is_weighed() {
    let hinted = Annotations { read_only: Some(false), destructive: Some(true), ..NONE };
    let destroys = Annotations { destructive: Some(true), ..NONE };
    for (name, description, hints, classes) in [
        ("list_broken_builds", "Lists broken builds", destroys, "read"),
        ("list_broken_builds", "", destroys, "destructive"),
        ("query_source", "Acme | Query a source", destroys, "read"),
        ("save_text", "Create a text or completely overwrite one", hinted, "destructive"),
        ("write_file", "", hinted, "destructive"),
        ("rename_table", "", hinted, "destructive"),
        ("move_folder", "", hinted, "destructive"),
        ("transfer_repository", "", hinted, "destructive"),
        ("update_many", "", hinted, "destructive"),
        ("write_file", "", NONE, "write"),
        ("rename_label", "", hinted, "write"),
        ("update_card", "", hinted, "write"),
        // What acts on nothing but the window or connection of the caller takes nothing away.
        ("mouse_wheel", "Scroll the wheel", hinted, "write"),
        ("browser_switch", "List, open or close a tab", hinted, "write"),
        ("browser_drop", "Drop files onto an element", hinted, "write"),
        ("disconnect_session", "", hinted, "write"),
        ("disconnect", "Close the connection and revoke its id", NONE, "write"),
        ("close_account", "", hinted, "destructive"),
        ("browser_clear_history", "", hinted, "destructive"),
    ] {
        let found = infer(name, description, hints);
        assert_eq!(found.classes.names(), classes, "{name}, {description}: {:?}", found.evidence);
    }
}

#[test]
fn work_that_takes_something_away_is_destructive() {
    names(&[
        ("run_nightly_purge", "destructive"),
        ("run_weekly_cleanup", "destructive, execute"),
        ("start_cleanup", "destructive"),
        ("finish_schema_migration", "destructive"),
        ("update_ref", "destructive"),
        ("set_metadata_location", "destructive"),
        ("update_store_location", "write"),
        ("get_cleanup_settings", "read"),
        ("list_migrations", "read"),
    ]);
    let performs = infer("tidy", "Performs a deletion of old things", NONE);
    assert_eq!(performs.classes.names(), "destructive");
}

#[test]
fn what_people_see_is_sent() {
    tagged(&[
        ("post_to_mastodon", "", "sends"),
        ("post_photo_to_wall", "", "sends"),
        ("schedule_tweet", "", "sends"),
        ("edit_comment", "", "sends"),
        ("manage_card_comment", "", "sends"),
        ("repost_story", "", "sends"),
        ("publish_site", "", "sends"),
        ("add_attendee", "", "sends"),
        ("update_call", "", "sends"),
        ("change_page", "Updates a page. It is publicly available afterwards.", "sends"),
        ("create_bulletin", "Publishes a bulletin for all readers", "sends"),
        // Nobody reads what goes to a machine.
        ("publish_events", "", ""),
        ("post_to_queue", "", ""),
        ("send_typing_indicator", "", ""),
        ("create_release", "Publishes the draft as a version", ""),
        ("update_call_recording", "", ""),
    ]);
}

#[test]
fn what_costs_is_financial() {
    names(&[
        ("create_inbound_phone_number", "financial"),
        ("add_toll_free_phone_number", "write"),
        ("add_phone_number", "write"),
        ("register_domain", "financial"),
        ("get_coupon", "read"),
    ]);
    described(&[
        ("create_line", "Acme - Api: This is the API of Acme. Purchase a line for the account.", "financial"),
        ("create_seat", "Adds a seat. You will be charged for it.", "financial"),
        ("sort_list", "Orders the list by name", "write"),
        ("get_price", "Get the price. You will be charged nothing.", "read"),
    ]);
    let trade = r#"{"symbol": {"type": "string"}, "qty": {"type": "integer"}}"#;
    assert_eq!(with_arguments("create_borrow", trade).classes.names(), "financial");
    assert_eq!(with_arguments("get_borrow", trade).classes.names(), "read");
    let claim = infer("create_voucher", "", NONE);
    assert_eq!(claim.classes.names(), "write");
    let weak = |found: &Evidence| found.sign == Sign::Class(Class::Financial) && found.weight == Weight::Weak;
    assert!(claim.evidence.iter().any(weak), "{:?}", claim.evidence);
}

#[test]
fn rights_are_told_from_words_that_look_like_them() {
    for (name, tags) in [
        ("add_deploy_key", "permissions"),
        ("register_public_key", "permissions"),
        ("update_organization_settings", "permissions"),
        ("configure_account_policy", "permissions"),
        ("set_sharing_settings", "permissions"),
        ("create_access_rule", "permissions"),
        ("add_team_member", "permissions"),
        ("remove_member", "permissions"),
        ("update_workspace_member", "permissions"),
        ("build_data_access_layer", ""),
        ("update_member", ""),
        ("add_segment_member", ""),
        ("update_chart_settings", ""),
    ] {
        let found = infer(name, "", NONE);
        assert_eq!(found.tags.names(), tags, "{name}: {:?}", found.evidence);
    }
    assert!(merges_code("merge_pr") && merges_code("complete_merge_request") && merges_code("mergeFork"));
    assert!(
        !merges_code("merge_contacts")
            && !merges_code("get_merge_request")
            && !merges_code("merge_request_comment_add")
    );
}

#[test]
fn a_noun_alone_raises_nothing() {
    names(&[
        ("list_trigger", "read"),
        ("ListCall", "read"),
        ("convert_currency", "read"),
        ("evaluate_proposal", "write"),
        ("evaluate_formula", "execute"),
        ("list_exec", "execute"),
    ]);
    described(&[
        ("acme_net_search", "Performs a search of the net", "read"),
        ("ListConnectThing", "Acme - Api: This is the API of Acme. Retrieve a list of things.", "read"),
        ("acme_net_search", "Performs a search of the net and deletes what it finds", "destructive"),
        ("search_code", "Performs a code search", "read"),
        ("net_search", "Performs an SQL query", "execute"),
        ("get_recipe", "Retrieve a recipe and execute it", "write"),
    ]);
    let reads = Annotations { read_only: Some(true), ..NONE };
    assert_eq!(infer("open_records", "Open records by name", reads).classes.names(), "read");
    assert_eq!(infer("open_records", "Open records by name", NONE).classes.names(), "write");
    let method = r#"{"method": {"enum": ["GET", "POST", "DELETE"]}}"#;
    assert_eq!(with_arguments("create_saved_request", method).classes.names(), "write");
    assert_eq!(with_arguments("call_endpoint", method).classes.names(), "destructive, execute");
}

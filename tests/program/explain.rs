//! `policyc explain`: what it says of what it does not know, and that the pages which messages name are there.
#![cfg(unix)]

use std::process::Command;

fn explain(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(crate::run::BIN).arg("explain").args(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn a_misspelt_word_gets_a_suggestion() {
    let wanted = [
        ("exept", "except"),
        ("reqire", "require"),
        ("@destructve", "@destructive"),
        ("per grnt", "per grant"),
        ("unkown-tool", "unknown-tool"),
        ("policylyer", "policylayer"),
    ];
    for (written, meant) in wanted {
        let (status, text) = explain(&[written]);
        assert_eq!(status, Some(2), "{written}");
        assert!(text.contains(&format!("did you mean `{meant}`?")), "{written}: {text}");
    }
    let (status, text) = explain(&["something", "else"]);
    assert!(status == Some(2) && text.contains("nothing is named `something else`; `policyc explain` lists"), "{text}");
}

#[test]
fn words_need_no_quotes() {
    assert_eq!(explain(&["not", "in"]), explain(&["not in"]));
    assert_eq!(explain(&["for", "valid", "calls"]).0, Some(0));
    assert_eq!(explain(&["@read"]), explain(&["read"]));
}

/// The page that the message about a document of another language names.
#[test]
fn the_page_of_a_policy_shows_a_whole_file() {
    let (status, page) = explain(&["policy"]);
    assert_eq!(status, Some(0));
    let file: String =
        page.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| format!("{line}\n")).collect();
    assert!(file.starts_with("deny *;\nallow get_order;\n"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("support.pol");
    std::fs::write(&path, file.split("policy support").next().unwrap()).unwrap();
    let output =
        Command::new(crate::run::BIN).args(["compile", "--target", "policylayer"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every kind of thing that the list names has pages.
#[test]
fn the_list_names_what_has_pages() {
    let (status, list) = explain(&[]);
    assert_eq!(status, Some(0));
    for line in list.lines().filter(|line| line.starts_with("  ") && !line.contains('`')) {
        for word in line.trim().split("  ") {
            let (status, text) = explain(&["--", word]);
            assert_eq!(status, Some(0), "{word}: {text}");
        }
    }
}

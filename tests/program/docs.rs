//! The documentation: every example in it is run.
//!
//! In all Markdown files of `docs/` and in `README.md`, a fenced block says in its first line what it is:
//!
//! - `pol`: a policy without findings, whose tests pass. The attribute `code=NAME` (several with commas) says
//!   which findings it has instead, each as often as it is named; `no-catalogue` and `no-default` only count where
//!   they are named or the block is `strict`. With `catalogue` it is checked with `docs/catalogues/shop.json` as the server `shop`, with
//!   `lint` it is linted and not only checked (on the page of a rule by that rule), with
//!   `compile` it is also compiled, for the target of `target=NAME`, and without what `leave=KIND` leaves out; with
//!   `settings` in `policyc.toml` says what the targets need or hold more with. With `latin-1` its files are not UTF-8.
//!   `file=NAME` keeps it for the `console` blocks that follow.
//! - `json` after a `pol` with `compile`: what that policy compiles to.
//! - `console`: lines `$ COMMAND`, each with what the command prints. `...` alone on a line stands for any lines.
//!   Commands run in a folder that holds `catalogues/`, `examples/` and the blocks kept by `file=NAME`, and that is their home.
//! - anything else is not run; `file=NAME` keeps it as well.
//!
//! Policies stand beside a folder `catalogues/` with what is in `docs/catalogues`. A line `// file: NAME` within a block begins a further file beside it.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use policyc_core::diagnostics::codes;
use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
use policyc_core::sema::{self, NoFiles, Options};
use serde_json::Value;

const QUIET: [&str; 2] = ["no-catalogue", "no-default"];

/// Codes that no example shows, with the reason.
const WITHOUT_EXAMPLE: [(&str, &str); 2] =
    [("file-too-large", "the file would have 64 MiB"), ("unsound-artefact", "it would be a mistake of the compiler")];

fn root() -> &'static Path {
    crate::support::root()
}

fn pages() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join("docs"), &mut found);
    found.extend(Some(root().join("README.md")).filter(|path| path.exists()));
    found.sort();
    found
}

#[derive(Debug)]
struct Block {
    line: usize,
    language: String,
    attributes: Vec<String>,
    text: String,
}

impl Block {
    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute == name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
    }

    /// The text up to the first `// file:` line, and the further files.
    fn files(&self) -> (String, Vec<(String, String)>) {
        let mut main = String::new();
        let mut others: Vec<(String, String)> = Vec::new();
        for line in self.text.split_inclusive('\n') {
            match line.trim_end().strip_prefix("// file: ") {
                Some(name) => others.push((name.to_owned(), String::new())),
                None => others.last_mut().map_or(&mut main, |(_, text)| text).push_str(line),
            }
        }
        (main, others)
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, Block)> = None;
    for (number, line) in text.lines().enumerate() {
        let ticks: String = line.chars().take_while(|char| *char == '`').collect();
        match &mut open {
            Some((fence, _)) if line.trim_end() == fence.as_str() => found.extend(open.take().map(|(_, block)| block)),
            Some((_, block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            None if ticks.len() >= 3 => {
                let mut words = line[ticks.len()..].split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                let block = Block { line: number + 1, language, attributes: words.collect(), text: String::new() };
                open = Some((ticks, block));
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a block is never closed: {open:?}");
    found
}

/// Everything that is run: where, and what was wrong.
#[derive(Default)]
struct Run {
    policies: usize,
    documents: usize,
    commands: usize,
    problems: Vec<String>,
}

fn policyc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(crate::run::BIN).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(folder: &Path, name: &str, text: &str, latin: bool) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match latin {
        true => fs::write(path, text.chars().map(|char| u8::try_from(char).unwrap()).collect::<Vec<u8>>()).unwrap(),
        false => fs::write(path, text).unwrap(),
    }
}

/// The findings in a JSON document, as names; what is no such document becomes a finding of its own.
fn rules(bytes: &[u8]) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        for finding in value["diagnostics"].as_array().into_iter().flatten() {
            found.push(finding["rule"].as_str().unwrap().to_owned());
        }
        for test in value["tests"].as_array().into_iter().flatten() {
            collect(test, found);
        }
    }
    let mut found = Vec::new();
    match serde_json::from_slice(bytes) {
        Ok(value) => collect(&value, &mut found),
        Err(_) => found.push(text(bytes)),
    }
    found
}

impl Run {
    fn policy(&mut self, place: &str, block: &Block, expected: Option<&Block>) {
        self.policies += 1;
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("docs/catalogues"), &folder.path().join("catalogues"));
        let (mut main, others) = block.files();
        if block.has("carriage-return") {
            main = main.replace('␍', "\r");
        }
        write(folder.path(), "policy.pol", &main, block.has("latin-1"));
        others.iter().for_each(|(name, text)| write(folder.path(), name, text, block.has("latin-1")));
        if block.has("settings") {
            let gateway = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/shop-1";
            let settings =
                format!("[targets.agentcore]\ngateway = \"{gateway}\"\n[targets.opa]\ncounters = \"host\"\n");
            write(folder.path(), "policyc.toml", &settings, false);
        }
        let shop = format!("shop={}", root().join("docs/catalogues/shop.json").display());
        let mut source = vec!["policy.pol"];
        if block.has("catalogue") {
            source.extend(["--catalogue", &shop]);
        }
        let run = |command: &str, more: &[&str]| {
            let arguments: Vec<&str> =
                [command].into_iter().chain(source.clone()).chain(more.iter().copied()).collect();
            policyc(folder.path(), &arguments)
        };
        // On the page of a rule, this rule alone is looked at; other rules may have their say about the example elsewhere.
        let page =
            place.split(".md").next().and_then(|page| page.rsplit('/').next()).and_then(policyc_core::lint::Rule::find);
        let select = page.map(|rule| ["--format", "json", "--select", rule.code.name]);
        let checked = match (block.has("lint"), &select) {
            (true, Some(select)) => run("lint", select),
            (true, None) => run("lint", &["--format", "json"]),
            (false, _) => run("check", &["--format", "json"]),
        };
        let mut found = rules(if checked.status.code() == Some(2) { &checked.stderr } else { &checked.stdout });
        let fine = checked.status.code() == Some(0);
        if fine && main.contains("test \"") {
            found.extend(rules(&run("test", &["--format", "json"]).stdout));
        }
        if fine && block.has("compile") {
            let target = block.get("target").unwrap_or("policylayer");
            let leave = block.get("leave").map(|what| format!("--leave={what}"));
            let arguments: Vec<&str> =
                ["--format", "json", "--target", target].into_iter().chain(leave.as_deref()).collect();
            let compiled = run("compile", &arguments);
            let more = rules(&compiled.stderr);
            // What `check` finds, `compile` finds too.
            found.extend(more.into_iter().filter(|rule| !found.contains(rule)).collect::<Vec<_>>());
            if let Some(expected) = expected {
                self.documents += 1;
                if text(&compiled.stdout) != expected.text {
                    self.problems.push(format!("{place}: it compiles to\n{}", text(&compiled.stdout)));
                }
            }
        }
        let mut wanted: Vec<String> =
            block.get("code").into_iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
        found.retain(|rule| block.has("strict") || !QUIET.contains(&rule.as_str()) || wanted.contains(rule));
        found.sort();
        wanted.sort();
        if found != wanted {
            let shown = text(&checked.stdout) + &text(&checked.stderr);
            self.problems.push(format!("{place}: found {found:?} instead of {wanted:?}\n{}\n{shown}", block.text));
        }
    }

    fn console(&mut self, place: &str, block: &Block, folder: &Path) {
        let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
        for line in block.text.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
                (None, Some((command, output))) if output.is_empty() && command.ends_with('\\') => {
                    command.push('\n');
                    command.push_str(line);
                }
                (None, Some((_, output))) => output.push(line),
                (None, None) => self.problems.push(format!("{place}: output without a command")),
            }
        }
        if commands.is_empty() {
            self.problems.push(format!("{place}: no command"));
        }
        let programs = Path::new(crate::run::BIN).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        for (command, expected) in commands {
            self.commands += 1;
            let output = Command::new("sh")
                .args(["-c", &format!("exec 2>&1\n{command}")])
                .current_dir(folder)
                .env("PATH", &path)
                .env("NO_COLOR", "1")
                // What a command keeps for the user is kept there.
                .env("HOME", folder)
                .env_remove("XDG_STATE_HOME")
                .env_remove("XDG_CACHE_HOME")
                .output()
                .unwrap();
            let printed = text(&output.stdout);
            let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
            if !matches(&expected, &printed) {
                self.problems.push(format!("{place}: `{command}` prints\n{}", printed.join("\n")));
            }
        }
    }

    fn page(&mut self, path: &Path) -> Vec<Block> {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let blocks = blocks(&fs::read_to_string(path).unwrap());
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("docs/catalogues"), &folder.path().join("catalogues"));
        copy(&root().join("examples"), &folder.path().join("examples"));
        for (index, block) in blocks.iter().enumerate() {
            let place = format!("{name}:{}", block.line);
            if let Some(kept) = block.get("file") {
                write(folder.path(), kept, &block.text, false);
            }
            match block.language.as_str() {
                "pol" => {
                    let next = blocks.get(index + 1).filter(|next| block.has("compile") && next.language == "json");
                    self.policy(&place, block, next);
                }
                "console" => self.console(&place, block, folder.path()),
                _ => {}
            }
        }
        blocks
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Whether lines are as expected, where `...` stands for any lines.
fn matches(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&"...", rest)) => (0..=found.len()).any(|skipped| matches(rest, &found[skipped..])),
        Some((first, rest)) => found.split_first().is_some_and(|(line, found)| line == first && matches(rest, found)),
    }
}

#[test]
fn every_example_does_what_it_says() {
    let mut run = Run::default();
    let pages = pages();
    for path in &pages {
        run.page(path);
    }
    let Run { policies, documents, commands, problems } = run;
    println!("{} pages: {policies} policies, {documents} documents, {commands} commands", pages.len());
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(policies > codes::ALL.len() && commands > 10, "examples are missing");
}

#[test]
fn every_code_has_its_page() {
    let mut problems = Vec::new();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(root().join("docs/diagnostics")).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    for code in codes::ALL {
        let name = code.name;
        files.remove(&format!("{name}.md"));
        let mut problem = |what: &str| problems.push(format!("docs/diagnostics/{name}.md: {what}"));
        let page = policyc_core::lint::page(code);
        if page.lines().next() != Some(&format!("# {} {name}", code.id)) {
            problem("the title is not the code");
        }
        if page.lines().any(|line| line.chars().count() > 100) {
            problem("a line has more than 100 columns");
        }
        if !page.ends_with('\n') || page.ends_with("\n\n") {
            problem("it does not end with one line end");
        }
        let blocks = blocks(&page);
        let shows = |block: &Block| match block.language.as_str() {
            "pol" => block.get("code").is_some_and(|names| names.split(',').any(|found| found == name)),
            "console" => block.text.contains(&format!("{} {name}", code.id)),
            _ => false,
        };
        let exempt = WITHOUT_EXAMPLE.iter().any(|(without, _)| *without == name);
        if !exempt && !blocks.iter().any(shows) {
            problem("no example shows it");
        }
        if !exempt && !blocks.iter().any(|block| matches!(block.language.as_str(), "pol" | "console") && !shows(block))
        {
            problem("no example shows what to write instead");
        }
    }
    problems.extend(files.iter().map(|file| format!("docs/diagnostics/{file}: no code has this name")));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The table of `docs/language.md` that says when a test is true: each of its cells is tried.
#[test]
fn the_table_of_truth_is_true() {
    let page = fs::read_to_string(root().join("docs/language.md")).unwrap();
    let mut rows = page.lines().skip_while(|line| !line.starts_with("| | `\"main\"`"));
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim_matches([' ', '*', '`', '|']).to_owned());
        cells.collect()
    };
    let values = cells(rows.next().expect("the table is not there"));
    let mut tried = 0;
    for row in rows.skip(1).take_while(|line| line.starts_with('|')) {
        let row = cells(row);
        assert_eq!(row.len(), values.len(), "{row:?}");
        let text = format!("deny *; allow push when {};", row[0]);
        let analysis = sema::analyze("table.pol", Path::new("table.pol"), &text, &Options::default(), &NoFiles);
        let checked = analysis.checked.expect(&text);
        let mut evaluator = Evaluator::new(&checked.policies()[0]);
        for (value, expected) in values.iter().zip(&row).skip(1) {
            let arguments = match value.as_str() {
                "missing" => "{}".to_owned(),
                value => format!("{{\"branch\": {value}}}"),
            };
            let call = OwnedCall::parse(&format!("{{\"name\": \"push\", \"arguments\": {arguments}}}")).unwrap();
            let holds = evaluator.call(&call.at(0)).verdict == Verdict::Allow;
            assert_eq!(holds.to_string(), *expected, "{} with {value}", row[0]);
            tried += 1;
        }
    }
    println!("{tried} cells");
    assert!(tried > 70);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut problems = Vec::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        // Documents have expressions with the same characters.
        let prose: Vec<&str> = text.split("\n```").step_by(2).collect();
        for link in prose.join("\n").split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !link.contains("://") && !path.parent().unwrap().join(file).exists() {
                problems.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

//! Dependencies between modules point one way, as docs/architecture.md says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::root;

/// The modules in the order of the table in docs/architecture.md: each may use only those before it.
fn order() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let modules: Vec<String> =
        rows.flat_map(|row| row.split(", ").map(|part| part.trim_matches('`').to_owned())).collect();
    assert!(modules.len() > 30, "the table of docs/architecture.md has only {modules:?}");
    for (at, module) in modules.iter().enumerate() {
        assert!(!modules[..at].contains(module), "docs/architecture.md has two rows for `{module}`");
    }
    modules
}

fn rank(order: &[String], module: &str) -> usize {
    let found = order.iter().position(|other| other == module);
    found.unwrap_or_else(|| panic!("docs/architecture.md has no row for `{module}`"))
}

/// The modules that a line of code names: `crate::a`, `crate::{a, b::c}`.
fn used(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        let group = part.strip_prefix('{').map(|inside| inside.split('}').next().unwrap());
        for name in group.unwrap_or(part).split(", ").take(if group.is_some() { usize::MAX } else { 1 }) {
            let end = name.find(|char: char| !char.is_ascii_lowercase() && char != '_').unwrap_or(name.len());
            found.extend(Some(&name[..end]).filter(|name| !name.is_empty()));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_is_below_them() {
    let root = root().join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let order = order();
    let mut wrong = Vec::new();
    let mut uses = 0;
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        // Test modules may use anything.
        let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
        let text = std::fs::read_to_string(file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in product.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for used in used(code).into_iter().filter(|_| !is_test) {
                uses += 1;
                if rank(&order, used) > rank(&order, module) {
                    wrong.push(format!("{}:{}: `{module}` uses `{used}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(uses > 100, "only {uses} uses were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of docs/architecture.md has a row for each module, and none for what is gone.
#[test]
fn the_table_of_modules_has_them_all() {
    let order = order();
    let root = root().join("src");
    for entry in std::fs::read_dir(&root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        if module != "lib" {
            rank(&order, module);
        }
    }
    for module in &order {
        let exists = root.join(module).is_dir() || root.join(format!("{module}.rs")).is_file();
        assert!(exists, "docs/architecture.md has a row for `{module}`, which is no module");
    }
}

/// What the table says of a module, that it uses another, is so.
#[test]
fn the_table_of_modules_names_what_they_use() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let mut rows = 0;
    for row in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [names, _, uses] = cells[..] else { continue };
        let mut code = String::new();
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            let mut files = vec![root().join(format!("src/{name}.rs"))];
            if root().join("src").join(name).is_dir() {
                sources(&root().join("src").join(name), &mut files);
            }
            for file in files {
                code += &std::fs::read_to_string(file).unwrap_or_default();
            }
        }
        let used: BTreeSet<&str> = code.lines().flat_map(used).collect();
        for named in uses.split(", ").filter(|name| name.starts_with('`')).map(|name| name.trim_matches('`')) {
            assert!(used.contains(named), "docs/architecture.md says that `{names}` uses `{named}`");
            rows += 1;
        }
    }
    assert!(rows > 40, "only {rows} uses were found");
}

#[test]
fn the_library_touches_nothing_outside_but_files() {
    let root = root().join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let outside = ["std::fs", "std::env", "std::net", "std::process", "std::io::std", "SystemTime", "Instant::now"];
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let first = inside.iter().next().unwrap();
        if first == "disk.rs" || inside.iter().any(|part| part == "tests" || part == "tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        wrong.extend(
            outside.iter().filter(|word| product.contains(**word)).map(|word| format!("{}: {word}", inside.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Only one place of the program draws findings.
#[test]
fn only_the_drawing_knows_miette() {
    let folder = root().join("crates/policyc/src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    let knows = |file: &PathBuf| std::fs::read_to_string(file).unwrap().contains("miette");
    let (inside, outside): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().filter(knows).partition(|file| file.starts_with(folder.join("human")));
    assert!(!inside.is_empty() && outside.is_empty(), "{outside:?}");
}

/// What cargo prints of the workspace, without asking the network.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let output = command.args(arguments).args(["--locked", "--offline"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// All packages that are linked into one, by name.
fn linked(package: &[&str]) -> BTreeSet<String> {
    let form = ["--edges=normal,no-proc-macro", "--prefix=none", "--format={p}"];
    let tree = cargo(&[&["tree", "--package"], package, &form].concat());
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The library can be built for any place where policies are looked at, a browser among them.
#[test]
fn the_library_knows_no_terminal_no_threads_and_no_network() {
    let library = linked(&["policyc-core"]);
    assert!(library.contains("regex-automata") && library.contains("serde_json"), "{library:?}");
    let program = linked(&["policyc"]);
    for forbidden in [
        "clap",
        "clap_complete",
        "indicatif",
        "console",
        "miette",
        "rayon",
        "tempfile",
        "mimalloc",
        "rustix",
        "tokio",
        "tower-lsp-server",
        "futures",
    ] {
        assert!(program.contains(forbidden), "{forbidden} is spelt otherwise");
        assert!(!library.contains(forbidden), "the library needs {forbidden}");
    }
    for forbidden in ["getrandom", "mio", "socket2", "crossterm", "reqwest", "hyper"] {
        assert!(!library.contains(forbidden), "the library needs {forbidden}");
    }
}

/// One file of the program calls the crate that opens connections, and one place calls that file. One folder listens.
#[test]
fn only_one_command_opens_connections() {
    let root = root();
    let mut files = Vec::new();
    for folder in ["src", "lsp/src", "crates/enforce/src", "crates/process/src", "crates/policyc/src"] {
        sources(&root.join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 300, "{}", files.len());
    let with = |words: &[&str]| -> Vec<String> {
        let has = |file: &&PathBuf| {
            let text = std::fs::read_to_string(file).unwrap();
            words.iter().any(|word| text.contains(word))
        };
        files.iter().filter(has).map(|file| file.strip_prefix(root).unwrap().display().to_string()).collect()
    };
    assert_eq!(with(&["policyc_fetch"]), ["crates/policyc/src/fetch.rs"]);
    assert_eq!(with(&["fetch::run"]), ["crates/policyc/src/catalogue.rs"]);
    let network = ["std::net", "TcpStream", "UdpSocket", "TcpListener", "UnixStream", "ureq", "tokio::net"];
    let listens = "crates/enforce/src/listen/";
    let (listening, others): (Vec<String>, Vec<String>) =
        with(&network).into_iter().partition(|file| file.starts_with(listens));
    assert_eq!(others, [""; 0]);
    // It connects only to find out whether a socket of the file system is dead, and in its tests.
    let connects = with(&["::connect("]);
    assert_eq!(connects, ["socket.rs", "tests.rs"].map(|file| format!("{listens}{file}")));
    assert!(listening.contains(&connects[0]), "{listening:?}");
    // One file has the client of HTTP by which the proxy reaches servers; without it, the client is not even compiled.
    assert_eq!(with(&["hyper_util::client", "hyper_rustls"]), ["crates/enforce/src/proxy/http/upstream.rs"]);
    assert_eq!(with(&["use redis::{"]), ["crates/enforce/src/counters/redis.rs"]);
    let alone = ["--no-default-features", "--features=http"];
    let tree = ["tree", "--package=policyc", "--edges=features", "--prefix=none", "--format={p} {f}"];
    let features = cargo(&[&tree[..], &alone].concat());
    let hyper: Vec<&str> = features.lines().filter(|line| line.starts_with("hyper v")).collect();
    assert!(hyper.iter().any(|line| line.contains("server")), "{hyper:?}");
    assert!(!hyper.iter().any(|line| line.contains("client")), "{hyper:?}");
}

/// Two crates know the network; the program can be built without either, and the language server never has it.
#[test]
fn only_two_crates_know_the_network() {
    let fetch = linked(&["policyc-fetch"]);
    let server = linked(&["policyc-lsp"]);
    let (with, without) = (linked(&["policyc"]), linked(&["policyc", "--no-default-features"]));
    assert!(without.contains("policyc-lsp") && !without.contains("policyc-fetch"), "{without:?}");
    for network in ["mio", "ring", "rmcp", "rustls", "rustls-native-certs", "ureq"] {
        assert!(fetch.contains(network) && with.contains(network), "{network} is spelt otherwise");
        assert!(!server.contains(network), "the language server needs {network}");
        assert!(!without.contains(network), "without its feature `fetch` the program needs {network}");
    }
    let deciding = ["--no-default-features", "--features=enforce"];
    let quiet = linked(&[&["policyc"], deciding.as_slice()].concat());
    let listening = linked(&["policyc", "--no-default-features", "--features=http"]);
    for network in ["hyper", "mio"] {
        assert!(with.contains(network) && listening.contains(network), "{network} is spelt otherwise");
        assert!(!quiet.contains(network), "without its feature `http` the program needs {network}");
    }
    for client in ["ring", "rmcp", "rustls", "ureq", "redis"] {
        assert!(!listening.contains(client), "what listens needs {client}");
    }
}

/// Only three commands decide live calls. The program can be built without it, and what decides needs no runtime.
#[test]
fn only_three_commands_decide_live_calls() {
    let enforce = linked(&["policyc-enforce"]);
    let (with, without) = (linked(&["policyc"]), linked(&["policyc", "--no-default-features"]));
    assert!(enforce.contains("rusqlite") && with.contains("policyc-enforce"), "{enforce:?}");
    for package in ["policyc-enforce", "policyc-process", "signal-hook", "rusqlite", "libsqlite3-sys", "redis"] {
        assert!(!without.contains(package), "without its feature `enforce` the program needs {package}");
    }
    for heavy in ["tokio", "clap", "miette", "mio", "ring", "rayon"] {
        assert!(!enforce.contains(heavy), "what decides live calls needs {heavy}");
    }
    let mut files = Vec::new();
    for folder in ["src", "lsp/src", "crates/fetch/src", "crates/policyc/src"] {
        sources(&root().join(folder), &mut files);
    }
    let knows = |file: &PathBuf| std::fs::read_to_string(file).unwrap().contains("policyc_enforce");
    let mut files: Vec<String> = files
        .iter()
        .filter(|file| knows(file))
        .map(|file| file.strip_prefix(root()).unwrap().display().to_string())
        .collect();
    files.sort();
    let own = [
        "args/hook.rs",
        "hook/compiled.rs",
        "hook/manage/mod.rs",
        "hook/manage/place.rs",
        "hook/manage/record.rs",
        "hook/mod.rs",
        "live.rs",
        "proxy/http.rs",
        "proxy/mod.rs",
        "serve.rs",
    ];
    assert_eq!(files, own.map(|file| format!("crates/policyc/src/{file}")));
}

#[test]
fn the_library_has_no_features() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--no-deps"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let library = packages.iter().find(|package| package["name"] == "policyc-core").unwrap();
    assert_eq!(library["features"], serde_json::json!({}));
}

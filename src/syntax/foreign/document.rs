//! Recognises texts that are not policies at all, and the language they are in.

use std::ops::Range;

use crate::line;
use crate::source::offset;

/// A language that a whole text is written in.
pub(in crate::syntax) struct Document {
    /// The language, with an article if it has one.
    pub(in crate::syntax) name: &'static str,
    /// What to do.
    pub(in crate::syntax) help: &'static str,
}

const OTHER_POLICY: &str = "write the rules in this language: `deny *; allow read_file when args.path like \"/srv/*\";` \
                            (`policyc explain policy` shows a whole file)";
const DATA: &str = "a policy is a text with statements like `deny *;` and `allow read_file;` (`policyc explain policy` shows a whole file)";

/// The language of a text, if it is one of those that policies and configurations are written in, and not this one. With it the bytes
/// of its first line that is no comment, or that shows which language it is.
pub(in crate::syntax) fn recognise(text: &str) -> Option<(Document, Range<u32>)> {
    let mut solid: Vec<&str> = Vec::new();
    let mut places: Vec<Range<u32>> = Vec::new();
    let mut at = 0;
    for line in line::lines_with_ends(text) {
        let shown = line.trim_end().trim_start_matches(line::BYTE_ORDER_MARK);
        if !is_comment(shown.trim_start()) {
            let end = at + line.trim_end().len();
            places.push(offset(end - shown.trim_start().len())..offset(end));
            solid.push(shown);
        }
        at += line.len();
    }
    let first = solid.first()?.trim_start();
    let document = language(text, first, &solid)?;
    // Statements of ours may stand in front of a rule of another language.
    let shown = match document.name {
        "Rego" => solid.iter().position(|line| is_rego(line)),
        "Cedar" => solid.iter().position(|line| is_cedar(line)),
        _ => None,
    };
    let place = places.get(shown.unwrap_or_default())?.clone();
    Some((document, place))
}

fn language(text: &str, first: &str, solid: &[&str]) -> Option<Document> {
    let document = |name, help| Some(Document { name, help });
    if first.starts_with('{') || first.starts_with('[') && !is_table(first) {
        return is_json(text).then(|| json(text));
    }
    if solid.iter().any(|line| is_rego(line)) {
        return document("Rego", OTHER_POLICY);
    }
    if solid.iter().any(|line| is_cedar(line)) {
        return document("Cedar", OTHER_POLICY);
    }
    if first.starts_with("<?xml")
        || first.starts_with("<!") && !first.starts_with("<!--")
        || first.starts_with('<') && first.ends_with('>')
    {
        return document("XML", OTHER_POLICY);
    }
    if is_table(first) {
        return document("TOML", DATA);
    }
    if first.starts_with("```") {
        return document("Markdown", "remove the fences: a policy has only statements, and comments after `//`");
    }
    if is_web_server(first) {
        return document("the configuration of a web server", OTHER_POLICY);
    }
    if solid.iter().all(|line| line.starts_with("p, ") || line.starts_with("g, ")) {
        return document("a policy of Casbin", OTHER_POLICY);
    }
    if is_hcl(solid) {
        return document("HCL", OTHER_POLICY);
    }
    if is_code(solid) {
        return document("the code of a program", OTHER_POLICY);
    }
    if is_yaml(solid) {
        return document("YAML", DATA);
    }
    None
}

fn is_comment(line: &str) -> bool {
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("//")
        || line == "---"
        || line.starts_with("<!--") && line.ends_with("-->")
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/' | '*' | '$'))
}

/// `{"key": ...`, `[{`, or nothing inside.
fn is_json(text: &str) -> bool {
    let inside = text.trim_start().trim_start_matches(['{', '[', ' ', '\t', '\r', '\n']);
    inside.starts_with(['"', '}', ']'])
}

fn json(text: &str) -> Document {
    let has = |key: &str| text.contains(&format!("\"{key}\""));
    let help = if has("inputSchema") {
        "this is a catalogue, the answer to `tools/list`: declare it in a policy with `server NAME from \"CATALOGUE.json\";`"
    } else if has("tool_limits") || has("policies") || has("rules") || has("default") {
        "`policyc compile` makes the document of a gateway from a policy, and `policyc diff` compares it with one"
    } else {
        DATA
    };
    Document { name: "JSON", help }
}

fn is_rego(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("package"), Some(name), None) => is_word(name) && !line.ends_with(';'),
        (Some("default"), Some(name), Some(":=" | "=")) => is_word(name),
        (Some("import"), Some(name), None) => {
            name.starts_with("rego.") || name.starts_with("data.") || name.starts_with("future.")
        }
        _ => false,
    }
}

fn is_cedar(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix("permit").or_else(|| line.trim_start().strip_prefix("forbid"));
    rest.map(str::trim_start).and_then(|rest| rest.strip_prefix('(')).is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.is_empty() || rest.starts_with("principal")
    })
}

/// `[table]`, `[[array.of.tables]]`
fn is_table(line: &str) -> bool {
    let inside = line.trim_start_matches('[').trim_end_matches(']');
    line.starts_with('[') && line.ends_with(']') && inside.split('.').all(|part| is_word(part.trim_matches('"')))
}

/// `resource "type" "name" {` or `path "x" {`, with lines `key = value` inside.
fn is_hcl(lines: &[&str]) -> bool {
    let opens = |line: &&&str| {
        let Some(head) = line.trim().strip_suffix('{') else { return false };
        let mut words = head.split_whitespace();
        let block = words.next().unwrap_or_default();
        let labels: Vec<&str> = words.collect();
        is_word(block)
            && !matches!(block, "test" | "policy" | "allow" | "deny" | "hide" | "limit" | "require")
            && labels.iter().all(|label| label.starts_with('"') && label.ends_with('"'))
    };
    let assigns = |line: &&&str| {
        let pair = line.trim().split_once('=');
        pair.is_some_and(|(key, value)| {
            is_word(key.trim()) && !value.starts_with(['=', '>', '~']) && !line.trim_end().ends_with(';')
        })
    };
    let (blocks, values) = (lines.iter().filter(opens).count(), lines.iter().filter(assigns).count());
    blocks > 0 && values > 0 && lines.first().is_some_and(|first| opens(&first) || assigns(&first))
}

/// `server {`, `location /etc {`: of ours only `policy` and `test` open a block, and `server` has a name.
fn is_web_server(first: &str) -> bool {
    let mut words = first.split_whitespace();
    let is_block =
        words.next().is_some_and(|word| ["server", "http", "events", "location", "upstream", "stream"].contains(&word));
    is_block && first.ends_with('{')
}

/// The first line of a program in Python or JavaScript.
fn is_code(lines: &[&str]) -> bool {
    const BEGINNINGS: [&str; 14] = [
        "def ",
        "function ",
        "async ",
        "class ",
        "export ",
        "const {",
        "module.exports",
        "from ",
        "fn ",
        "func ",
        "public ",
        "using ",
        "import {",
        "#!/",
    ];
    let code = |line: &&&str| BEGINNINGS.iter().any(|beginning| line.starts_with(beginning));
    let exports = |line: &&&str| line.starts_with("export default ") || line.starts_with("module.exports");
    let object = |line: &&&str| {
        ["const ", "let ", "var ", "export const "].iter().any(|word| line.starts_with(word)) && line.contains("= {")
    };
    let defines = |line: &&str| line.starts_with("def ") && line.ends_with(':');
    if lines.first().is_some_and(|first| object(&first)) && lines.iter().any(|line| line.contains(": "))
        || lines.iter().any(defines)
    {
        return true;
    }
    lines.first().is_some_and(|first| {
        exports(&first) || code(&first) && lines.iter().any(|line| line.ends_with(['{', ':', ')']))
    })
}

/// Most lines are `key: value`, `key:` or `- item`, and none is a statement.
fn is_yaml(lines: &[&str]) -> bool {
    let pair = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
        line.split_once(':').is_some_and(|(key, value)| {
            is_word(key.trim().trim_matches(['"', '\''])) && (value.is_empty() || value.starts_with(' '))
        })
    };
    let item = |line: &str| line.trim_start().starts_with("- ") || line.trim() == "-";
    let count = lines.iter().filter(|line| (pair(line) || item(line)) && !line.ends_with([';', '{'])).count();
    let begins = lines.first().is_some_and(|first| pair(first) || item(first));
    begins && count * 10 >= lines.len() * 6 && !lines.iter().any(|line| line.ends_with(';'))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        recognise(text).map(|(document, _)| document.name)
    }

    #[test]
    fn languages_are_recognised() {
        let texts = [
            ("# limits\nversion: 1\ndefault: deny\ntools:\n  - name: read_file\n    action: allow\n", "YAML"),
            ("---\n- tool: read_file\n  allow: true\n", "YAML"),
            ("{\"default\": \"deny\", \"rules\": []}", "JSON"),
            ("[\n  {\"tool\": \"a\"}\n]", "JSON"),
            ("package mcp\n\nimport rego.v1\n\ndefault allow := false\n", "Rego"),
            ("default allow = false\nallow { input.tool == \"x\" }", "Rego"),
            ("permit (\n  principal,\n  action == Action::\"call\",\n  resource\n);", "Cedar"),
            ("@id(\"a\")\nforbid(principal, action, resource);", "Cedar"),
            ("path \"secret/*\" {\n  capabilities = [\"read\"]\n}\n", "HCL"),
            ("[tools]\nallow = [\"a\"]\n", "TOML"),
            ("<?xml version=\"1.0\"?>\n<policy/>", "XML"),
            ("def allowed(tool):\n    return tool == 'x'\n", "the code of a program"),
            ("export default { allow: ['x'] };", "the code of a program"),
            ("const policy = {\n  allow: ['x'],\n};\n", "the code of a program"),
            ("ALLOW = ['x']\ndef allowed(tool):\n    return tool in ALLOW\n", "the code of a program"),
            ("server {\n  location /etc { deny all; }\n}\n", "the configuration of a web server"),
            ("```pol\ndeny *;\n```\n", "Markdown"),
            ("p, alice, read_file, allow\np, bob, write_file, deny\n", "a policy of Casbin"),
            ("export default {\n  allow: ['x'],\n};\n", "the code of a program"),
        ];
        for (text, language) in texts {
            assert_eq!(name(text), Some(language), "{text}");
        }
    }

    #[test]
    fn broken_policies_are_policies() {
        let texts = [
            "",
            "deny *",
            "deny *;\nallow read_file: args.path;\n",
            "allow: read_file\ndeny *;",
            "allow {\n  read_file\n}",
            "test \"x\" {\n  call a -> deny\n}",
            "policy a {\n  allow b\n}",
            "{",
            "[",
            "default deny;",
            "permit read_file;",
            "p, alice, read_file, allow;\ndeny *;",
            "let limits = {5, 6};",
            "<!-- why -->\ndeny *;",
            "limit a = 5\nlimit b = 6",
        ];
        for text in texts {
            assert_eq!(name(text), None, "{text}");
        }
        for folder in [
            "examples",
            "tests/fixtures/ui/syntax",
            "tests/fixtures/ui/names",
            "tests/fixtures/ui/types",
            "tests/fixtures/phrases",
        ] {
            for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "pol") {
                    let text = fs::read_to_string(&path).unwrap();
                    // The first line of a fixture may be any of its phrases.
                    assert!(name(&text).is_none_or(|_| path.ends_with("rules.pol")), "{}", path.display());
                }
            }
        }
    }

    #[test]
    fn the_first_line_is_shown() {
        let text = "\u{feff}\r\n# a comment\r\n  key: value\r\n";
        let place = recognise(text).map(|(_, place)| place).unwrap();
        assert_eq!(text.get(place.start as usize..place.end as usize), Some("key: value"));
    }
}

//! Findings for reports: one of everything. `oracles/` includes this file, too.

use policyc_core::diagnostics::{Applicability, Diagnostic, Severity, codes};
use policyc_core::report::findings::{self, FileReport, RuleInfo};
use policyc_core::source::{FileId, SourceMap, Span, offset};
use serde_json::Value;

/// What reports are made of, owned.
pub(crate) struct File {
    name: String,
    sources: SourceMap,
    pub(crate) findings: Vec<Diagnostic>,
    fingerprints: Vec<String>,
}

impl File {
    pub(crate) fn new(name: &str, sources: SourceMap, findings: Vec<Diagnostic>) -> Self {
        let fingerprints = (0..findings.len()).map(|n| format!("{n:032x}")).collect();
        Self { name: name.to_owned(), sources, findings, fingerprints }
    }

    pub(crate) fn report(&self) -> FileReport<'_> {
        let Self { name, sources, findings, fingerprints } = self;
        FileReport { file: name, findings, sources, fingerprints }
    }
}

fn find(sources: &SourceMap, file: FileId, what: &str, nth: usize) -> Span {
    let (at, _) = sources.get(file).unwrap().text().match_indices(what).nth(nth).unwrap();
    Span::new(file, offset(at), offset(at + what.len()))
}

/// One of everything: severities, places in other files and over several lines, fixes, a file without findings,
/// texts that must be escaped, standard input.
pub(crate) fn files() -> Vec<File> {
    let mut sources = SourceMap::default();
    let main =
        sources.add("./policies/größe 1.pol", "// Grüße\ndeny *;\nallow a when\n  args.größe = 3;\ndeny b, b;\n");
    let catalogue = sources.add("/srv/shop.json", "{\"tools\": [{\"name\": \"a\"}]}\n");
    let wrong = find(&sources, main, "=", 0);
    let first = vec![
        Diagnostic::new(codes::WRONG_OPERATOR, wrong, "`=` does not compare: 100%, [x](https://x.example)")
            .label("this sign")
            .help("write `==`\nor `!=`")
            .fix(Applicability::Safe, "write `==`", wrong, "=="),
        Diagnostic::new(
            codes::SHADOWED_RULE,
            find(&sources, main, "allow a when\n  args.größe = 3;", 0),
            "over two lines",
        )
        .because(find(&sources, catalogue, "\"a\"", 0), "the [tool] \\ here")
        .because(find(&sources, main, "b", 1), "")
        .fix(Applicability::Unsafe, "remove it", find(&sources, main, "deny b, b;\n", 0), ""),
        Diagnostic {
            severity: Severity::Info,
            ..Diagnostic::new(
                codes::NO_DEFAULT,
                find(&sources, catalogue, "tools", 0),
                "hidden \u{202e}\u{1b}[31m here",
            )
        },
        Diagnostic::new(codes::UNREADABLE_FILE, Span::new(FileId(77), 1, 2), "in no file"),
    ];
    let first = File::new("./policies/größe 1.pol", sources, first);
    let mut sources = SourceMap::default();
    let input = sources.add("<stdin>", "deny x;");
    let spot = find(&sources, input, "x", 0);
    let second = vec![
        Diagnostic::new(codes::UNKNOWN_TOOL, spot, "unknown tool `x`").fix(
            Applicability::Unsafe,
            "write `y`",
            spot,
            "y",
        ),
        Diagnostic::new(codes::UNKNOWN_TOOL, spot, "unknown tool `x`"),
    ];
    let second = File::new("<stdin>", sources, second);
    let mut sources = SourceMap::default();
    sources.add("clean.pol", "deny *;");
    vec![first, second, File::new("clean.pol", sources, Vec::new())]
}

/// The SARIF log of some files.
pub(crate) fn sarif_of(files: &[File]) -> Value {
    let reports: Vec<_> = files.iter().map(File::report).collect();
    let rules = RuleInfo::of_findings(files.iter().flat_map(|file| &file.findings));
    serde_json::from_str(&findings::sarif(&reports, &rules)).unwrap()
}

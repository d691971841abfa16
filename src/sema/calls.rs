//! The calls of tests against the catalogue: what it does not know is a warning, since a test may be about just that.

use super::known_tools::KnownTools;
use super::select::tool_text;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::ToolId;
use crate::json::json_quote;
use crate::json::{Json, Kind, Value};
use crate::predicate::{Atom, Comparison, Path, Scalar, ScalarValue, Step, Test};
use crate::schema::{Kinds, Problem, Schema};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, OutcomeKind};

/// How many values of one call are looked at.
const MOST_VALUES: usize = 500;

/// Checks the tool and the arguments of a call.
pub(super) fn check(
    call: &ast::Call,
    known_tools: &KnownTools,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if !known_tools.has_catalogue() || known_tools.is_broken() {
        return;
    }
    let mut server = None;
    if let Some(name) = &call.server {
        server = known_tools.server(&name.text);
        if server.is_none() {
            let error =
                Diagnostic::new(codes::UNKNOWN_SERVER, name.span, format!("no server is named {}", quote(&name.text)));
            let known = known_tools.servers().iter().map(|server| server.name.as_str());
            diagnostics.push(match nearest(&name.text, known) {
                Some(near) => error.fix(Applicability::Unsafe, format!("write `{near}`"), name.span, near),
                None => error,
            });
            return;
        }
    }
    let tools = known_tools.named(&call.tool.text, server);
    if tools.is_empty() {
        let message = format!("the catalogue has no tool {}", quote(&call.tool.text));
        let warning = Diagnostic::new(codes::UNKNOWN_TOOL_IN_TEST, call.tool.span, message);
        diagnostics.push(match known_tools.nearest_tool(&call.tool.text, server) {
            Some(near) => {
                let written = tool_text(near);
                warning.fix(Applicability::Unsafe, format!("write `{written}`"), call.tool.span, written)
            }
            None => warning.help("the call is decided as a call of an unknown tool"),
        });
        return;
    }
    let Some(arguments) = &call.arguments else { return };
    // As it is written, so that places can be pointed to; numbers may have a `_` that JSON does not know.
    let written = Json::parse(sources.slice(arguments.span)).ok();
    let (json, is_written) = match (written, Json::parse(&arguments.text)) {
        (Some(json), _) => (json, true),
        (None, Ok(json)) => (json, false),
        (None, Err(_)) => return,
    };
    let mut look = Look {
        tool: &call.tool.text,
        schemas: schemas(known_tools, &tools),
        whole: arguments.span,
        is_written,
        expects_allow: call.outcome.kind == OutcomeKind::Allow,
        left: MOST_VALUES,
        diagnostics,
    };
    look.members(json.root(), &Path::args(&[]));
}

fn schemas<'a>(known_tools: &'a KnownTools, tools: &[ToolId]) -> Vec<Schema<'a>> {
    let entries = tools.iter().flat_map(|tool| known_tools.entries(*tool));
    entries.map(|(catalogue, entry)| catalogue.schema(entry)).collect()
}

struct Look<'a, 'd> {
    tool: &'a str,
    /// One for each listing of the tool.
    schemas: Vec<Schema<'a>>,
    /// The place of the arguments.
    whole: Span,
    /// Whether places in the JSON are places in the source, from the start of the arguments.
    is_written: bool,
    expects_allow: bool,
    left: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Look<'_, '_> {
    fn span(&self, value: Value<'_>) -> Span {
        if !self.is_written {
            return self.whole;
        }
        let (start, end) = value.span();
        Span { start: self.whole.start + start, end: self.whole.start + end, ..self.whole }
    }

    /// What is wrong with a test of the value at a path for every listing.
    fn problem(&self, path: &Path, test: Test) -> Option<Problem> {
        let atom = Atom { path: path.clone(), test, span: self.whole };
        let mut problems = self.schemas.iter().map(|schema| schema.check(self.tool, &atom));
        let first = problems.next()??;
        problems.all(|problem| problem.is_some()).then_some(first)
    }

    /// Looks at the members of an object. Depth is bounded by the parser.
    fn members(&mut self, object: Value<'_>, path: &Path) {
        for (key, value) in object.entries() {
            let Some(name) = key.as_str() else { continue };
            let inner = below(path, Step::Key(name.to_owned()));
            match self.problem(&inner, Test::Has).filter(|problem| problem.code == codes::UNKNOWN_ARGUMENT) {
                Some(problem) => self.unknown(key, &problem),
                None => self.value(value, &inner),
            }
        }
    }

    fn value(&mut self, value: Value<'_>, path: &Path) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let scalar = |value: ScalarValue, source: &str| Scalar { value, text: source.to_owned() };
        let source = value.source();
        let scalar = match value.kind() {
            Kind::Object | Kind::Array => None,
            Kind::Null => Some(scalar(ScalarValue::Null, source)),
            Kind::Bool => value.as_bool().map(|is| scalar(ScalarValue::Bool(is), source)),
            Kind::Number => value.as_number().map(|number| scalar(ScalarValue::Number(number), source)),
            Kind::String => value.as_str().map(|text| scalar(ScalarValue::Str(text.into()), &json_quote(text))),
        };
        if let Some(scalar) = scalar {
            if self.expects_allow
                && let Some(problem) = self.problem(path, Test::Compare(Comparison::Equal, scalar))
            {
                self.not_admitted(value, problem);
            }
            return;
        }
        let (kind, word) =
            if value.kind() == Kind::Array { (Kinds::ARRAY, "an array") } else { (Kinds::OBJECT, "an object") };
        let fits = |schema: &Schema<'_>| schema.possible_kinds(path).intersects(kind);
        if self.expects_allow && !self.schemas.iter().any(fits) {
            let message = format!("{} of {} is never {word}", quote(&path.to_string()), quote(self.tool));
            let warning = Diagnostic::new(codes::ARGUMENT_IN_TEST, self.span(value), message);
            self.diagnostics.push(warning.help("a server may refuse the call; write an argument that the tool takes"));
            return;
        }
        match kind {
            Kinds::ARRAY => {
                for (index, item) in value.items().enumerate() {
                    let inner = below(path, Step::Index(crate::source::offset(index)));
                    self.value(item, &inner);
                }
            }
            _ => self.members(value, path),
        }
    }

    fn unknown(&mut self, key: Value<'_>, problem: &Problem) {
        let warning = Diagnostic::new(codes::ARGUMENT_IN_TEST, self.span(key), problem.message.clone());
        // A replacement is written as in a path, where a plain name has no quotes.
        let near = problem.replacement.as_deref().filter(|text| !text.contains('.') || text.starts_with('"'));
        let warning = match near {
            Some(near) if self.is_written => {
                let written = if near.starts_with('"') { near.to_owned() } else { json_quote(near) };
                let title = format!("write `{written}`");
                warning.fix(Applicability::Unsafe, title, self.span(key), written)
            }
            _ => match &problem.help {
                Some(help) => warning.help(help.clone()),
                None => warning,
            },
        };
        self.diagnostics.push(related(warning, problem));
    }

    fn not_admitted(&mut self, value: Value<'_>, problem: Problem) {
        let message = problem.message.replacen("so it is never", "and this is", 1);
        let warning = Diagnostic::new(codes::ARGUMENT_IN_TEST, self.span(value), message);
        let help = "a server may refuse the call before the policy matters; write a value that the tool takes";
        self.diagnostics.push(related(warning.help(help), &problem));
    }
}

fn related(warning: Diagnostic, problem: &Problem) -> Diagnostic {
    problem.related.iter().fold(warning, |warning, label| warning.because(label.span, label.text.clone()))
}

/// The path one step further.
fn below(path: &Path, step: Step) -> Path {
    Path { root: path.root, steps: path.steps.iter().cloned().chain([step]).collect() }
}

//! Navigation from names to what they refer to, and back.

use super::View;
use super::mark::{self, Mark, MarkKind};
use crate::catalogue::BuiltIn;
use crate::ir::{ServerId, ToolId};
use crate::predicate::{PathRoot, Step};
use crate::sema::Unit;
use crate::source::{FileId, Span, offset};
use crate::syntax::ast::{Ident, Item, ItemKind, Path, Segment, SegmentKind, SelectionItem, SelectionKind, Str};

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The place that a jump leads to: the name.
    pub span: Span,
    /// The whole declaration around it.
    pub whole: Span,
}

/// Something that is distinguished from others, wherever it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Referent {
    /// A known tool.
    Tool(ToolId),
    /// A server, by name.
    Server(String),
    /// A `let`, by the place of its name.
    Let(Span),
    /// A group, by the place of its name.
    Group(Span),
    /// A policy, by the place of its name.
    Policy(Span),
    /// An argument of tools: its steps.
    Argument(Vec<ToolId>, Vec<Step>),
    /// A catalogue or an imported file.
    File(FileId),
}

/// The origin of a jump, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name that the jump starts from.
    pub origin: Span,
    /// Where it leads; of a glob, set or `*` to each tool.
    pub targets: Vec<Declared>,
}

/// How many tools of a glob or set a jump leads to.
const MOST_TARGETS: usize = 200;

/// Where the name at an offset is declared: a tool in its catalogue, an argument in the schema, a `let`, group, server or import.
#[must_use]
pub fn definition(view: &View<'_>, at: u32) -> Option<Definition> {
    let mark = view.mark_at(at)?;
    let targets: Vec<Declared> =
        subjects(view, mark).iter().take(MOST_TARGETS).flat_map(|one| declared(view, one)).collect();
    (!targets.is_empty()).then_some(Definition { origin: mark.span, targets })
}

/// What a name stands for; several things for a glob or set.
#[must_use]
pub fn subjects(view: &View<'_>, mark: &Mark<'_>) -> Vec<Referent> {
    let scope = view.scope(mark.span.start);
    match mark.kind {
        MarkKind::ServerName(name) | MarkKind::Server(name) => vec![Referent::Server(name.text.clone())],
        MarkKind::Catalogue(_) => {
            let ItemKind::Server { name, .. } = &mark.item.kind else { return Vec::new() };
            let server = view.known_tools().server(&name.text);
            let catalogue =
                server.and_then(|server| view.known_tools().servers().get(server.0 as usize)?.catalogue.as_ref());
            catalogue.map(|catalogue| Referent::File(catalogue.file())).into_iter().collect()
        }
        MarkKind::Import(path) => {
            let unit = view.analysis().units.iter().find(|unit| unit.import == Some(path.span));
            unit.map(|unit| Referent::File(unit.file)).into_iter().collect()
        }
        MarkKind::LetName(name) | MarkKind::Let(name) => {
            scope.find_let(&name.text).map(Referent::Let).into_iter().collect()
        }
        MarkKind::GroupName(name) => vec![Referent::Group(name.span)],
        MarkKind::PolicyName(name) => vec![Referent::Policy(name.span)],
        MarkKind::Selected(item) => selected(view, item, mark.span.start),
        MarkKind::Called { server, tool } => called(view, server, tool).into_iter().map(Referent::Tool).collect(),
        MarkKind::Step(path, index) => argument(view, mark.item, path, index).into_iter().collect(),
        MarkKind::Root(_) | MarkKind::Rate | MarkKind::Scope(_) | MarkKind::TestName(_) | MarkKind::Counter(_) => {
            Vec::new()
        }
    }
}

fn selected(view: &View<'_>, item: &SelectionItem, at: u32) -> Vec<Referent> {
    if let SelectionKind::Set(name) = &item.kind
        && let Some(span) = view.scope(at).find_group(name)
    {
        return vec![Referent::Group(span)];
    }
    view.scope(at).tools(item).into_iter().map(Referent::Tool).collect()
}

/// The known tools that a call of a test may be to.
#[must_use]
pub(super) fn called(view: &View<'_>, server: Option<&Ident>, tool: &Ident) -> Vec<ToolId> {
    let server: Option<ServerId> = match server {
        Some(name) => match view.known_tools().server(&name.text) {
            Some(server) => Some(server),
            None => return Vec::new(),
        },
        None => None,
    };
    view.known_tools().named(&tool.text, server)
}

/// The steps of a path of the tree, up to and with one of them; `None` for a path of the caller.
#[must_use]
pub(super) fn steps(path: &Path, last: usize) -> Option<Vec<Step>> {
    if path.root != Some(PathRoot::Args) {
        return None;
    }
    let step = |segment: &Segment| match &segment.kind {
        SegmentKind::Key(key) => Step::Key(key.clone()),
        SegmentKind::Index(index) => Step::Index(*index),
        SegmentKind::Each => Step::Index(0),
    };
    Some(path.segments.iter().take(last + 1).map(step).collect())
}

fn argument(view: &View<'_>, item: &Item, path: &Path, index: usize) -> Option<Referent> {
    Some(Referent::Argument(view.selected(item), steps(path, index)?))
}

/// What is declared at a place, which may be in another file.
#[must_use]
pub fn declared_at(view: &View<'_>, place: Span) -> Vec<Referent> {
    let in_catalogue = in_catalogue(view, place);
    if !in_catalogue.is_empty() {
        return in_catalogue;
    }
    let mut found = Vec::new();
    for item in
        view.analysis().units.iter().filter(|unit| unit.file == place.file).flat_map(|unit| &unit.parse.file.items)
    {
        match &item.kind {
            ItemKind::Server { name, .. } if name.span == place => found.push(Referent::Server(name.text.clone())),
            ItemKind::Let { name, .. } if name.span == place => found.push(Referent::Let(name.span)),
            ItemKind::Group { name, .. } if name.span == place => found.push(Referent::Group(name.span)),
            _ => {}
        }
    }
    if found.is_empty() && place.start == 0 && place.end == 0 && place.file != view.file() {
        found.push(Referent::File(place.file));
    }
    found
}

/// Where something is declared.
fn declared(view: &View<'_>, subject: &Referent) -> Vec<Declared> {
    let whole = |span: Span| {
        let items =
            view.analysis().units.iter().filter(|unit| unit.file == span.file).flat_map(|unit| &unit.parse.file.items);
        let around = items.filter(|item| item.span.start <= span.start && span.end <= item.span.end);
        around.map(|item| item.span).max_by_key(|around| around.start).unwrap_or(span)
    };
    match subject {
        Referent::Tool(tool) => view
            .known_tools()
            .entries(*tool)
            .filter_map(|(catalogue, entry)| catalogue.tool(entry))
            .map(|entry| Declared { span: entry.span, whole: entry.span })
            .collect(),
        Referent::Server(name) => {
            let declares = |item: &Item| match &item.kind {
                ItemKind::Server { name: other, .. } if other.text == *name => {
                    Some(Declared { span: other.span, whole: item.span })
                }
                _ => None,
            };
            view.analysis().units.iter().flat_map(|unit| &unit.parse.file.items).filter_map(declares).take(1).collect()
        }
        Referent::Let(span) | Referent::Group(span) | Referent::Policy(span) => {
            vec![Declared { span: *span, whole: whole(*span) }]
        }
        Referent::Argument(tools, steps) => {
            let mut found: Vec<Declared> = Vec::new();
            for schema in tools.iter().take(MOST_TARGETS).flat_map(|tool| view.schemas(*tool)) {
                if let Some(span) = schema.info(steps).and_then(|info| info.span)
                    && !found.iter().any(|other| other.span == span)
                {
                    found.push(Declared { span, whole: span });
                }
            }
            found
        }
        Referent::File(file) => {
            let start = Span::new(*file, 0, 0);
            vec![Declared { span: start, whole: start }]
        }
    }
}

/// The places of a file that speak of what the name at an offset stands for. Of a tool these are all items that select it, globs, sets
/// and `*` among them; of an argument all paths to it in statements about one of the same tools.
#[must_use]
pub fn references(view: &View<'_>, at: u32, with_declaration: bool) -> Vec<Span> {
    let Some(mark) = view.mark_at(at) else { return Vec::new() };
    let subjects = subjects(view, mark);
    references_of(view, &subjects, with_declaration)
}

/// The places of a file that speak of one of several things; see [`references`].
#[must_use]
pub fn references_of(view: &View<'_>, subjects: &[Referent], with_declaration: bool) -> Vec<Span> {
    let mut found: Vec<Span> = view
        .marks()
        .iter()
        .filter(|other| with_declaration || !other.declares())
        .filter(|other| subjects.iter().any(|subject| speaks(view, other, subject)))
        .map(|other| other.span)
        .collect();
    if with_declaration {
        for declared in
            subjects.iter().filter(|subject| !matches!(subject, Referent::File(_))).flat_map(|one| declared(view, one))
        {
            if !found.contains(&declared.span) {
                found.push(declared.span);
            }
        }
    }
    found
}

/// The tool whose entry in a catalogue holds a place, and the argument if the place is on its name: references can be asked for there, too.
#[must_use]
pub fn in_catalogue(view: &View<'_>, place: Span) -> Vec<Referent> {
    let tools = view.known_tools().tools().iter().enumerate().map(|(index, _)| ToolId(offset(index)));
    let mut best: Option<(u32, ToolId)> = None;
    for tool in tools {
        for entry in view.known_tools().entries(tool).filter_map(|(catalogue, entry)| catalogue.tool(entry)) {
            let before = entry.span.file == place.file && entry.span.start <= place.start;
            if before && best.is_none_or(|(start, _)| start < entry.span.start) {
                best = Some((entry.span.start, tool));
            }
        }
    }
    best.map(|(_, tool)| Referent::Tool(tool)).into_iter().collect()
}

fn speaks(view: &View<'_>, mark: &Mark<'_>, subject: &Referent) -> bool {
    match (subject, mark.kind) {
        (Referent::Tool(tool), MarkKind::Selected(item)) => {
            view.scope(mark.span.start).tools(item).binary_search(tool).is_ok()
        }
        (Referent::Tool(tool), MarkKind::Called { server, tool: name }) => called(view, server, name).contains(tool),
        (Referent::Server(name), MarkKind::ServerName(other) | MarkKind::Server(other)) => *name == other.text,
        (Referent::Argument(tools, steps), MarkKind::Step(path, index)) => {
            self::steps(path, index).as_ref() == Some(steps)
                && view.selected(mark.item).iter().any(|tool| tools.contains(tool))
        }
        (Referent::Group(_), MarkKind::Selected(SelectionItem { kind: SelectionKind::Set(_), .. }))
        | (Referent::Let(_), MarkKind::Let(_) | MarkKind::LetName(_))
        | (Referent::Group(_), MarkKind::GroupName(_))
        | (Referent::Policy(_), MarkKind::PolicyName(_)) => subjects(view, mark).contains(subject),
        (Referent::File(_), MarkKind::Catalogue(_) | MarkKind::Import(_)) => subjects(view, mark).contains(subject),
        _ => false,
    }
}

/// How a place uses what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It declares it.
    Write,
    /// It names it.
    Read,
}

/// The places of the file that speak of the same thing as the name at an offset; of a keyword that opens or closes
/// something nothing.
#[must_use]
pub fn highlights(view: &View<'_>, at: u32) -> Vec<(Span, Use)> {
    let Some(mark) = view.mark_at(at) else { return Vec::new() };
    let subjects = subjects(view, mark);
    // What a glob selects is looked at by other means; marking all of it would colour half the file.
    let same = |other: &&Mark<'_>| {
        other.span == mark.span || subjects.len() == 1 && subjects.iter().any(|subject| speaks(view, other, subject))
    };
    let uses = view.marks().iter().filter(same);
    uses.map(|other| (other.span, if other.declares() { Use::Write } else { Use::Read })).collect()
}

/// The name at an offset if it can be given another: of a `let`, group, server or policy that this file declares.
///
/// # Errors
/// Why it cannot: a sentence.
pub fn renamable(view: &View<'_>, at: u32) -> Result<(Span, String), String> {
    let nothing =
        || "there is no name here that can be changed; `let`, `group`, `server` and `policy` names can".to_owned();
    let mark = view.mark_at(at).ok_or_else(nothing)?;
    let (name, span) = match mark.kind {
        MarkKind::ServerName(name) | MarkKind::Server(name) | MarkKind::LetName(name) | MarkKind::Let(name) => {
            (name.text.clone(), mark.span)
        }
        MarkKind::GroupName(name) | MarkKind::PolicyName(name) => (name.text.clone(), mark.span),
        MarkKind::Selected(SelectionItem { kind: SelectionKind::Set(name), .. }) => {
            if BuiltIn::meant(name, || view.scope(at).find_group(name).is_some()).is_some() {
                return Err(format!("`@{name}` is built in; its name cannot be changed"));
            }
            // The `@` stays.
            (name.clone(), Span { start: mark.span.start + 1, ..mark.span })
        }
        MarkKind::Selected(_) | MarkKind::Called { .. } => {
            return Err("the name of a tool is its server's; it cannot be changed here".to_owned());
        }
        MarkKind::Step(..) => return Err("the name of an argument is its tool's; it cannot be changed here".to_owned()),
        _ => return Err(nothing()),
    };
    let subject = subjects(view, mark);
    let here = subject.iter().flat_map(|one| declared(view, one)).all(|declared| declared.span.file == view.file());
    match subject.is_empty() {
        true => Err(format!("nothing is declared by the name `{name}`")),
        false if !here => Err(format!("`{name}` is declared in an imported file; change it there")),
        false => Ok((span, name)),
    }
}

/// The places that have to be rewritten for another name.
///
/// # Errors
/// Why the name cannot be changed, or not to this one: a sentence.
pub fn rename(view: &View<'_>, at: u32, to: &str) -> Result<Vec<Span>, String> {
    let (_, name) = renamable(view, at)?;
    if !crate::syntax::is_plain_name(to) {
        return Err(format!(
            "`{to}` cannot be a name: letters, digits, `_`, `.` and `-`, a letter or `_` first, and no keyword"
        ));
    }
    let mark = view.mark_at(at).ok_or_else(String::new)?;
    let subjects = subjects(view, mark);
    if to != name {
        let built_in =
            subjects.iter().any(|subject| matches!(subject, Referent::Group(_))) && BuiltIn::parse(to).is_some();
        let taken = subjects.iter().find_map(|subject| taken(view, subject, to)).map(|(what, _)| what);
        if let Some(what) = built_in.then_some("built-in set").or(taken) {
            return Err(format!("there is a {what} named `{to}` already"));
        }
    }
    Ok(renames(view, &subjects))
}

/// The declaration for which something cannot have a name: one of the same kind that has it already, in a file that the view is made
/// of. Names of two `policy` blocks do not meet.
#[must_use]
pub fn taken<'v>(view: &View<'v>, subject: &Referent, to: &str) -> Option<(&'static str, Span)> {
    let what = match subject {
        Referent::Let(_) => "`let`",
        Referent::Group(_) => "group",
        Referent::Server(_) => "server",
        Referent::Policy(_) => "policy",
        Referent::Tool(_) | Referent::Argument(..) | Referent::File(_) => return None,
    };
    let own = declared(view, subject).first()?.span;
    let named = |item: &'v Item| match &item.kind {
        ItemKind::Let { name, .. } if what == "`let`" => Some(name),
        ItemKind::Group { name, .. } if what == "group" => Some(name),
        ItemKind::Server { name, .. } if what == "server" => Some(name),
        ItemKind::Policy { name, .. } if what == "policy" => Some(name),
        _ => None,
    };
    let tops = view.analysis().units.iter().flat_map(|unit| &unit.parse.file.items);
    let all: Vec<(Option<Span>, &Ident)> = tops
        .flat_map(|item| {
            let (block, inner) = match &item.kind {
                ItemKind::Policy { items, .. } => (Some(item.span), items.as_slice()),
                _ => (None, &[][..]),
            };
            std::iter::once((None, item)).chain(inner.iter().map(move |item| (block, item)))
        })
        .filter_map(|(block, item)| Some((block, named(item)?)))
        .collect();
    let home = all.iter().find(|(_, name)| name.span == own).and_then(|(block, _)| *block);
    let meets = |block: &Option<Span>| block.is_none() || home.is_none() || *block == home;
    let found = all.iter().find(|(block, name)| name.text == to && name.span != own && meets(block));
    let by_configuration =
        || matches!(subject, Referent::Server(name) if name != to && view.known_tools().server(to).is_some());
    found.map(|(_, name)| (what, name.span)).or_else(|| by_configuration().then_some((what, own)))
}

/// The places of the file itself where the names of things are written, without the `@` of groups.
#[must_use]
pub fn renames(view: &View<'_>, subjects: &[Referent]) -> Vec<Span> {
    let own = references_of(view, subjects, true).into_iter().filter(|span| span.file == view.file());
    own.map(|span| if view.slice(span).starts_with('@') { Span { start: span.start + 1, ..span } } else { span })
        .collect()
}

impl Mark<'_> {
    /// Whether the name is declared here.
    #[must_use]
    pub const fn declares(&self) -> bool {
        matches!(
            self.kind,
            MarkKind::ServerName(_)
                | MarkKind::LetName(_)
                | MarkKind::GroupName(_)
                | MarkKind::PolicyName(_)
                | MarkKind::TestName(_)
        )
    }
}

/// Paths of the file that lead to other files, with what they lead to as it is written.
#[must_use]
pub fn links<'v>(view: &'v View<'_>) -> Vec<(Span, &'v str)> {
    let link = |mark: &'v mark::Mark<'_>| match mark.kind {
        MarkKind::Catalogue(path) | MarkKind::Import(path) => Some((mark.span, path.text.as_str())),
        _ => None,
    };
    view.marks().iter().filter_map(link).collect()
}

/// The path by which a file names a catalogue or another policy, or the `import` by which what names it came.
#[must_use]
pub fn named_at(view: &View<'_>, file: FileId) -> Option<Span> {
    let name = std::path::Path::new(view.analysis().sources.name(file));
    let names = |unit: &Unit, path: &Str| crate::sema::normalize(&unit.folder.join(&path.text)) == name;
    view.analysis().units.iter().find_map(|unit| {
        if unit.file == file {
            return unit.import;
        }
        let named = unit.parse.file.items.iter().find_map(|item| match &item.kind {
            ItemKind::Server { path, .. } if names(unit, path) => Some(path.span),
            _ => None,
        })?;
        if unit.file == view.file() { Some(named) } else { unit.import }
    })
}

//! Reads statements of the form that is written here, and decides as their gateway does.
//!
//! Anything else is refused: a permit that says something else could allow more, and a forbid with
//! a condition that errs forbids nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gateway::Gateway;
use super::meaning::Meanings;
use super::names::{Names, is_arn, is_target};
use super::write::SEPARATOR;
use crate::emit::decision_list::{Entry, Lists, Outcome};
use crate::emit::expression::{CEDAR, Kind, Reader, Tree};
use crate::eval;
use crate::predicate::{Comparison, Condition};
use crate::source::Span;

type Read<T> = Result<T, Span>;

/// What a statement is about.
#[derive(Debug)]
struct Statement {
    names: Names,
    /// The tool; `None` for all but some.
    tool: Option<String>,
    /// Of a statement about all but some, those.
    but: BTreeSet<String>,
    outcome: Outcome,
    when: Option<Arc<Condition>>,
}

/// The statements of one or more texts, read one after the other.
pub(super) struct Statements {
    gateway: Gateway,
    found: Vec<Statement>,
}

impl Statements {
    pub(super) const fn new(gateway: Gateway) -> Self {
        Self { gateway, found: Vec::new() }
    }

    /// The server that the statements are about; empty without any.
    pub(super) fn server(&self) -> &str {
        self.found.first().map(|statement| statement.names.server.as_str()).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Reads all statements of a text, and says how many there are.
    ///
    /// # Errors
    /// The place in the text of what is not of the form that is written here.
    pub(super) fn read(&mut self, text: &str) -> Read<usize> {
        let mut reader = Reader::new(text, &CEDAR)?;
        let mut count = 0;
        while !reader.is_end() {
            let start = reader.place();
            let statement = self.statement(&mut reader)?;
            // One document is about one server, and what forbids everything stands alone.
            let is_other = self.found.first().is_some_and(|first| {
                first.names != statement.names || [first, &statement].iter().any(|one| one.outcome == Outcome::Deny)
            });
            if is_other {
                return Err(start);
            }
            self.found.push(statement);
            count += 1;
        }
        Ok(count)
    }

    fn statement(&self, reader: &mut Reader<'_>) -> Read<Statement> {
        let ask = if self.gateway == Gateway::Docker && reader.takes("@") {
            reader.expect("requireApproval")?;
            reader.expect("(")?;
            let reason = reader.text()?;
            reader.expect(")")?;
            Some(reason)
        } else {
            None
        };
        let is_permit = reader.takes("permit");
        if !is_permit {
            reader.expect("forbid")?;
        }
        reader.expect("(")?;
        let mut statement = self.head(reader)?;
        reader.expect(")")?;
        let mut parts = Vec::new();
        if reader.takes("when") {
            reader.expect("{")?;
            let tree = reader.expression()?;
            reader.expect("}")?;
            parts = match tree.kind {
                Kind::And(parts) => parts,
                _ => vec![tree],
            };
        }
        let end = reader.place();
        reader.expect(";")?;
        let mut parts = parts.into_iter().peekable();
        self.about(&mut statement, &mut parts, end)?;
        statement.outcome = match (is_permit, ask) {
            (true, None) => Outcome::Allow,
            (true, Some(_)) => Outcome::Ask { by: None },
            (false, _) => Outcome::Deny,
        };
        let rest: Vec<Tree> = parts.collect();
        if statement.outcome == Outcome::Deny {
            // A forbid that errs forbids nothing, so there is none with a condition.
            let is_all = rest.is_empty() && statement.tool.is_none() && statement.but.is_empty();
            return if is_all { Ok(statement) } else { Err(end) };
        }
        if !rest.is_empty() {
            statement.when = Some(Arc::new(Meanings::new(self.gateway).all(&rest)?.may));
        }
        Ok(statement)
    }

    /// Principal, action and resource.
    fn head(&self, reader: &mut Reader<'_>) -> Read<Statement> {
        let mut statement =
            Statement { names: Names::default(), tool: None, but: BTreeSet::new(), outcome: Outcome::Deny, when: None };
        reader.expect("principal")?;
        let place = reader.place();
        if self.gateway == Gateway::AgentCore && reader.takes("is") {
            let tree = reader.expression()?;
            if !matches!(&tree.kind, Kind::Name(name) if name == "AgentCore::OAuthUser") {
                return Err(place);
            }
        }
        reader.expect(",")?;
        let place = reader.place();
        let action = reader.expression()?;
        let (is_group, [kind, id]) = entity("action", &action).ok_or(place)?;
        match (self.gateway, kind, id, is_group) {
            (Gateway::AgentCore, "AgentCore::Action", server, true) if is_target(server) => {
                statement.names.server = server.to_owned();
            }
            (Gateway::AgentCore, "AgentCore::Action", action, false) => {
                let (server, tool) =
                    action.split_once(SEPARATOR).filter(|(server, _)| is_target(server)).ok_or(place)?;
                statement.names.server = server.to_owned();
                statement.tool = Some(tool.to_owned());
            }
            (Gateway::Docker, "MCP::Action", "invokeTool", false)
            | (Gateway::ToolHive, "Action", "call_tool", false) => {}
            _ => return Err(place),
        }
        reader.expect(",")?;
        let place = reader.place();
        let resource = reader.expression()?;
        let is_any = matches!(&resource.kind, Kind::Name(name) if name == "resource");
        match (self.gateway, entity("resource", &resource)) {
            (Gateway::AgentCore, Some((false, ["AgentCore::Gateway", arn]))) if is_arn(arn) => {
                statement.names.gateway = arn.to_owned();
            }
            (Gateway::Docker, None) if is_any => {}
            (Gateway::ToolHive, None) if is_any => {}
            (Gateway::ToolHive, Some((false, ["Tool", tool]))) => statement.tool = Some(tool.to_owned()),
            _ => return Err(place),
        }
        Ok(statement)
    }

    /// What the first parts of a condition say of server and tool.
    fn about(
        &self,
        statement: &mut Statement,
        parts: &mut std::iter::Peekable<std::vec::IntoIter<Tree>>,
        end: Span,
    ) -> Read<()> {
        if self.gateway == Gateway::Docker {
            let server = parts.next().ok_or(end)?;
            let Some((true, ["MCP::Server", name])) = entity("resource", &server) else { return Err(server.span) };
            statement.names.server = name.to_owned();
            if let Some(Tree { kind: Kind::Compare(Comparison::Equal, left, right), .. }) = parts.peek()
                && left.keys().is_some_and(|keys| keys == ["resource", "name"])
                && let Kind::Text(name) = &right.kind
            {
                statement.tool = Some(name.clone());
                parts.next();
                return Ok(());
            }
        }
        if statement.tool.is_none()
            && let Some(Tree { kind: Kind::Not(inner), .. }) = parts.peek()
            && let Some(but) = self.but(&statement.names, inner)
        {
            statement.but = but;
            parts.next();
        }
        Ok(())
    }

    /// The tools of a list that is not about the ones that are asked for.
    fn but(&self, names: &Names, tree: &Tree) -> Option<BTreeSet<String>> {
        let list = match (self.gateway, &tree.kind) {
            (Gateway::AgentCore, Kind::In(action, list)) => {
                list_of(list).filter(|_| matches!(&action.kind, Kind::Name(name) if name == "action"))
            }
            (_, Kind::Call(callee, arguments)) => {
                let Kind::Member(list, method) = &callee.kind else { return None };
                let [argument] = arguments.as_slice() else { return None };
                let keys = argument.keys()?;
                let wanted: &[&str] =
                    if self.gateway == Gateway::Docker { &["resource", "name"] } else { &["resource"] };
                list_of(list).filter(|_| method == "contains" && keys == wanted)
            }
            _ => None,
        }?;
        let name = |tree: &Tree| match (self.gateway, &tree.kind) {
            (Gateway::AgentCore, Kind::Entity(kind, id)) if kind == "AgentCore::Action" => {
                let tool = id.strip_prefix(names.server.as_str())?.strip_prefix(SEPARATOR)?;
                Some(tool.to_owned())
            }
            (Gateway::Docker, Kind::Text(name)) => Some(name.clone()),
            (Gateway::ToolHive, Kind::Entity(kind, id)) if kind == "Tool" => Some(id.clone()),
            _ => None,
        };
        list.iter().map(name).collect()
    }

    /// What the statements say of each tool: any permit allows. Docker says that one that asks
    /// beats one that does not; nothing relies on that.
    pub(super) fn lists(self, reason: &str) -> Lists<Entry> {
        let permits: Vec<Statement> =
            self.found.into_iter().filter(|statement| statement.outcome != Outcome::Deny).collect();
        let named: BTreeSet<&String> =
            permits.iter().flat_map(|permit| permit.tool.iter().chain(&permit.but)).collect();
        let mut tools: BTreeMap<String, Vec<Entry>> =
            named.into_iter().map(|name| (name.clone(), Vec::new())).collect();
        let mut others = Vec::new();
        for permit in &permits {
            let entry = entry(permit);
            if let Some(name) = &permit.tool {
                tools.entry(name.clone()).or_default().push(entry);
                continue;
            }
            for (name, list) in &mut tools {
                if !permit.but.contains(name) {
                    list.push(entry.clone());
                }
            }
            others.push(entry);
        }
        for list in tools.values_mut().chain([&mut others]) {
            list.sort_by_key(|entry| entry.outcome != Outcome::Allow);
            // Tools of which no call passes are listed by Docker only.
            if list.is_empty() && self.gateway != Gateway::Docker {
                let reason = "No permit allows this tool.".to_owned();
                list.push(Entry { when: None, outcome: Outcome::Hide, rule: eval::HIDDEN.to_owned(), reason });
            }
        }
        Lists { tools, others, default_reason: reason.to_owned() }
    }
}

fn entry(permit: &Statement) -> Entry {
    let (rule, reason) = match permit.outcome {
        Outcome::Ask { .. } => ("requireApproval", "A person must approve this call."),
        _ => ("", ""),
    };
    Entry {
        when: permit.when.clone(),
        outcome: permit.outcome.clone(),
        rule: rule.to_owned(),
        reason: reason.to_owned(),
    }
}

fn list_of(tree: &Tree) -> Option<&[Tree]> {
    if let Kind::List(list) = &tree.kind { Some(list) } else { None }
}

/// Type and identifier of the entity that a variable must be, or with true be in.
fn entity<'t>(variable: &str, tree: &'t Tree) -> Option<(bool, [&'t str; 2])> {
    let (is_in, left, right) = match &tree.kind {
        Kind::Compare(Comparison::Equal, left, right) => (false, left, right),
        Kind::In(left, right) => (true, left, right),
        _ => return None,
    };
    let is_variable = matches!(&left.kind, Kind::Name(name) if name == variable);
    let Kind::Entity(kind, id) = &right.kind else { return None };
    is_variable.then_some((is_in, [kind.as_str(), id.as_str()]))
}

//! Reads `policyc.toml`: catalogues, classes of tools, targets and levels for the policies below
//! its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue::{Classes, Tags, ToolSettings};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::{self, OptionKind, Settings, Target, TargetOption, TargetSettings};
use crate::ir::{Policy, ServerId};
use crate::lint::{Group, Level, Levels, Named};
use crate::located::{self, Content, Entry, Format, Mistakes, Node};
use crate::lock;
use crate::sema::CatalogueOption;
use crate::source::{FileId, Span};
use crate::suppress;

/// The name of the file.
pub const FILE_NAME: &str = "policyc.toml";

/// The revision of the language.
const LANGUAGE: i64 = 2;

const LEVELS: [(&str, Level); 4] =
    [("allow", Level::Allow), ("info", Level::Info), ("warn", Level::Warn), ("deny", Level::Deny)];

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The targets to compile to.
    pub targets: Vec<&'static Target>,
    /// The options of targets, by the names of target and option.
    pub options: TargetSettings,
    /// Catalogues by server, in order of the servers' names.
    pub catalogues: Vec<CatalogueOption>,
    /// The classes and tags that the owner gives to tools, by server.
    pub settings: BTreeMap<String, Arc<ToolSettings>>,
    /// What is said of findings.
    pub levels: Levels,
    /// Whether `--locked` asks that somebody has read each tool.
    pub reviewed: bool,
    /// The folder of the file; `None` if there is none.
    pub folder: Option<PathBuf>,
}

impl Config {
    /// Reads the text of a configuration. Its paths are relative to `folder`.
    ///
    /// # Errors
    /// It is not TOML, or says something that means nothing: all that is wrong, in the first file
    /// of a [`SourceMap`](crate::source::SourceMap).
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_CONFIGURATION, Format::Toml);
        let config = located::toml(text, &mut mistakes).and_then(|root| read(&root, folder, &mut mistakes));
        mistakes.into_result(config)
    }

    /// Where the lock of a policy is: beside the configuration, without one beside the policy. A folder `tests` has no lock of its
    /// own: what is in it tests the policies next to the folder.
    #[must_use]
    pub fn lock_path(&self, policy: &Path) -> PathBuf {
        let beside = policy.parent().unwrap_or(Path::new(""));
        let tested = if beside.ends_with("tests") { beside.parent().unwrap_or(beside) } else { beside };
        self.folder.as_deref().unwrap_or(tested).join(lock::FILE_NAME)
    }

    /// The catalogues together with those that flags or an editor give, which win: a server that
    /// one of them speaks of is not taken from the configuration.
    #[must_use]
    pub fn catalogues_with(&self, given: &[CatalogueOption]) -> Vec<CatalogueOption> {
        let unnamed = given.iter().any(|option| option.server.is_none());
        let configured = self.catalogues.iter().filter(|option| {
            !(given.iter().any(|flag| flag.server == option.server) || unnamed && self.catalogues.len() == 1)
        });
        configured.cloned().chain(given.iter().cloned()).collect()
    }

    /// The server that the table of a target names for a policy that has several; `None` if it names none, or if there is
    /// nothing to choose.
    ///
    /// # Errors
    /// The policy has no such server.
    pub fn server(&self, target: &Target, policy: &Policy) -> Result<Option<ServerId>, String> {
        let option = TargetOption::SERVER.name;
        let named = self.options.of(target).get(&TargetOption::SERVER);
        let Some(name) = named.filter(|_| policy.servers.len() > 1) else { return Ok(None) };
        if let Some(server) = policy.find_server(name) {
            return Ok(Some(server));
        }
        let servers = || policy.servers.iter().map(|server| server.name.as_str());
        let key = format!("targets.{}.{option}", target.name);
        let near = nearest(name, servers()).map(|near| format!("; did you mean {}?", quote(near))).unwrap_or_default();
        Err(format!(
            "{} in {FILE_NAME} is {}, and the policy has no such server; it has {}{near}",
            quote(&key),
            quote(name),
            servers().map(quote).collect::<Vec<_>>().join(", ")
        ))
    }
}

fn read(root: &Node<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Config> {
    let known = ["target", "targets", "language", "catalogues", "classes", "tags", "lints", "lock"];
    let root = root.as_object("the configuration", &known, mistakes)?;
    let mut levels = read_levels(root.optional("lints"), mistakes);
    let named = match root.optional("target") {
        Some(table) if matches!(table.content, Content::Mapping(_)) => {
            let help = "write the options of a target in a table `[targets.NAME]`";
            table.must_be("`target`", "a string or a list of strings", help, mistakes);
            None
        }
        target => target.and_then(|target| names("`target`", target, mistakes)),
    };
    let targets =
        named.into_iter().flatten().flatten().filter_map(|(name, place)| read_target(name, place, mistakes)).collect();
    let options = read_options(root.optional("targets"), mistakes);
    if let Some(language) = root.optional("language") {
        let revision = match &language.content {
            Content::Number(number) => number.to_i64(),
            _ => None,
        };
        if revision == Some(LANGUAGE) {
            // What revision 2 changed is known.
            levels.set(Named::Code(codes::SETS_OPEN_NOTHING), Level::Allow);
        } else {
            let message = format!("`language` must be {LANGUAGE}, the present revision");
            language.is_wrong(message, format!("write `language = {LANGUAGE}`"), mistakes);
        }
    }
    let classes = read_rows("classes", root.optional("classes"), read_classes, mistakes);
    let mut tags = read_rows("tags", root.optional("tags"), read_tags, mistakes);
    let mut settings: BTreeMap<String, Arc<ToolSettings>> = BTreeMap::new();
    for (server, rows) in classes {
        let tags = tags.remove(&server).unwrap_or_default();
        settings.insert(server, Arc::new(ToolSettings::new(rows, tags)));
    }
    settings.extend(tags.into_iter().map(|(server, rows)| (server, Arc::new(ToolSettings::new(Vec::new(), rows)))));
    let mut catalogues = Vec::new();
    for Entry { key, value } in table(root.optional("catalogues"), "`catalogues`", mistakes) {
        let what = format!("the catalogue of {}", quote(&key.name));
        let Some(path) = value.as_text(&what, mistakes) else { continue };
        catalogues.push(CatalogueOption { server: Some(key.name.to_string()), path: folder.join(path) });
    }
    catalogues.sort_by(|left, right| left.server.cmp(&right.server));
    let lock = root.optional("lock").and_then(|lock| lock.as_object("`lock`", &["reviewed"], mistakes));
    let reviewed = lock.and_then(|lock| lock.optional("reviewed")?.as_bool("`lock.reviewed`", mistakes));
    let folder = Some(folder.to_path_buf());
    Some(Config { targets, options, catalogues, settings, levels, reviewed: reviewed.unwrap_or_default(), folder })
}

/// The entries of a table that may be left out.
fn table<'a>(node: Option<&'a Node<'a>>, what: &str, mistakes: &mut Mistakes) -> &'a [Entry<'a>] {
    node.and_then(|node| node.as_entries(what, mistakes)).unwrap_or_default()
}

/// Names with their places; `None` for what is no name.
type Names<'a> = Vec<Option<(&'a str, Span)>>;

/// A name, or a list of names.
fn names<'a>(what: &str, node: &'a Node<'a>, mistakes: &mut Mistakes) -> Option<Names<'a>> {
    let elements = match &node.content {
        Content::Text(_) => std::slice::from_ref(node),
        Content::List(items) => items,
        _ => {
            let help = "write one name in double quotes, or several in brackets: `[\"..\", \"..\"]`";
            node.must_be(what, "a string or a list of strings", help, mistakes);
            return None;
        }
    };
    let what = format!("each name in {what}");
    Some(elements.iter().map(|name| Some((name.as_text(&what, mistakes)?, name.span))).collect())
}

fn read_target(name: &str, place: Span, mistakes: &mut Mistakes) -> Option<&'static Target> {
    let found = emit::find(name);
    if found.is_none() {
        let known = || emit::TARGETS.iter().map(|target| target.name);
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean {}?", quote(near)),
            None => format!("there are {}", known().map(quote).collect::<Vec<_>>().join(", ")),
        };
        mistakes.report(place, format!("no target is named {}", quote(name)), help);
    }
    found
}

/// The tables of targets.
fn read_options(targets: Option<&Node<'_>>, mistakes: &mut Mistakes) -> TargetSettings {
    let mut all = TargetSettings::default();
    if let Some(named) = targets.filter(|node| matches!(node.content, Content::Text(_) | Content::List(_))) {
        let help = "write `target = ..` for what to compile to, and `[targets.NAME]` for the options of a target";
        named.must_be("`targets`", Format::Toml.mapping(), help, mistakes);
        return all;
    }
    for Entry { key, value } in table(targets, "`targets`", mistakes) {
        let Some(target) = read_target(&key.name, key.span, mistakes) else { continue };
        let what = format!("`targets.{}`", target.name);
        let known: Vec<&str> = target.options.iter().map(|option| option.name).collect();
        let Some(object) = value.as_object(&what, &known, mistakes) else { continue };
        let mut options = Settings::default();
        for option in target.options {
            let Some(value) = object.optional(option.name) else { continue };
            let what = format!("`targets.{}.{}`", target.name, option.name);
            let read = match option.kind {
                OptionKind::Text => value.as_text(&what, mistakes).map(str::to_owned),
                OptionKind::Count => read_count(value, &what, mistakes),
                OptionKind::OneOf(words) => {
                    let words: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
                    value.as_word(&what, &words, mistakes).map(str::to_owned)
                }
            };
            if let Some(text) = read {
                options.set(option, text);
            }
        }
        all.set(target, options);
    }
    all
}

/// A whole number from 1 on, as it is written.
fn read_count(value: &Node<'_>, what: &str, mistakes: &mut Mistakes) -> Option<String> {
    let count = match &value.content {
        Content::Number(number) => number.text().parse::<u64>().ok().filter(|count| *count > 0),
        _ => None,
    };
    if count.is_none() {
        value.must_be(what, "a whole number from 1 on", "write a number without quotes, such as `1`", mistakes);
    }
    count.map(|count| count.to_string())
}

/// Of each server, what rows say of names and globs of its tools.
type Rows<T> = BTreeMap<String, Vec<(String, T)>>;

/// The tables `[KIND.SERVER]`.
fn read_rows<T>(
    kind: &str,
    servers: Option<&Node<'_>>,
    read: fn(&Entry<'_>, &mut Mistakes) -> Option<(String, T)>,
    mistakes: &mut Mistakes,
) -> Rows<T> {
    let mut all = Rows::new();
    for Entry { key, value } in table(servers, &quote(kind), mistakes) {
        let what = quote(&format!("{kind}.{}", key.name));
        let rows = table(Some(value), &what, mistakes).iter().filter_map(|row| read(row, mistakes)).collect();
        all.insert(key.name.to_string(), rows);
    }
    all
}

fn read_tags(row: &Entry<'_>, mistakes: &mut Mistakes) -> Option<(String, Tags)> {
    read_row(row, &|names| Tags::parse(names).map_err(|bad| (bad.message(), bad.help())), mistakes)
}

fn read_classes(row: &Entry<'_>, mistakes: &mut Mistakes) -> Option<(String, Classes)> {
    read_row(row, &|names| Classes::parse(names).map_err(|bad| (bad.message(), bad.help())), mistakes)
}

/// Reads names, or says what is wrong and what to write instead.
type ParseNames<'p, T> = &'p dyn Fn(Vec<&str>) -> Result<T, (String, String)>;

/// What a row says of its tools.
fn read_row<T>(row: &Entry<'_>, parse: ParseNames<'_, T>, mistakes: &mut Mistakes) -> Option<(String, T)> {
    let tool = &row.key.name;
    let named = names(&quote(tool), &row.value, mistakes)?.into_iter().collect::<Option<Vec<_>>>()?;
    match parse(named.into_iter().map(|(name, _)| name).collect()) {
        Ok(found) => Some((tool.to_string(), found)),
        Err((message, help)) => {
            mistakes.report(row.value.head(), format!("{}: {message}", quote(tool)), help);
            None
        }
    }
}

fn read_levels(lints: Option<&Node<'_>>, mistakes: &mut Mistakes) -> Levels {
    let mut levels = Levels::default();
    let mut entries: Vec<&Entry<'_>> = table(lints, "`lints`", mistakes).iter().collect();
    // Which of several holds does not depend on where they are written.
    entries.sort_by(|left, right| left.key.name.cmp(&right.key.name));
    for Entry { key, value } in entries {
        let level = value.as_word(&format!("the level of {}", quote(&key.name)), &LEVELS, mistakes);
        // On the command line it is all rules; here a group is just its own rules, and it would be
        // only the last of them.
        if key.name == "all" {
            let groups = Group::ALL.map(|group| quote(group.name())).join(", ");
            mistakes.report(key.span, "`all` is no group of `[lints]`", format!("name each one: {groups}"));
            continue;
        }
        let named = match Named::parse(&key.name) {
            Ok(named) => named,
            Err(reason) => {
                let (message, help) = reason.split_once("; ").unwrap_or((&reason, "remove it"));
                mistakes.report(key.span, message, help);
                continue;
            }
        };
        let Some(level) = level else { continue };
        if let Named::Code(code) = named
            && level != Level::Deny
            && !suppress::can_silence(code)
        {
            let message = format!("{} is always an error", quote(code.name));
            mistakes.report(key.span, message, "remove it of `[lints]`");
            continue;
        }
        levels.set(named, level);
    }
    levels
}

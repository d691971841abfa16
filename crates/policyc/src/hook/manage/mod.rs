//! `policyc hook --install`, `--uninstall` and `--check`: the settings by which a client starts the hook.

mod changes;
mod place;
mod record;
mod words;

use std::path::{Path, PathBuf};

use policyc_core::diagnostics::visible;
use policyc_core::disk::Unreadable;
use policyc_enforce::hook::{Client, Covered};
use policyc_enforce::settings::{self, Mistake, Place, Wanted};

use self::changes::Change;
use self::place::{home, is_executable, located, missing, percent, real, settings_file, text};
use super::{compiled, servers};
use crate::args::{HookArgs, Scope};
use crate::files::shown;
use crate::{CommandResult, Exit, Streams, print};

/// What is done about which settings, and what belongs into them.
struct Work<'a> {
    arguments: &'a HookArgs,
    client: Client,
    place: Place,
    /// The file with the settings.
    settings: PathBuf,
    /// The plugin beside it, for a client that loads one.
    plugin: Option<PathBuf>,
    words: Vec<String>,
    command: String,
    servers: Vec<Covered>,
}

pub(super) fn run(arguments: &HookArgs, streams: &mut Streams<'_>) -> CommandResult {
    if let Some(name) = &arguments.uninstall {
        return Work::new(name, arguments, Vec::new())?.uninstall(streams);
    }
    let name = arguments.install.as_ref().or(arguments.check.as_ref()).ok_or("no client is named")?;
    let servers = match covered(name, arguments) {
        Ok(servers) => servers,
        Err(message) if arguments.check.is_some() => {
            print(streams.output, &format!("{message}\n"))?;
            return Ok(Exit::Findings);
        }
        Err(message) => return Err(message),
    };
    let work = Work::new(name, arguments, servers)?;
    if arguments.check.is_some() { work.check(streams) } else { work.install(streams) }
}

/// The client that a name stands for, where its settings are, and whose events it sends.
fn client(name: &str) -> Result<(Client, Place, Client), String> {
    let known = || {
        let (client, place) = (Client::named(name)?, settings::place(name)?);
        let answers_as = if place.answers_as.is_empty() { client } else { Client::named(place.answers_as)? };
        Some((client, place, answers_as))
    };
    known().ok_or_else(|| format!("where `{name}` has its settings is not known"))
}

/// The servers of the policies, as the client calls them.
fn covered(name: &str, arguments: &HookArgs) -> Result<Vec<Covered>, String> {
    let (_, _, answers_as) = client(name)?;
    let loaded = arguments.files.iter().map(|file| compiled::load(file, &arguments.source, None));
    let loaded: Vec<compiled::Compiled> = loaded.collect::<Result<_, _>>()?;
    let policies: Vec<_> = loaded.iter().map(|loaded| &loaded.policy).collect();
    let covered = servers(&arguments.server, &policies)?.covered(answers_as);
    if name == "opencode"
        && let Some(server) = covered.iter().find(|server| server.tools.is_empty())
    {
        return Err(format!(
            "no catalogue has tools of the server `{}`, and opencode is given tools by name; name one with `--catalogue`",
            visible(&server.called)
        ));
    }
    Ok(covered)
}

impl<'a> Work<'a> {
    fn new(name: &str, arguments: &'a HookArgs, servers: Vec<Covered>) -> Result<Self, String> {
        let (client, place, answers_as) = client(name)?;
        let settings = settings_file(name, &place, arguments)?;
        let plugin = (name == "opencode").then(|| settings.with_file_name("policyc.js"));
        let program = words::program(arguments.place.program.as_deref())?;
        let words = words::words(&program, answers_as.name, arguments)?;
        let command = words::line(&words)?;
        Ok(Self { arguments, client, place, settings, plugin, words, command, servers })
    }

    /// What belongs into the settings, for what knows clients.
    fn with<T>(&self, work: impl FnOnce(&Wanted<'_>) -> T) -> T {
        let address = self.plugin.as_deref().map(|plugin| format!("file://{}", percent(plugin)));
        let is_own = |command: &str| words::started(command).is_some_and(|started| self.is_own(&started.arguments));
        work(&Wanted {
            client: self.client,
            words: &self.words,
            command: &self.command,
            servers: &self.servers,
            plugin: address.as_deref(),
            is_project: self.arguments.place.scope == Some(Scope::Project),
            is_own: &is_own,
        })
    }

    /// Whether a hook is for the same client, and for none but these policies. One that has others as well is left alone: without
    /// it, those would not hold any more.
    fn is_own(&self, other: &HookArgs) -> bool {
        let answers_as = if self.place.answers_as.is_empty() { self.client.name } else { self.place.answers_as };
        let real = |path: &PathBuf| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
        let own: Vec<Option<PathBuf>> = self.arguments.files.iter().map(real).collect();
        other.client.as_deref() == Some(answers_as) && other.files.iter().map(real).all(|file| own.contains(&file))
    }

    /// Whether a file of the hook alone is for the same client and policies.
    fn is_own_file(&self, text: &str) -> bool {
        let started = match settings::command_of(text) {
            Some(Ok(command)) => words::started(&command),
            Some(Err(words)) => words::of_words(&words),
            None => None,
        };
        started.is_some_and(|started| self.is_own(&started.arguments))
    }

    /// The file that the client runs or loads, and what is in it.
    fn whole(&self) -> Option<(&Path, String)> {
        if self.place.is_script {
            return Some((&self.settings, settings::script(&self.command)));
        }
        let is_open = |server: &Covered, tool: &String| !server.hidden.contains(tool);
        let opened = self.servers.iter().flat_map(|server| server.tools.iter().filter(|tool| is_open(server, tool)));
        let opened: Vec<String> = opened.cloned().collect();
        let closed: Vec<String> = self.servers.iter().map(|server| format!("{}_*", server.written)).collect();
        Some((self.plugin.as_deref()?, settings::plugin(&self.words, &closed, &opened)))
    }

    /// The change of that file, if it is no other one.
    fn whole_change(&self) -> Result<Option<Change>, String> {
        let Some((path, new)) = self.whole() else { return Ok(None) };
        let old = text(path)?;
        if let Some(old) = old.as_deref().filter(|old| !old.trim().is_empty() && !self.is_own_file(old)) {
            let what = match settings::command_of(old) {
                Some(_) => {
                    "is the hook for other policies; take that away with `--uninstall`, and install all policies together"
                }
                None => {
                    "is a program of somebody else; move it away, or start the hook from it: docs/hook.md has the lines"
                }
            };
            return Err(format!("`{}` {what}", shown(path)));
        }
        Ok(Some(Change { path: path.to_path_buf(), old, new: Some(new), is_program: self.place.is_script }))
    }

    fn install(&self, streams: &mut Streams<'_>) -> CommandResult {
        let mut changes: Vec<Change> = self.whole_change()?.into_iter().collect();
        let mut remembered = None;
        if !self.place.is_script {
            let old = text(&self.settings)?;
            let before = old.as_deref().unwrap_or_default();
            let (new, made) = self
                .with(|wanted| settings::install(before, wanted))
                .map_err(|mistake| located(&self.settings, before, &mistake))?;
            remembered = Some(record::Record { before: before.trim().is_empty().then(|| old.clone()), made });
            let new = if new.is_empty() { old.clone() } else { Some(new) };
            changes.push(Change { path: self.settings.clone(), old, new, is_program: false });
        }
        changes.retain(Change::is_one);
        if changes.is_empty() {
            print(streams.output, &format!("`{}` has the hook already\n", shown(&self.settings)))?;
        } else {
            if !changes::agreed(&changes, &self.arguments.place, streams)? {
                return Ok(Exit::Fine);
            }
            let is_beside = changes.iter().any(|change| change.path == self.settings);
            let old = is_beside.then(|| self.recorded()).flatten();
            changes::write(&changes, streams)?;
            if let Some(new) = remembered.filter(|_| is_beside) {
                self.remember(new, old, &changes, streams)?;
            }
        }
        self.note(streams)?;
        let found = self.findings()?;
        print(streams.output, &found)?;
        Ok(if found.is_empty() { Exit::Fine } else { Exit::Findings })
    }

    /// Writes down what was made, with what an earlier installation made.
    fn remember(
        &self,
        mut new: record::Record,
        old: Option<record::Record>,
        changes: &[Change],
        streams: &mut Streams<'_>,
    ) -> Result<(), String> {
        let had = changes.iter().find(|change| change.path == self.settings).and_then(|change| change.old.as_deref());
        // Without a hook in it, what is remembered is of another time.
        if let Some(old) = old.filter(|_| had.is_some_and(|text| text.contains("policyc"))) {
            let mut made = old.made;
            made.append(&mut new.made);
            new = record::Record { before: old.before, made };
        }
        self.write_record(&new, streams)
    }

    fn recorded(&self) -> Option<record::Record> {
        record::read(&real(&self.settings), self.client.name)
    }

    fn write_record(&self, record: &record::Record, streams: &mut Streams<'_>) -> Result<(), String> {
        if let Err(error) = record::write(&real(&self.settings), self.client.name, record) {
            let what =
                "what was there before cannot be remembered, so `--uninstall` will only take the hook itself away";
            print(streams.error, &format!("policyc: {what}: {}\n", Unreadable::from(error)))?;
        }
        Ok(())
    }

    fn uninstall(&self, streams: &mut Streams<'_>) -> CommandResult {
        let mut changes = Vec::new();
        let mut left = None;
        // What the settings say beside a plugin for other policies is theirs.
        let plugin = self.plugin.as_deref().map(text).transpose()?.flatten();
        if plugin.is_some_and(|plugin| !plugin.trim().is_empty() && !self.is_own_file(&plugin)) {
            print(streams.output, &format!("`{}` has no hook for these policies\n", shown(&self.settings)))?;
            return Ok(Exit::Fine);
        }
        if let Some(old) = text(&self.settings)?.filter(|_| !self.place.is_script) {
            let recorded = self.recorded();
            let is_known = recorded.is_some();
            let mut record = recorded.unwrap_or_default();
            let new = self
                .with(|wanted| settings::uninstall(&old, wanted, &mut record.made))
                .map_err(|mistake| located(&self.settings, &old, &mistake))?;
            let is_blank = ["", "{}"].contains(&new.trim());
            let new = match &record.before {
                Some(before) if is_blank => before.clone(),
                _ => Some(new),
            };
            if new.as_deref() != Some(&old) {
                if record.made.is_empty() {
                    record.before = None;
                }
                left = Some((record, is_known));
            }
            changes.push(Change { path: self.settings.clone(), old: Some(old), new, is_program: false });
        }
        let whole = self.plugin.as_deref().or(self.place.is_script.then_some(self.settings.as_path()));
        if let Some(path) = whole
            && let Some(old) = text(path)?.filter(|old| self.is_own_file(old))
        {
            changes.push(Change { path: path.to_path_buf(), old: Some(old), new: None, is_program: false });
        }
        changes.retain(Change::is_one);
        if changes.is_empty() {
            print(streams.output, &format!("`{}` has no hook for these policies\n", shown(&self.settings)))?;
            return Ok(Exit::Fine);
        }
        if !changes::agreed(&changes, &self.arguments.place, streams)? {
            return Ok(Exit::Fine);
        }
        changes::write(&changes, streams)?;
        if let Some((record, is_known)) = left {
            self.write_record(&record, streams)?;
            if !is_known {
                let what = "what was written besides the hook is left there: it is not known what was there before";
                print(streams.error, &format!("policyc: {what}\n"))?;
            }
        }
        Ok(Exit::Fine)
    }

    fn check(&self, streams: &mut Streams<'_>) -> CommandResult {
        let found = self.findings()?;
        self.note(streams)?;
        if found.is_empty() {
            print(streams.output, &format!("`{}` has the hook as it must be\n", shown(&self.settings)))?;
            return Ok(Exit::Fine);
        }
        print(streams.output, &found)?;
        Ok(Exit::Findings)
    }

    /// Says what no settings show.
    fn note(&self, streams: &mut Streams<'_>) -> Result<(), String> {
        let notes = self.place.notes.iter().map(|note| format!("policyc: {note}\n")).collect::<String>();
        print(streams.error, &notes)
    }

    /// What is not as it must be, a line each.
    fn findings(&self) -> Result<String, String> {
        let mut found = String::new();
        let mut commands = Vec::new();
        if let Some((path, wanted)) = self.whole() {
            match text(path)? {
                None => found.push_str(&format!("{}: there is no such file; install the hook\n", shown(path))),
                Some(text) if text == wanted => {}
                Some(_) => found.push_str(&format!("{}: it is not what is installed; install the hook\n", shown(path))),
            }
            if self.place.is_script && path.is_file() && !is_executable(path) {
                found.push_str(&format!("{}: it is not executable; `chmod +x` makes it so\n", shown(path)));
            }
            commands.extend(words::line(&self.words).ok());
        }
        if !self.place.is_script {
            match text(&self.settings)? {
                None => {
                    let settings = shown(&self.settings);
                    found.push_str(&format!("{settings}: there is no such file; install the hook\n"));
                }
                Some(text) => {
                    let add =
                        |mistake: &Mistake| found.push_str(&format!("{}\n", located(&self.settings, &text, mistake)));
                    self.with(|wanted| settings::check(&text, wanted))
                        .unwrap_or_else(|one| vec![one])
                        .iter()
                        .for_each(add);
                    commands.extend(self.with(|wanted| settings::commands(&text, wanted)).unwrap_or_default());
                }
            }
        }
        for command in commands {
            found.push_str(&missing(&self.settings, &command));
        }
        for path in self.related() {
            let Some(text) = text(&path)? else { continue };
            let add = |mistake: &Mistake| found.push_str(&format!("{}\n", located(&path, &text, mistake)));
            self.with(|wanted| settings::hazards(&text, wanted)).unwrap_or_else(|one| vec![one]).iter().for_each(add);
            if self.with(|wanted| settings::commands(&text, wanted)).is_ok_and(|own| !own.is_empty()) {
                let path = shown(&path);
                found.push_str(&format!(
                    "{path}: a second hook for the same policies: calls may count twice; take one away\n"
                ));
            }
        }
        Ok(found)
    }

    /// Further settings that hold for the client in the current folder.
    fn related(&self) -> Vec<PathBuf> {
        let related = settings::related(self.client.name);
        let of = |folder: Option<PathBuf>, names: &[&str]| -> Vec<PathBuf> {
            folder
                .into_iter()
                .flat_map(|folder| names.iter().map(|name| folder.join(name)).collect::<Vec<_>>())
                .collect()
        };
        let mut all = of(home(), related.user);
        all.extend(of(std::env::current_dir().ok(), related.project));
        let own = real(&self.settings);
        let mut seen = vec![own];
        all.retain(|path| {
            let real = real(path);
            let is_new = !seen.contains(&real);
            seen.push(real);
            is_new && path.is_file()
        });
        all
    }
}

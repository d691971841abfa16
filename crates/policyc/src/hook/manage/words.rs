//! The command that a client runs: as words, and as a line of a shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::args::{Arguments, Command, CountersSync, HookArgs, LiveArgs, OnStoreFailure, PolicyArgs};
use crate::files::shown;
use crate::live::is_address;
use crate::policy;

/// The words of the hook with the options of a command line, all paths absolute.
///
/// # Errors
/// A message for people: a path is no text, or there is no current folder.
pub(super) fn words(program: &Path, client: &str, arguments: &HookArgs) -> Result<Vec<String>, String> {
    // Nothing is left out: a further field has to be written here, too.
    let HookArgs { client: _, install: _, uninstall: _, check: _, place: _, files, source, server, live, cache } =
        arguments;
    let PolicyArgs { catalogue, policy, locked, reads: _ } = source;
    let LiveArgs {
        grant,
        caller,
        counters,
        counter_namespace,
        counters_password_file,
        counters_sync,
        on_store_failure,
        undisclosed,
        observe,
        log,
        log_arguments,
        mask,
    } = live;
    let mut words = vec![text(program)?, "hook".to_owned(), "--client".to_owned(), client.to_owned()];
    for file in files {
        words.push(absolute(file)?);
    }
    let mut add = |name: &str, value: &str| words.push(format!("--{name}={value}"));
    for written in catalogue {
        let option = policy::catalogue_options(std::slice::from_ref(written))?;
        for option in option {
            let server = option.server.map(|server| format!("{server}=")).unwrap_or_default();
            add("catalogue", &format!("{server}{}", absolute(&option.path)?));
        }
    }
    let texts = [("policy", policy), ("grant", grant), ("caller", caller), ("counter-namespace", counter_namespace)];
    texts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).for_each(|(name, value)| add(name, value));
    server.iter().for_each(|value| add("server", value));
    let paths =
        [("counters", counters), ("counters-password-file", counters_password_file), ("log", log), ("cache", cache)];
    for (name, path) in paths {
        match path.as_ref().map(|path| (path, path.to_str())) {
            Some((_, Some(address))) if name == "counters" && is_address(address) => {
                add(name, without_password(address)?)
            }
            Some((path, _)) => add(name, &absolute(path)?),
            None => {}
        }
    }
    if *counters_sync == CountersSync::Normal {
        add("counters-sync", "normal");
    }
    undisclosed.iter().for_each(|value| add("undisclosed", value));
    mask.iter().for_each(|value| add("mask", value));
    let allows = *on_store_failure == OnStoreFailure::Allow;
    if allows {
        add("on-store-failure", "allow");
    }
    let switches = [("locked", *locked), ("observe", *observe), ("log-arguments", *log_arguments)];
    words.extend(switches.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| format!("--{name}")));
    Ok(words)
}

/// An address as it may be written into settings.
fn without_password(address: &str) -> Result<&str, String> {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let before = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    if before || rest.contains("pass=") {
        let why = "a password in `--counters` does not belong into settings; name a file with it by `--counters-password-file`";
        return Err(why.to_owned());
    }
    Ok(address)
}

/// The program that is running, by the name under which people call it: that name outlives a new version.
pub(super) fn program(given: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(given) = given {
        let path = std::path::absolute(given).map_err(|error| format!("`--program`: {error}"))?;
        let missing = || format!("`--program`: there is no program `{}`", shown(given));
        return if path.is_file() { Ok(path) } else { Err(missing()) };
    }
    let running =
        std::env::current_exe().map_err(|error| format!("where this program is cannot be found out: {error}"))?;
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let name = running.file_name().map(OsString::from).unwrap_or_default();
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).map(|folder| folder.join(&name));
    let same = named.into_iter().find(|path| real(path).is_some_and(|found| Some(found) == real(&running)));
    Ok(same.unwrap_or(running))
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("the path `{}` is no UTF-8, which settings need", shown(path)))
}

pub(super) fn absolute(path: &Path) -> Result<String, String> {
    let path = std::path::absolute(path).map_err(|error| format!("`{}`: {error}", shown(path)))?;
    text(&path)
}

/// Words as a line of the shell of the system.
///
/// # Errors
/// A message for people: a word cannot be written so.
pub(super) fn line(words: &[String]) -> Result<String, String> {
    let quoted: Result<Vec<String>, String> = words.iter().map(|word| quoted(word)).collect();
    Ok(quoted?.join(" "))
}

fn quoted(word: &str) -> Result<String, String> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./:=@,+".contains(char);
    if word.contains(['\n', '\r', '\0']) {
        return Err("a line end in an option or path cannot be written into the settings of a client".to_owned());
    }
    if !word.is_empty() && word.chars().all(|char| is_plain(char) || cfg!(windows) && char == '\\') {
        return Ok(word.to_owned());
    }
    if !cfg!(windows) {
        return Ok(format!("'{}'", word.replace('\'', "'\\''")));
    }
    // `%` stands for variables there, also within quotes.
    match word.contains(['"', '%']) {
        true => Err("`\"` and `%` in an option or path cannot be written into a command on this system".to_owned()),
        false => Ok(format!("\"{word}\"")),
    }
}

/// The words of a line of a shell, as far as it has nothing but words and quotes.
fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' if !cfg!(windows) => word.push(chars.next()?),
                        '$' | '`' => return None,
                        other => word.push(other),
                    }
                }
            }
            '\\' if !cfg!(windows) => word.get_or_insert_default().push(chars.next()?),
            '|' | '&' | ';' | '<' | '>' | '$' | '`' | '(' | ')' | '\n' => return None,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// A hook that a command starts.
pub(super) struct Started {
    /// The program.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: HookArgs,
}

/// Which hook a line of a shell starts, if it starts one.
pub(super) fn started(line: &str) -> Option<Started> {
    of_words(&split(line)?)
}

/// Which hook words start, if they start one.
pub(super) fn of_words(words: &[String]) -> Option<Started> {
    let program = PathBuf::from(words.first()?);
    if words.get(1).map(String::as_str) != Some("hook") {
        return None;
    }
    match Arguments::try_parse_from(words).ok()?.command {
        Command::Hook(arguments) if arguments.client.is_some() => Some(Started { program, arguments }),
        _ => None,
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]
mod tests {
    use super::*;

    fn parsed(words: &[String]) -> HookArgs {
        of_words(words).unwrap().arguments
    }

    #[test]
    fn a_line_starts_what_its_words_say() {
        for word in
            ["plain", "with space", "it's", "\"$HOME\" `x`", "a;b|c", "", "\\", "*", "é", "{\"team\": \"shop\"}"]
        {
            let words = vec!["/usr/bin/policyc".to_owned(), word.to_owned()];
            let written = line(&words).unwrap();
            assert_eq!(split(&written), Some(words.clone()), "{written}");
            let shell =
                std::process::Command::new("sh").arg("-c").arg(format!("printf '%s\\n' {written}")).output().unwrap();
            assert_eq!(String::from_utf8(shell.stdout).unwrap(), format!("/usr/bin/policyc\n{word}\n"));
        }
    }

    #[test]
    fn every_option_is_passed_on() {
        let given = [
            "policyc",
            "hook",
            "--client",
            "codex",
            "/p/a b.pol",
            "/p/c.pol",
            "--catalogue=s=/p/s.json",
            "--policy=main",
            "--grant=me",
            "--caller={\"team\": \"shop\"}",
            "--counter-namespace=shop",
            "--server=s=t",
            "--counters=redis://counts@example.com:6379/0",
            "--counters-password-file=/p/password",
            "--log=/l.jsonl",
            "--cache=/k",
            "--counters-sync=normal",
            "--undisclosed=pay_*",
            "--mask=args.card",
            "--on-store-failure=allow",
            "--locked",
            "--observe",
            "--log-arguments",
        ]
        .map(str::to_owned);
        let arguments = parsed(&given);
        let written = words(Path::new("policyc"), "codex", &arguments).unwrap();
        assert_eq!(written, given);
        assert_eq!(format!("{:?}", parsed(&written)), format!("{arguments:?}"));
        for address in ["redis://:secret@example.com", "redis://:sec/ret@example.com", "redis+unix:///s?pass=secret"] {
            let counters = format!("--counters={address}");
            let given = ["policyc", "hook", "--client=codex", "/p/c.pol", &counters].map(str::to_owned);
            let refused = words(Path::new("policyc"), "codex", &parsed(&given)).unwrap_err();
            assert!(refused.contains("`--counters-password-file`") && !refused.contains("ret"), "{refused}");
        }
    }
}

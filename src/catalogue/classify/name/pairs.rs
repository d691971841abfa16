//! What a verb and its object say together where neither says it alone: `start_agent`, `update_script`, `run_cleanup`.

use super::super::evidence::{Found, Source, Weight};
use super::super::nouns::Noun;
use super::super::{Class, quote};
use super::clause::Clause;

/// Verbs that set an agent to work.
const SETS_TO_WORK: [&str; 7] = ["continue", "delegate", "launch", "restart", "resume", "start", "wake"];
/// Verbs that put something where it is run later.
const PUTS: [&str; 18] = [
    "add", "create", "edit", "import", "inject", "insert", "manage", "modify", "patch", "publish", "push", "put",
    "register", "replace", "save", "update", "upload", "write",
];
impl Clause {
    /// Adds what its verb and object together say.
    pub(super) fn pairs(&self, found: &mut Found) {
        let (verb, object) = (self.verb_text(), self.object());
        let mut saw = |class, weight, other: &str| {
            found.class(Source::Name, class, weight, || format!("its name has {} and {}", quote(verb), quote(other)));
        };
        let of = |noun: Noun| object.iter().find(|word| noun.has(word)).map(String::as_str);
        // What an agent does is decided by the text that it is given, as with a program.
        if let Some(agent) = of(Noun::Agent).filter(|_| SETS_TO_WORK.contains(&verb)) {
            saw(Class::Execute, Weight::Strong, agent);
        }
        let work = matches!(self.thing(), "task" | "tasks" | "work" | "objective" | "goal");
        if verb == "delegate" && work {
            saw(Class::Execute, Weight::Fair, self.thing());
        }
        // A new version of a chart or a plugin brings code that is run at once.
        if let Some(program) = of(Noun::Program).filter(|_| verb == "upgrade") {
            saw(Class::Execute, Weight::Strong, program);
        }
        if PUTS.contains(&verb) && self.is_code() {
            saw(Class::Execute, Weight::Strong, self.thing());
        }
    }

    /// Whether it is about code that is kept to be run: `script`, `worker_code`.
    fn is_code(&self) -> bool {
        let is_text = matches!(self.thing(), "code" | "content" | "contents" | "source" | "body" | "file" | "files");
        let holds = |word: &String| Noun::KeepsCode.has(word);
        let program = matches!(self.thing(), "script" | "scripts" | "macro" | "macros" | "userscript" | "crontab");
        program || is_text && self.object().iter().any(holds)
    }
}

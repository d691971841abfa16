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
/// Verbs by which a piece of work is done.
const DOES: [&str; 8] = ["complete", "execute", "kick", "run", "schedule", "start", "trigger", "launch"];
/// Verbs after which a migration is in force.
const MIGRATES: [&str; 7] = ["apply", "commit", "complete", "execute", "finalize", "finish", "run"];
/// Verbs by which a number is had that has to be paid for.
const OBTAINS: [&str; 8] = ["acquire", "add", "allocate", "claim", "create", "provision", "register", "reserve"];
/// What is evaluated as code; anything else is only judged.
const CODE: [&str; 19] = [
    "browser",
    "cell",
    "code",
    "condition",
    "console",
    "element",
    "expr",
    "expression",
    "expressions",
    "formula",
    "frame",
    "function",
    "javascript",
    "js",
    "page",
    "query",
    "script",
    "snippet",
    "statement",
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
        if let Some(removal) = of(Noun::Removal).filter(|_| DOES.contains(&verb)) {
            saw(Class::Destructive, Weight::Fair, removal);
        }
        // A migration may drop what it changes, and so does what points elsewhere than to the present data.
        let migrates = MIGRATES.contains(&verb) && matches!(self.thing(), "migration" | "migrations");
        let points = matches!(verb, "change" | "move" | "set" | "update") && self.is_pointer();
        if migrates || points {
            saw(Class::Destructive, Weight::Fair, self.thing());
        }
        // Moved or renamed, it may take the place of something, and nobody finds it any more where it was.
        let moves = matches!(verb, "move" | "rename" | "write") && Noun::Place.has(self.thing());
        let changes_many =
            verb == "update" && object.iter().any(|word| matches!(word.as_str(), "all" | "bulk" | "many"));
        let moves_whole =
            verb == "transfer" && of(Noun::Place).is_some_and(|place| object.first().is_some_and(|word| word == place));
        if moves || changes_many || moves_whole {
            saw(Class::Destructive, Weight::Weak, self.thing());
        }
        if OBTAINS.contains(&verb) && self.is_paid_number() || verb == "register" && self.thing() == "domain" {
            saw(Class::Financial, Weight::Fair, self.thing());
        }
        if let Some(claim) = of(Noun::Claim).filter(|_| !Noun::AboutMoney.has(self.thing())) {
            saw(Class::Financial, Weight::Weak, claim);
        }
        if PUTS.contains(&verb) && self.is_code() {
            saw(Class::Execute, Weight::Strong, self.thing());
        }
    }

    /// Whether it is about what says where the present data is: `metadata_location`, `ref`.
    fn is_pointer(&self) -> bool {
        let located =
            self.object().windows(2).any(|pair| matches!(pair, [of, at] if of == "metadata" && at == "location"));
        located || matches!(self.thing(), "ref" | "refs" | "pointer")
    }

    /// Whether it is about a phone number of a provider, and not about one in a list of contacts.
    fn is_paid_number(&self) -> bool {
        let words = self.object();
        let Some(at) = words
            .windows(2)
            .position(|pair| matches!(pair, [phone, number] if phone == "phone" && number.starts_with("number")))
        else {
            return false;
        };
        let of_provider =
            |word: &String| matches!(word.as_str(), "incoming" | "inbound" | "virtual" | "outbound" | "provisioned");
        let kind = |word: &String| matches!(word.as_str(), "free" | "local" | "mobile" | "national" | "toll");
        let rest = words.get(at + 2..).unwrap_or_default();
        rest.iter().all(kind) && (!rest.is_empty() || words.iter().take(at).any(of_provider))
    }

    /// Whether something is evaluated that is no code: a proposal, a note, a model.
    pub(super) fn judges(&self) -> bool {
        let code = |word: &String| Noun::Interpreter.has(word) || CODE.contains(&word.as_str());
        let object = self.words.iter().skip_while(|word| *word != "evaluate").skip(1);
        self.verb_text() == "evaluate" && object.clone().next().is_some() && !object.clone().any(code)
    }

    /// Whether a quantity is converted, which makes nothing but the answer.
    pub(super) fn converts_quantity(&self) -> bool {
        let quantity = [
            "color",
            "coordinates",
            "currency",
            "date",
            "measurement",
            "number",
            "temperature",
            "time",
            "timestamp",
            "timezone",
            "unit",
            "units",
        ];
        self.verb_text() == "convert" && quantity.contains(&self.thing())
    }

    /// Whether it only lets a connection or a session of the caller go, or moves in the window that the caller sees.
    pub(super) fn is_local(&self) -> bool {
        let own =
            |word: &str| matches!(word, "browser" | "connection" | "page" | "session" | "tab" | "tabs" | "window");
        let lets_go =
            matches!(self.verb_text(), "close" | "disconnect") && (self.object().is_empty() || own(self.thing()));
        let first = self.words.first().map_or("", String::as_str);
        let kept = |word: &String| {
            matches!(
                word.as_str(),
                "bookmark" | "bookmarks" | "cache" | "data" | "download" | "downloads" | "history" | "profile"
            )
        };
        lets_go || matches!(first, "browser" | "cursor" | "keyboard" | "mouse") && !self.words.iter().any(kept)
    }

    /// Whether it is about code that is kept to be run: `script`, `worker_code`.
    fn is_code(&self) -> bool {
        let is_text = matches!(self.thing(), "code" | "content" | "contents" | "source" | "body" | "file" | "files");
        let holds = |word: &String| Noun::KeepsCode.has(word);
        let program = matches!(self.thing(), "script" | "scripts" | "macro" | "macros" | "userscript" | "crontab");
        program || is_text && self.object().iter().any(holds)
    }
}

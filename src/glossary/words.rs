//! What the words and operators of the language mean.

use super::{Within, Word};
use crate::syntax::token::TokenKind as T;

const fn word(kind: T, text: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word { kind: Some(kind), within: Within::Any, text, meaning, example }
}

const fn asserted(kind: T, text: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word { kind: Some(kind), within: Within::Assertion, text, meaning, example }
}

const fn tested(kind: T, text: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word { kind: Some(kind), within: Within::Test, text, meaning, example }
}

/// `not in`, which is one operator of two words.
pub const NOT_IN: Word = word(
    T::In,
    "not in",
    "The value has the type of a listed one and equals none of them. False for a missing value.",
    r#"deny deploy when args.branch not in ["main", "release"];"#,
);

/// What can stand at the end of an assertion.
pub const VALID: Word = asserted(
    T::For,
    "for valid calls",
    "Narrows the claim to calls that satisfy the inputSchema of their tool.",
    "assert deny send_mail when length(args.to) > 50 for valid calls;",
);

/// Who must approve.
pub const BY: Word = word(
    T::Approval,
    "by",
    "Names who must approve. Every rule that holds a call must be satisfied, each by whom it names.",
    r#"require approval by "finance" for refund_order when args.amount > 50;"#,
);

/// What can be said of a call in a test.
pub const APPROVED: Word = tested(
    T::Approval,
    "approved",
    "A person has said yes to the call: rules that ask for approval hold it no longer, all others still count.",
    r#"test "refunds" { call refund_order {"id": 1} approved -> allow; }"#,
);

/// The words and operators.
pub(super) const WORDS: &[Word] = &[
    // Declarations.
    word(
        T::Server,
        "server",
        "Declares a server and its catalogue, the file with what it answers to `tools/list`. The path is relative to this file.",
        r#"server shop from "catalogues/shop.json";"#,
    ),
    word(T::From, "from", "Stands before the path of a catalogue.", r#"server shop from "catalogues/shop.json";"#),
    tested(
        T::From,
        "from",
        "The claims of the caller as a JSON object: what `caller.…` reads in this call.",
        r#"test "finance refunds" { call refund {"id": 1} from {"role": "finance"} -> allow; }"#,
    ),
    word(
        T::Import,
        "import",
        "Makes the top-level statements of another file part of this one: rules, groups, lets, servers and assertions, not tests.",
        r#"import "baseline.pol";"#,
    ),
    word(
        T::Let,
        "let",
        "Names a literal or a list of literals, to be used in conditions.",
        r#"let currencies = ["EUR", "USD"];"#,
    ),
    word(
        T::Group,
        "group",
        "Names a set of tools, which is then written `@name`. It cannot hold `*` or `server::*`.",
        "group messaging = send_mail, reply_*;",
    ),
    word(
        T::Policy,
        "policy",
        "One of several policies in this file, with an artefact of its own. Rules outside of the blocks belong to every block.",
        "policy support { deny *; allow get_order; }",
    ),
    // Rules.
    word(
        T::Allow,
        "allow",
        "Opens tools: a call passes if the condition of at least one `allow` holds, unless another rule denies, limits or holds it. \
         `allow *;` is the default instead: what no rule speaks of passes.",
        "allow get_order when args.order_id < 1_000;",
    ),
    asserted(
        T::Allow,
        "assert allow",
        "Claims that no such call is ever denied or held for approval, limits aside.",
        "assert allow get_comments;",
    ),
    tested(T::Allow, "allow", "The call must pass.", r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#),
    word(
        T::Deny,
        "deny",
        "Denies the calls for which its condition holds, whatever other rules say. `deny *;` without a condition is the default \
         instead: what no rule opens is denied.",
        r#"deny create_charge when args.amount > 500 because "Too much.";"#,
    ),
    asserted(
        T::Deny,
        "assert deny",
        "Claims that every such call is denied, whatever its arguments. Being held for approval is not a denial.",
        "assert deny @destructive;",
    ),
    tested(
        T::Deny,
        "deny",
        "The call must be denied. A text after it must occur in the reason, the rule or the counter name of a rule that denies.",
        r#"test "no deletions" { call delete_customer -> deny "hidden"; }"#,
    ),
    word(T::Hide, "hide", "Denies every call and takes the tools out of the list that clients see.", "hide delete_*;"),
    word(
        T::Limit,
        "limit",
        "Bounds how many calls pass in a window of time or, with `of`, what an argument adds up to. Each tool has its own counter \
         unless `total` is written, and only calls that end allowed count.",
        "limit send_mail 30/min per grant;",
    ),
    asserted(
        T::Limit,
        "assert limit",
        "Claims that every allowed call falls under a limit that lets at most so many through in an aligned window.",
        "assert limit @write 60/min;",
    ),
    word(
        T::Total,
        "total",
        "One counter over all selected tools instead of one for each. It needs a name (`as`), except for a count over `*`.",
        r#"limit total @write 100/hour as "writes";"#,
    ),
    word(
        T::Of,
        "of",
        "Sums a numeric argument instead of counting calls. A call in which it is missing, not a number or negative is denied.",
        "limit create_charge 1_000_000/day of args.amount;",
    ),
    word(
        T::Per,
        "per",
        "Who shares a count: `grant` (each token has its own; the default), `server` (one for all) or `caller.<claim>` (one for each \
         value of the claim).",
        "limit send_mail 30/min per caller.team;",
    ),
    word(
        T::Require,
        "require",
        "Denies the calls for which the condition does not hold. `require approval for` instead holds calls until someone approves \
         them.",
        "require args.amount <= 500 for refund_order;",
    ),
    word(
        T::Approval,
        "require approval",
        "Calls for which the condition holds wait until someone approves them.",
        "require approval for refund_order when args.amount > 50;",
    ),
    asserted(
        T::Approval,
        "assert approval",
        "Claims that no such call is ever allowed without approval.",
        "assert approval for @financial;",
    ),
    tested(
        T::Approval,
        "approval",
        "The call must be held for approval.",
        r#"test "refunds" { call refund_order -> approval; }"#,
    ),
    word(
        T::For,
        "for",
        "Stands before the tools that a requirement is about.",
        "require has args.note for cancel_order;",
    ),
    asserted(T::For, "for", "Stands before the tools that the claim is about.", "assert approval for @financial;"),
    // Clauses.
    word(
        T::When,
        "when",
        "The statement is about the calls for which the condition holds. A test of a missing value is false.",
        "deny send_mail when length(args.to) > 5;",
    ),
    word(
        T::Unless,
        "unless",
        "The same as `when not (…)`: the statement is about the calls for which the condition does not hold, those in which a value is \
         missing included.",
        r#"deny send_mail unless every args.to like "*@example.org";"#,
    ),
    word(
        T::Because,
        "because",
        "The reason that the caller reads.",
        r#"deny delete_customer because "Ask the data team.";"#,
    ),
    word(T::Except, "except", "Takes tools out of the selection in front of it.", "allow @read except get_comments;"),
    word(T::As, "as", "Names the counter of a limit.", r#"limit total @write 100/hour as "writes";"#),
    tested(
        T::As,
        "as",
        "The grant under which the call comes: another grant has other counts.",
        r#"test "two grants" { call send_mail as "other" -> allow; }"#,
    ),
    // Conditions.
    word(
        T::And,
        "and",
        "Both hold. Binds closer than `or`, less close than `not`.",
        r#"deny deploy when args.force == true and args.env == "prod";"#,
    ),
    word(
        T::Or,
        "or",
        "At least one holds. Binds less close than `and`.",
        r#"deny deploy when args.force == true or args.env == "prod";"#,
    ),
    word(
        T::Not,
        "not",
        "The opposite. A test of a missing value is false, so that its opposite is true.",
        r#"deny deploy when not (args.branch like "release/*");"#,
    ),
    word(T::Has, "has", "The value is present and not null.", "require has args.note for cancel_order;"),
    word(
        T::In,
        "in",
        "The value equals one of the list. False for a missing value.",
        r#"allow create_charge when args.currency in ["EUR", "USD"];"#,
    ),
    word(
        T::Contains,
        "contains",
        "A string has this part, or an array this element.",
        r#"deny send_mail when args.to contains "all@example.org";"#,
    ),
    word(
        T::Like,
        "like",
        "The whole string looks like this, or like one of a list, where `*` is any run of characters, `\\*` a star and `\\\\` a backslash (written `\\\\*` \
         and `\\\\\\\\` in a string).",
        r#"allow push when args.branch like "feat/*";"#,
    ),
    word(
        T::Matches,
        "matches",
        "The whole string matches the regular expression, or one of a list, in RE2 syntax: no anchors are needed, and there is no look-around.",
        r#"require args.sku matches "[A-Z]{3}-[0-9]{4}" for reserve;"#,
    ),
    word(
        T::Every,
        "every",
        "The value is an array all of whose elements pass the test; an empty one passes. `[*]` in a path is each element of the array there: \
         `every args.to[*].email like \"*@example.org\"` is false if an element has no `email`.",
        r#"require every args.to like "*@example.org" for send_mail;"#,
    ),
    word(
        T::Some,
        "some",
        "The value is an array at least one of whose elements passes the test. `[*]` in a path is each element of the array there.",
        r#"deny send_mail when some args.to == "all@example.org";"#,
    ),
    word(
        T::Length,
        "length",
        "The number of elements of an array, or of characters (Unicode scalar values) of a string.",
        "deny send_mail when length(args.to) > 5;",
    ),
    word(T::True, "true", "The JSON value `true`; nothing else equals it.", "deny deploy when args.force == true;"),
    word(
        T::False,
        "false",
        "The JSON value `false`; nothing else equals it.",
        "deny deploy when args.dry_run == false;",
    ),
    word(
        T::Null,
        "null",
        "The JSON value `null`. `== null` is true for null only, not for a missing value; `!= null` means `has`.",
        "deny refund_order when args.amount == null;",
    ),
    word(
        T::Reserved,
        "after before within during until",
        "Kept for conditions about the order of calls. A tool of that name is written as a string.",
        r#"deny "after", "before", "within", "during", "until";"#,
    ),
    // Assertions and tests.
    word(
        T::Assert,
        "assert",
        "Claims something of the policy that `policyc check` proves for all calls; where it is false, a call shows it.",
        "assert deny create_charge when args.amount > 100_000;",
    ),
    word(
        T::Test,
        "test",
        "Calls in order and what must come of each. It starts at the boundary of a window of every unit.",
        r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#,
    ),
    word(
        T::Call,
        "call",
        "Decides a call in a test. Arguments left out are `{}`.",
        r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#,
    ),
    word(
        T::Times,
        "times",
        "Makes the call so many times; each must have the outcome.",
        r#"test "thirty pass" { call send_mail times 30 -> allow; call send_mail -> deny; }"#,
    ),
    word(
        T::Wait,
        "wait",
        "Lets time pass, so that counts begin again.",
        r#"test "a new minute" { call send_mail -> deny; wait 1min; call send_mail -> allow; }"#,
    ),
    // Operators.
    word(
        T::EqualEqual,
        "==",
        "Equal: numbers by value and exactly, strings character by character. False for a missing value and for one of another type.",
        r#"deny deploy when args.env == "prod";"#,
    ),
    word(
        T::NotEqual,
        "!=",
        "Of the same type and not equal. **False for a missing value**: `not (… == …)` is true for one.",
        r#"deny deploy when args.env != "test";"#,
    ),
    word(
        T::Less,
        "<",
        "A number below this one. False for anything but a number.",
        "allow create_charge when args.amount < 500;",
    ),
    word(
        T::LessEqual,
        "<=",
        "A number of at most this one. False for anything but a number.",
        "allow create_charge when args.amount <= 500;",
    ),
    word(
        T::Greater,
        ">",
        "A number above this one. False for anything but a number.",
        "deny create_charge when args.amount > 500;",
    ),
    word(
        T::GreaterEqual,
        ">=",
        "A number of at least this one. False for anything but a number.",
        "deny create_charge when args.amount >= 500;",
    ),
    word(
        T::Equal,
        "=",
        "Gives a `let` its value, and a group its tools. Values are compared with `==`.",
        "let most = 50_000;",
    ),
    word(T::Star, "*", "Every tool, those that the catalogue lacks too.", "deny *;"),
    word(T::ColonColon, "::", "The tools of one server only.", "allow shop::get_order;"),
    word(
        T::Slash,
        "/",
        "So many in each window of time: `s`, `min`, `hour`, `day`, or several as in `5min`.",
        "limit send_mail 30/min;",
    ),
    tested(
        T::Arrow,
        "->",
        "What must come of the call: `allow`, `deny`, `deny \"text\"` or `approval`.",
        r#"test "reading" { call get_order -> allow; }"#,
    ),
    word(
        T::Arrow,
        "->",
        "Stands in a test before what must come of a call.",
        r#"test "reading" { call get_order -> allow; }"#,
    ),
];

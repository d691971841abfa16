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
    "The value has the type of a listed value and equals none of them. False for a missing value.",
    r#"deny deploy when args.branch not in ["main", "release"];"#,
);

/// What can stand at the end of an assertion.
pub const VALID: Word = asserted(
    T::For,
    "for valid calls",
    "Narrows the assertion to calls that satisfy the inputSchema of their tool.",
    "assert deny send_mail when length(args.to) > 50 for valid calls;",
);

/// Who must approve.
pub const BY: Word = word(
    T::Approval,
    "by",
    "Says who must approve the call. If several rules hold a call, it needs the approval that each of them asks for.",
    r#"require approval by "finance" for refund_order when args.amount > 50;"#,
);

/// What a test can say about a call.
pub const APPROVED: Word = tested(
    T::Approval,
    "approved",
    "A person has approved the call: rules that ask for approval no longer hold it, all others still apply.",
    r#"test "refunds" { call refund_order {"id": 1} approved -> allow; }"#,
);

/// The words and operators.
pub(super) const WORDS: &[Word] = &[
    // Declarations.
    word(
        T::Server,
        "server",
        "Declares a server and its catalogue, a file with its answer to `tools/list`. The path is relative to this file.",
        r#"server shop from "catalogues/shop.json";"#,
    ),
    word(T::From, "from", "Introduces the path of a catalogue.", r#"server shop from "catalogues/shop.json";"#),
    tested(
        T::From,
        "from",
        "The claims of the caller as a JSON object, which `caller.…` reads in this call.",
        r#"test "finance refunds" { call refund {"id": 1} from {"role": "finance"} -> allow; }"#,
    ),
    word(
        T::Import,
        "import",
        "Makes the top-level statements of another file part of this one: rules, groups, lets, servers and assertions, but not tests.",
        r#"import "baseline.pol";"#,
    ),
    word(
        T::Let,
        "let",
        "Names a literal or a list of literals, for use in conditions.",
        r#"let currencies = ["EUR", "USD"];"#,
    ),
    word(
        T::Group,
        "group",
        "Names a set of tools, which is then written `@name`. It cannot contain `*` or `server::*`.",
        "group messaging = send_mail, reply_*;",
    ),
    word(
        T::Policy,
        "policy",
        "One of several policies in this file, compiled to its own document. Rules outside the blocks belong to every block.",
        "policy support { deny *; allow get_order; }",
    ),
    // Rules.
    word(
        T::Allow,
        "allow",
        "Opens tools: a call passes if the condition of at least one `allow` is true, unless another rule denies, limits or holds it. \
         `allow *;` without a condition is the default: calls of tools that no rule selects pass.",
        "allow get_order when args.order_id < 1_000;",
    ),
    asserted(
        T::Allow,
        "assert allow",
        "Demands that no such call is ever denied or held for approval, limits aside.",
        "assert allow get_comments;",
    ),
    tested(T::Allow, "allow", "The call must pass.", r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#),
    word(
        T::Deny,
        "deny",
        "Denies the calls for which its condition is true, whatever other rules say. `deny *;` without a condition is the default: \
         calls of tools that no rule opens are denied.",
        r#"deny create_charge when args.amount > 500 because "Too much.";"#,
    ),
    asserted(
        T::Deny,
        "assert deny",
        "Demands that every such call is denied, whatever its arguments. A call that is held for approval is not denied.",
        "assert deny @destructive;",
    ),
    tested(
        T::Deny,
        "deny",
        "The call must be denied. A text after it must occur in the reason, the rule or the counter name of a rule that denies.",
        r#"test "no deletions" { call delete_customer -> deny "hidden"; }"#,
    ),
    word(T::Hide, "hide", "Denies every call, and removes the tools from the list that clients see.", "hide delete_*;"),
    word(
        T::Limit,
        "limit",
        "Bounds how many calls pass in a window of time or, with `of`, the sum of an argument. Each tool has its own counter \
         except with `total`, and only calls that are allowed in the end count.",
        "limit send_mail 30/min per grant;",
    ),
    asserted(
        T::Limit,
        "assert limit",
        "Demands that every allowed call is under a limit that lets at most this many calls through in an aligned window.",
        "assert limit @write 60/min;",
    ),
    word(
        T::Total,
        "total",
        "One counter for all selected tools instead of one for each. It needs a name (`as`), except for a count over `*`.",
        r#"limit total @write 100/hour as "writes";"#,
    ),
    word(
        T::Of,
        "of",
        "Sums a numeric argument instead of counting calls. A call in which the argument is missing, not a number or negative is denied.",
        "limit create_charge 1_000_000/day of args.amount;",
    ),
    word(
        T::Per,
        "per",
        "Says who shares a count: `grant` (each token has its own; the default), `server` (one for all) or `caller.<claim>` (one for \
         each value of the claim).",
        "limit send_mail 30/min per caller.team;",
    ),
    word(
        T::Require,
        "require",
        "Denies the calls for which the condition is not true. `require approval for` instead holds calls until someone approves \
         them.",
        "require args.amount <= 500 for refund_order;",
    ),
    word(
        T::Approval,
        "require approval",
        "Holds the calls for which the condition is true until someone approves them.",
        "require approval for refund_order when args.amount > 50;",
    ),
    asserted(
        T::Approval,
        "assert approval",
        "Demands that no such call is ever allowed without approval.",
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
        "Introduces the tools to which a requirement applies.",
        "require has args.note for cancel_order;",
    ),
    asserted(T::For, "for", "Introduces the tools that the assertion is about.", "assert approval for @financial;"),
    // Clauses.
    word(
        T::When,
        "when",
        "The statement applies to the calls for which the condition is true. A test of a missing value is false.",
        "deny send_mail when length(args.to) > 5;",
    ),
    word(
        T::Unless,
        "unless",
        "The same as `when not (…)`: the statement applies to the calls for which the condition is not true, including those in which \
         a value is missing.",
        r#"deny send_mail unless every args.to like "*@example.org";"#,
    ),
    word(
        T::Because,
        "because",
        "The reason that the caller reads.",
        r#"deny delete_customer because "Ask the data team.";"#,
    ),
    word(T::Except, "except", "Removes tools from the selection before it.", "allow @read except get_comments;"),
    word(T::As, "as", "Names the counter of a limit.", r#"limit total @write 100/hour as "writes";"#),
    tested(
        T::As,
        "as",
        "The grant under which the call is made: another grant has its own counts.",
        r#"test "two grants" { call send_mail as "other" -> allow; }"#,
    ),
    // Conditions.
    word(
        T::And,
        "and",
        "Both are true. Binds tighter than `or`, looser than `not`.",
        r#"deny deploy when args.force == true and args.env == "prod";"#,
    ),
    word(
        T::Or,
        "or",
        "At least one is true. Binds looser than `and`.",
        r#"deny deploy when args.force == true or args.env == "prod";"#,
    ),
    word(
        T::Not,
        "not",
        "The opposite. A test of a missing value is false, so its opposite is true.",
        r#"deny deploy when not (args.branch like "release/*");"#,
    ),
    word(T::Has, "has", "The value is present and not null.", "require has args.note for cancel_order;"),
    word(
        T::In,
        "in",
        "The value equals one in the list. False for a missing value.",
        r#"allow create_charge when args.currency in ["EUR", "USD"];"#,
    ),
    word(
        T::Contains,
        "contains",
        "A string contains this substring, or an array this element.",
        r#"deny send_mail when args.to contains "all@example.org";"#,
    ),
    word(
        T::Like,
        "like",
        "The whole string has this form, or one of a list of forms, in which `*` is any run of characters, `\\*` a star and `\\\\` a backslash (written \
         `\\\\*` and `\\\\\\\\` in a string).",
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
        "The value is an array all of whose elements pass the test; an empty one passes. `[*]` in a path stands for each element of the array at \
         that point: `every args.to[*].email like \"*@example.org\"` is false if an element has no `email`.",
        r#"require every args.to like "*@example.org" for send_mail;"#,
    ),
    word(
        T::Some,
        "some",
        "The value is an array at least one of whose elements passes the test. `[*]` in a path stands for each element of the array at that point.",
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
        "Reserved for conditions about the order of calls. Write a tool with such a name as a string.",
        r#"deny "after", "before", "within", "during", "until";"#,
    ),
    // Assertions and tests.
    word(
        T::Assert,
        "assert",
        "Demands something of the policy that `policyc check` proves for all calls; if it does not hold, a call shows why.",
        "assert deny create_charge when args.amount > 100_000;",
    ),
    word(
        T::Test,
        "test",
        "A sequence of calls with their expected outcomes. It starts at the boundary of a window of every unit.",
        r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#,
    ),
    word(
        T::Call,
        "call",
        "Makes a call in a test. Without arguments they are `{}`.",
        r#"test "reading" { call get_order {"order_id": 7} -> allow; }"#,
    ),
    word(
        T::Times,
        "times",
        "Makes the call this many times; each must have the expected outcome.",
        r#"test "thirty pass" { call send_mail times 30 -> allow; call send_mail -> deny; }"#,
    ),
    word(
        T::Wait,
        "wait",
        "Lets time pass, so that counts start from zero in a new window.",
        r#"test "a new minute" { call send_mail -> deny; wait 1min; call send_mail -> allow; }"#,
    ),
    // Operators.
    word(
        T::EqualEqual,
        "==",
        "Equal: numbers exactly and by value, strings character by character. False for a missing value and for one of another type.",
        r#"deny deploy when args.env == "prod";"#,
    ),
    word(
        T::NotEqual,
        "!=",
        "Of the same type and not equal. **False for a missing value**, for which `not (… == …)` is true.",
        r#"deny deploy when args.env != "test";"#,
    ),
    word(
        T::Less,
        "<",
        "A number less than this one. False for anything but a number.",
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
        "A number greater than this one. False for anything but a number.",
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
    word(T::Star, "*", "Every tool, including those that the catalogue lacks.", "deny *;"),
    word(T::ColonColon, "::", "The tools of one server only.", "allow shop::get_order;"),
    word(
        T::Slash,
        "/",
        "Separates a number from its window of time: `s`, `min`, `hour`, `day`, or several as in `5min`.",
        "limit send_mail 30/min;",
    ),
    tested(
        T::Arrow,
        "->",
        "The expected outcome of the call: `allow`, `deny`, `deny \"text\"` or `approval`.",
        r#"test "reading" { call get_order -> allow; }"#,
    ),
    word(
        T::Arrow,
        "->",
        "Introduces the expected outcome of a call in a test.",
        r#"test "reading" { call get_order -> allow; }"#,
    ),
];

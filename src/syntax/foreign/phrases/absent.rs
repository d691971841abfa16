//! Phrases for what the language lacks, with advice.

use super::conditions::ELEMENTS;
use super::{Phrase, advice};

/// How elements are tested.
pub(super) const SOME: &str =
    "write `some args.to == \"x\"`, or `every args.items[*].sku like \"A-*\"` for a member of each element";

const ARITHMETIC: &str = "the language has no arithmetic";
const TIME: &str = "no rule depends on the time of day or the date";

/// They are tried in this order, before all others.
pub(super) const PHRASES: &[Phrase] = &[
    advice(
        &[
            "time|now|hour|date|day|weekday|clock|datetime|today|timestamp|day_of_week|time_of_day|hour_of_day OP",
            "time|now|hour|date|day|weekday|clock|datetime|today|timestamp|day_of_week|time_of_day|hour_of_day in|between|not",
            "time.hour|time.minute|time.day|time.weekday|time.day_of_week|now.hour|now.weekday|date.hour|date.weekday|datetime.hour|\
             clock.hour|context.time|context.hour|context.now|context.timestamp|request.time|request.hour|input.time|env.time|\
             current.hour|system.time|request.timestamp|context.datetime OP",
            "time.hour|time.weekday|time.day_of_week|now.hour|now.weekday|date.weekday|clock.hour|context.time|context.hour|\
             request.time|current.hour in|between|not",
            "new date (",
            "date.now|datetime.now|datetime.utcnow|datetime.today|cron|strftime|dayofweek|hour_of|extract|date_part (",
            "now|today|current_time|current_timestamp|time.now_ns|time.now|time.clock|time.weekday|hour|clock|datetime (",
            "between|before|after|during|from NUM : NUM1",
            "^ EFFECT TOOLS during|between|before|after|until NUM",
            "during|outside|within business|office|working hours",
            "on|during weekends|weekdays|weekend",
        ],
        TIME,
        "have the gateway load another policy at that time, or ask for a person with `require approval for`",
    ),
    advice(
        &["PATH includes|include|contains any|one of? LIST", "PATH contains_any|containsany|includes_any LIST"],
        "`contains` takes one value",
        "for an array write `some {PATH} in {LIST}`, for a string one test for each value, joined with `or`",
    ),
    advice(
        &["PATH.some|any|every|all|filter|find|exists|count ( (? NAME )? =>"],
        ELEMENTS,
        "write `some {PATH}[*].MEMBER == \"x\"`, or `every {PATH}[*].MEMBER like \"a*\"`: one test of each element",
    ),
    advice(
        &["some NAME in PATH", "some NAME , NAME1 in PATH", "every NAME in PATH {"],
        ELEMENTS,
        "write `some {PATH} == \"x\"`, or `every {PATH} like \"a*\"`",
    ),
    advice(
        &["PATH TEXTOP STR or CLAIM >", "PATH ==|=|!= STR or CLAIM >"],
        "strings cannot be concatenated",
        "compare with a pattern: `{PATH} like \"/home/*\"`; two values of a call cannot be compared with each other",
    ),
    advice(
        &["PATH is? between STR", "between ( PATH , STR", "PATH between ( STR", "PATH not between STR"],
        "strings have no order, and dates are strings",
        "test how they begin: `{PATH} like \"2024-*\"`, or several such tests joined with `or`",
    ),
    advice(
        &["xor|nand|iff"],
        "conditions are joined with `and` and `or`",
        "write `(args.a == 1 and not args.b == 1) or (not args.a == 1 and args.b == 1)`",
    ),
    advice(
        &["elif|elsif", "else if COND", "^ if COND elif|elsif", "^ if COND else if"],
        "rules have no order and no branches",
        "each rule is a separate statement that ends with `;`: `deny TOOL when CONDITION;`",
    ),
    advice(
        &[
            "typeof|type PATH",
            "PATH :? type :|=? NAME",
            "PATH :? type :|=? STR",
            "isinstance|instanceof ( PATH ,",
            "PATH is not|a|an? string|integer|int|number|numeric|boolean|bool|array|list|object|text >",
            "type_name|typeof|type|is_string|is_number|is_array|is_object|is_boolean|isstring|isnumber|isarray ( PATH )",
        ],
        "a condition cannot test the type of a value",
        "remove it: a test of a value of another type is false",
    ),
    advice(
        &["DOTTED ?? VALUE", "coalesce|ifnull|nvl|default ( PATH ,"],
        "a missing value has no default",
        "a test of a missing value is false: `not has args.NAME or args.NAME < 5` lets it pass",
    ),
    advice(
        &[
            "hasrole|has_role|isinrole|is_in_role|inrole|isadmin|is_admin|haspermission|has_permission|hasscope|has_scope|hasgroup|in_group|ismemberof|is_member (",
            "user|principal|role|roles|actor|username|identity|caller|agent ==|=|!=|in|contains|is|like",
            "user|principal|caller|actor|agent is NAME",
        ],
        "the caller is known by claims",
        "write `caller.role == \"finance\"`, or `caller.groups contains \"finance\"`, with a claim that the gateway has; an argument is `args.role`",
    ),
    advice(
        &["PATH in NAME :: STR"],
        "the caller is known by claims",
        "write `caller.role == \"finance\"`, or `caller.groups contains \"finance\"`, with a claim that the gateway has",
    ),
    advice(
        &["PATH + STR", "STR + PATH", "concat|join|format|sprintf|str_concat (", "STR + STR1"],
        "strings cannot be concatenated",
        "compare with a pattern: `args.path like \"/home/*\"`; two values of a call cannot be compared with each other",
    ),
    advice(&["^ let NAME :? = NUM *|+|/|-|** NUM1"], ARITHMETIC, "write the result as a number: `let {NAME} = ...;`"),
    advice(
        &[
            "DOTTED +|%|/ VALUE",
            "DOTTED - NUM",
            "PATH multipleof|divisible by? NUM",
            "DOTTED - DOTTED1",
            "VALUE +|- DOTTED",
            "DOTTED * NUM",
            "NUM *|/ DOTTED",
            "< sum|avg|max|min|abs|round|floor|mod (",
        ],
        ARITHMETIC,
        "compare each value with a number; `limit TOOL 100/day of args.AMOUNT` bounds the sum over calls",
    ),
    advice(
        &[
            "when|unless|require COND ? VALUE",
            "if COND then DOTTED",
            "if COND then REST else",
            "COND else DOTTED",
            "case when|if",
        ],
        "the language has no conditional expressions",
        "write two rules, one with `when` and one with `unless`",
    ),
];

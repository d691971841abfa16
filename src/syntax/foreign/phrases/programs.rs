//! Phrases of programs, queries and schemas: functions, slices, constraints.

use super::conditions::{ELEMENTS, FUNCTION, LENGTH, LISTED, PRESENT, RANGE, REGEX};
use super::{Phrase, advice, hole, phrase};

const PLAIN: &str = "values are compared without type conversion";
const PART: &str = "the language cannot take substrings";
const CONSTRAINT: &str = "comparisons are written with symbols";
const QUOTES: &str = "a string is written in quotes";
const INNER: &str = "a `\"` in a string is written `\\\"`";
const OPERATOR: &str = "an operator has no character in front of it";
const PUT_IN: &str = "nothing is substituted in a string";
const OBJECT: &str = "a condition is not a JSON object";
const STARTS: &str = "a prefix is tested with `like` and `*`";
const ENDS: &str = "a suffix is tested with `like` and `*`";

/// They are tried in this order, before those of rules.
pub(super) const PHRASES: &[Phrase] = &[
    // Values with names.
    phrase(&["^ let NAME :? = REGEX ;"], "let {NAME} = {REGEX}", "a regular expression is written in quotes"),
    phrase(&["^ let NAME :? = BARE ;"], "let {NAME} = {BARE:string}", QUOTES),
    phrase(&["^ let NAME :? = LIT , VALUES ;"], "let {NAME} = [{LIT}, {VALUES}]", "a list is written in brackets"),
    hole(
        &["^ let NAME ;", "^ const|var NAME ;"],
        "a value is missing",
        "write `let {NAME} = 5;`, with the intended value",
    ),
    // Keys.
    phrase(
        &[
            "STR in args|arguments|params|input >",
            "hasattr|has_key|haskey|object.hasown ( args|arguments|params|input , STR )",
            "args.hasownproperty|args.has|args.containskey|args.has_key|input.has ( STR )",
        ],
        "has args.{STR:key}",
        PRESENT,
    ),
    phrase(&["STR not in args|arguments|params|input >"], "not has args.{STR:key}", PRESENT),
    phrase(
        &["object.get|getattr|_.get|dig ( args|arguments|params|input|input.args , STR , LIT ) OP LIT1"],
        "args.{STR:key} {OP} {LIT1}",
        "a missing value has no default: a test of it is false",
    ),
    phrase(&["< $ . DOTTED", "< . DOTTED"], "{DOTTED}", "a path begins with `args.` or `caller.`"),
    phrase(
        &["< . NAME", "< / args|arguments|params|input / NAME"],
        "args.{NAME}",
        "a path begins with `args.` or `caller.`",
    ),
    phrase(&["< ITEM OP VALUE"], "{ITEM:unsigned} {OP} {VALUE}", "a path has no character in front of it"),
    phrase(&["< ITEM TEXTOP VALUE"], "{ITEM:unsigned} {TEXTOP} {VALUE}", "a path has no character in front of it"),
    phrase(
        &["< args|arguments|params|input ->|::|/ NAME", "< $ args|arguments|params|input -> NAME"],
        "args.{NAME}",
        "the steps of a path are joined with `.`",
    ),
    phrase(&["< caller|user|principal ->|:: NAME"], "caller.{NAME}", "the steps of a path are joined with `.`"),
    phrase(&["< { { DOTTED } }"], "{DOTTED}", "a path is written without braces"),
    // Presence.
    phrase(
        &[
            "has|exists|defined ( PATH ) ==|=|=== false",
            "has|exists PATH ==|=|=== false",
            "PATH exists :|=|==? false",
            "PATH.nil|null ?",
        ],
        "not has {PATH}",
        PRESENT,
    ),
    phrase(
        &["has|exists|defined ( PATH ) ==|=|=== true", "has|exists PATH ==|=|=== true", "PATH exists :|=|==? true"],
        "has {PATH}",
        PRESENT,
    ),
    phrase(&["has STR"], "has args.{STR:key}", PRESENT),
    phrase(&["has PATH , PATH1 >"], "has {PATH} and has {PATH1}", PRESENT),
    // Elements.
    phrase(&["LIT ==|= any|some ( PATH )"], "some {PATH} == {LIT}", ELEMENTS),
    phrase(&["LIT ==|= all ( PATH )"], "every {PATH} == {LIT}", ELEMENTS),
    phrase(
        &["PATH.startswith|starts_with|hasprefix ( ( VALUES ) )", "PATH.startswith|starts_with ( VALUES )"],
        "{PATH} like {VALUES:prefixes}",
        "several prefixes are tested with `like` and a list",
    ),
    phrase(
        &["PATH.endswith|ends_with|hassuffix ( ( VALUES ) )", "PATH.endswith|ends_with ( VALUES )"],
        "{PATH} like {VALUES:suffixes}",
        "several suffixes are tested with `like` and a list",
    ),
    phrase(&["PATH.start_with|starts_with ? ( STR )"], "{PATH} like {STR:prefix}", STARTS),
    phrase(&["PATH.end_with|ends_with ? ( STR )"], "{PATH} like {STR:suffix}", ENDS),
    phrase(&["PATH.include|includes|contains ? ( VALUE )"], "{PATH} contains {VALUE}", "values have no methods"),
    advice(
        &["PATH.exists|all|map|filter|some|every|any ( NAME ,"],
        ELEMENTS,
        "write `some {PATH} == \"x\"`, or `every {PATH} like \"a*\"`",
    ),
    // Regular expressions.
    phrase(
        &["re.search|re.match|re.fullmatch|regex.test|regexp.test|preg_match ( r STR , PATH )"],
        "{PATH} matches {STR:search}",
        REGEX,
    ),
    phrase(
        &["PATH ~ * STR", "PATH ~* STR"],
        "{PATH} matches {STR:isearch}",
        "upper and lower case differ, except in `matches \"(?i)...\"`",
    ),
    phrase(
        &["PATH is? under|within|inside|beneath|below STR >"],
        "{PATH} like {STR:folder}",
        "paths below a folder are tested with `like` and `*`",
    ),
    phrase(&["PATH is? a? subset|subsetof|issubset of? LIST >"], "every {PATH} in {LIST}", ELEMENTS),
    phrase(&["PATH is? one|any of VALUES >"], "{PATH} in [{VALUES}]", LISTED),
    phrase(&["PATH in [ NUM ] >"], "{PATH} >= {NUM:from} and {PATH} <= {NUM:to}", RANGE),
    phrase(&["PATH not null|none|nil|empty|missing >"], "has {PATH}", PRESENT),
    phrase(&["^ require PATH , PATH1 for TOOLS"], "require has {PATH} and has {PATH1} for {TOOLS}", PRESENT),
    phrase(&["PATH is? not|no greater|more|larger|higher than NUM"], "{PATH} <= {NUM}", CONSTRAINT),
    phrase(&["PATH is? not|no less|fewer|smaller|lower than NUM"], "{PATH} >= {NUM}", CONSTRAINT),
    phrase(&["PATH must|should|shall be OP VALUE"], "{PATH} {OP} {VALUE}", CONSTRAINT),
    phrase(&["PATH must|should|shall be VALUE"], "{PATH} == {VALUE}", CONSTRAINT),
    advice(
        &["PATH in BARE", "^ EFFECT TOOLS from|to BARE"],
        "addresses are strings, and the language has no networks",
        "test how they begin: `caller.ip like \"10.*\"`; for several strings write `in [\"a\", \"b\"]`",
    ),
    // Parts of texts.
    phrase(
        &[
            "PATH [ 0 : NUM ] ==|=|=== STR",
            "PATH [ : NUM ] ==|=|=== STR",
            "PATH.substring|substr|slice ( 0 , NUM ) ==|=|=== STR",
            "left ( PATH , NUM ) ==|= STR",
            "substr|substring ( PATH , 0|1 , NUM ) ==|= STR",
        ],
        "{PATH} like {STR:prefix}",
        STARTS,
    ),
    phrase(&["right ( PATH , NUM ) ==|= STR", "PATH [ NUM : ] ==|=|=== STR"], "{PATH} like {STR:suffix}", ENDS),
    advice(
        &[
            "PATH [ NUM :",
            "PATH [ :",
            "substring|substr|left|right|split|replace|regexp_replace|trim_prefix (",
            "PATH.substring|substr|slice|split|replace|charat|split_part (",
        ],
        PART,
        "test the whole string: `args.path like \"/srv/*\"`, or `args.path matches \"...\"`",
    ),
    advice(
        &["PATH OP f|$ STR", "PATH TEXTOP f STR"],
        PUT_IN,
        "write the whole string; two values of a call cannot be compared with each other",
    ),
    phrase(&["PATH OP r|b|rb|u STR"], "{PATH} {OP} {STR:raw}", "a string is written in plain quotes"),
    advice(
        &["PATH OP ?", "PATH OP : NAME >", "PATH TEXTOP ?"],
        "a value is written in the policy itself",
        "write the value, or name it with `let most = 5;` and write the name",
    ),
    phrase(&["PATH OP + NUM"], "{PATH} {OP} {NUM}", "a number has no sign except `-`"),
    phrase(&["not not DOTTED >", "bool|boolean|tobool|to_bool ( DOTTED ) >"], "{DOTTED} == true", PLAIN),
    phrase(
        &[
            "cast ( PATH as NAME )",
            "int|float|str|string|number|parseint|parsefloat|tonumber|tostring|to_number|decimal ( PATH )",
            "PATH :: int|integer|text|numeric|bigint|float|varchar",
            "PATH.tostring|valueof|tonumber ( )",
        ],
        "{PATH}",
        PLAIN,
    ),
    phrase(&["when ( NAME ) => COND ;", "when NAME => COND ;"], "when {COND}", "a condition is not a function"),
    phrase(&["unless ( NAME ) => COND ;", "unless NAME => COND ;"], "unless {COND}", "a condition is not a function"),
    phrase(&["and ( COND , COND1 ) >"], "{COND:group} and {COND1:group}", "conditions are joined with `and`"),
    phrase(&["or ( COND , COND1 ) >"], "({COND:group} or {COND1:group})", "conditions are joined with `or`"),
    // Constraints.
    phrase(
        &["PATH :? minimum|min|gte :|=? NUM ,|and? maximum|max|lte :|=? NUM1"],
        "{PATH} >= {NUM} and {PATH} <= {NUM1}",
        RANGE,
    ),
    phrase(
        &["PATH :? minlength|min_length|minitems :|=? NUM ,|and? maxlength|max_length|maxitems :|=? NUM1"],
        "length({PATH}) >= {NUM} and length({PATH}) <= {NUM1}",
        RANGE,
    ),
    phrase(&["PATH :? minimum|min|gte|atleast :|=? NUM >"], "{PATH} >= {NUM}", CONSTRAINT),
    phrase(&["PATH :? maximum|max|lte|atmost :|=? NUM >"], "{PATH} <= {NUM}", CONSTRAINT),
    phrase(&["PATH :? minlength|min_length|minitems|min_items :|=? NUM >"], "length({PATH}) >= {NUM}", LENGTH),
    phrase(&["PATH :? maxlength|max_length|maxitems|max_items :|=? NUM >"], "length({PATH}) <= {NUM}", LENGTH),
    phrase(&["PATH :? pattern|regex|regexp :|=? STR >"], "{PATH} matches {STR:search}", REGEX),
    phrase(&["PATH :? enum|oneof|anyof|allowed :|=? LIST"], "{PATH} in {LIST}", LISTED),
    phrase(&["PATH :? const|equals|value :|=? LIT >"], "{PATH} == {LIT}", CONSTRAINT),
    phrase(&["PATH :? required|mandatory|nonnull|notnull >"], "has {PATH}", PRESENT),
    phrase(&["PATH : LIT or LIT1 or LIT2 >"], "{PATH} in [{LIT}, {LIT1}, {LIT2}]", LISTED),
    phrase(&["PATH : LIT or LIT1 >"], "{PATH} in [{LIT}, {LIT1}]", LISTED),
    phrase(&["PATH : LIST >"], "{PATH} in {LIST}", LISTED),
    phrase(&["PATH : LIT >"], "{PATH} == {LIT}", "a value is compared with `==`"),
    // Conditions of the policies of clouds.
    phrase(
        &["stringequals|stringequalsignorecase|numericequals|bool|arnequals|equals|match :|=? JSON >"],
        "{JSON:tests}",
        OBJECT,
    ),
    phrase(&["stringlike|arnlike|like :|=? JSON >"], "{JSON:likes}", OBJECT),
    // Operators of a command line.
    phrase(&["PATH -|-- TEXTOP VALUE"], "{PATH} {TEXTOP} {VALUE}", OPERATOR),
    phrase(&["PATH -|-- eq|ieq|ceq VALUE"], "{PATH} == {VALUE}", OPERATOR),
    phrase(&["PATH -|-- ne|ine|cne VALUE"], "{PATH} != {VALUE}", OPERATOR),
    phrase(&["PATH -|-- gt VALUE"], "{PATH} > {VALUE}", OPERATOR),
    phrase(&["PATH -|-- ge VALUE"], "{PATH} >= {VALUE}", OPERATOR),
    phrase(&["PATH -|-- lt VALUE"], "{PATH} < {VALUE}", OPERATOR),
    phrase(&["PATH -|-- le VALUE"], "{PATH} <= {VALUE}", OPERATOR),
    // Texts.
    phrase(&["because QUOTED ;"], "because {QUOTED:escaped}", INNER),
    phrase(&["OP QUOTED >"], "{OP} {QUOTED:escaped}", INNER),
    phrase(&["TEXTOP QUOTED >"], "{TEXTOP} {QUOTED:escaped}", INNER),
    phrase(&["PATH ==|=|=== BARE >"], "{PATH} == {BARE:string}", QUOTES),
    phrase(&["PATH !=|!==|<> BARE >"], "{PATH} != {BARE:string}", QUOTES),
    phrase(&["PATH like BARE >"], "{PATH} like {BARE:string}", QUOTES),
    advice(
        &["because <|<", "because or"],
        "a reason is one string on one line",
        "write `because \"...\"`, with `\\n` for a line end",
    ),
];

/// What is tried after all others.
pub(super) const LAST: &[Phrase] = &[
    advice(
        &[
            "ip|cidr|ipaddr|ipaddress|inet|net.cidr_contains|cidr_match|ip_in_range|cidrmatch|in_cidr (",
            "PATH.isinrange (",
        ],
        "addresses are strings, and the language has no networks",
        "test how they begin: `caller.ip like \"10.*\"`",
    ),
    advice(
        &["< NAME (", "< not NAME (", "< has ( NAME ("],
        FUNCTION,
        "write a test of one value: `args.x == 5`, `args.x < 5`, `args.x in [\"a\", \"b\"]`, `args.x contains \"a\"`, \
         `args.x like \"a*\"`, `args.x matches \"a.*\"`, `has args.x`, `length(args.x) > 5`",
    ),
];

//! Phrases of command lines, firewalls, servers, clouds and access lists.

use super::rules::{EXCEPT, FIRST_WORD, ORDER, RATE, REASON, SCOPE, SELECTION};
use super::{Phrase, advice, hole, phrase};

const CLAIMS: &str = "the caller is known by claims";
const CALLER: &str = "write `when caller.role == \"finance\"`, with a claim that the gateway has";
const ARGUMENT: &str = "a condition says which arguments are allowed";
const BOUND: &str = "`limit` bounds how often, `require` with which arguments";
const GROUP: &str = "a group or set is written as `@` and its name";

/// They are tried in this order, before those of rules.
pub(super) const PHRASES: &[Phrase] = &[
    // Who calls.
    phrase(
        &[
            "^ grant NAME on TOOLS to public|all|everyone|anyone ;",
            "^ grant TOOLS to public|all|everyone|anyone ;",
            "^ allow TOOLS from|to|for all|any|anyone|everyone|public|world ;",
        ],
        "allow {TOOLS}",
        "a rule applies to all callers unless it tests a claim",
    ),
    phrase(
        &[
            "^ revoke NAME on TOOLS from public|all|everyone|anyone ;",
            "^ revoke TOOLS from public|all|everyone|anyone ;",
            "^ deny TOOLS from|to|for all|any|anyone|everyone|public|world ;",
        ],
        "deny {TOOLS}",
        "a rule applies to all callers unless it tests a claim",
    ),
    phrase(
        &[
            "^ grant NAME on TOOLS to NAME1 ;",
            "^ grant TOOLS to NAME1 ;",
            "^ allow|permit NAME1 to use|call|run|execute|invoke|access TOOLS ;",
            "^ p , NAME1 , TOOLS , allow ;",
        ],
        "allow {TOOLS} when caller.sub == \"{NAME1}\"",
        CLAIMS,
    ),
    phrase(
        &[
            "^ revoke NAME on TOOLS from NAME1 ;",
            "^ revoke TOOLS from NAME1 ;",
            "^ deny|forbid NAME1 to use|call|run|execute|invoke|access TOOLS ;",
            "^ p , NAME1 , TOOLS , deny ;",
        ],
        "deny {TOOLS} when caller.sub == \"{NAME1}\"",
        CLAIMS,
    ),
    advice(
        &["^ EFFECT ( actor|principal|user|subject|caller|request|_ ,", "^ EFFECT TOOLS to|for|from|by STR"],
        CLAIMS,
        CALLER,
    ),
    // Which tools.
    phrase(&["^ EFFECT $|#|% NAME ;"], "{EFFECT} @{NAME}", GROUP),
    phrase(
        &[
            "^ EFFECT category|class|risk|set|group|tag|kind|scope|role :|=? NAME ;",
            "^ EFFECT NAME tools|calls|operations|actions|commands ;",
        ],
        "{EFFECT} @{NAME}",
        GROUP,
    ),
    phrase(
        &["^ EFFECT server|mcp|mcp_server :|=? NAME ;"],
        "{EFFECT} {NAME}::*",
        "the tools of a server are written `SERVER::*`",
    ),
    phrase(
        &["^ EFFECT & NAME TOOLS ;"],
        "{EFFECT} {TOOLS}",
        "there are no anchors: a list that is used twice is a `group`",
    ),
    advice(
        &["^ EFFECT TOOLS & TOOLS1", "^ EFFECT TOOLS intersect|intersection TOOLS1"],
        "the language has no intersection of selections",
        "list the tools, or exclude some with `except`: `allow @read except read_file;`",
    ),
    phrase(&["^ EFFECT TOOLS , not|-|! TOOLS1 ;"], "{EFFECT} {TOOLS} except {TOOLS1}", EXCEPT),
    phrase(
        &["^ EFFECT notaction|notactions|not_action|nottool|nottools :|=? TOOLS ;"],
        "{EFFECT} * except {TOOLS}",
        EXCEPT,
    ),
    phrase(
        &[
            "^ EFFECT startswith|starts_with|hasprefix|prefix ( STR ) ;",
            "^ EFFECT startswith|starts_with|prefix|prefixed STR ;",
            "^ EFFECT tools|tool|all|any|names? starting|beginning|prefixed|named with STR ;",
        ],
        "{EFFECT} {STR:glob}",
        "tools whose names begin alike are written as a glob",
    ),
    phrase(
        &[
            "^ EFFECT prefix|startswith|starts_with NAME ;",
            "^ EFFECT tools|tool|all|any|names? starting|beginning|prefixed with NAME ;",
            "^ EFFECT NAME % ;",
        ],
        "{EFFECT} {NAME:glob}",
        "tools whose names begin alike are written as a glob",
    ),
    phrase(&["^ EFFECT NAME { NAME1 , NAME2 } ;"], "{EFFECT} {NAME}{NAME1}, {NAME}{NAME2}", "names are written out"),
    phrase(
        &["^ EFFECT NAME { NAME1 , NAME2 , NAME3 } ;"],
        "{EFFECT} {NAME}{NAME1}, {NAME}{NAME2}, {NAME}{NAME3}",
        "names are written out",
    ),
    phrase(&["^ EFFECT NAME :|= [ TOOLS ] ;"], "{EFFECT} {TOOLS}", SELECTION),
    // With which arguments.
    phrase(&["^ EFFECT TOOLS ( NAME :|==|= STR )"], "{EFFECT} {TOOLS} when args.{NAME} like {STR:starred}", ARGUMENT),
    phrase(&["^ EFFECT TOOLS ( PATH :|==|= LIT )"], "{EFFECT} {TOOLS} when {PATH} == {LIT}", ARGUMENT),
    phrase(
        &["^ EFFECT TOOLS ( PATH :|==|= LIT , PATH1 :|==|= LIT1 )"],
        "{EFFECT} {TOOLS} when {PATH} == {LIT} and {PATH1} == {LIT1}",
        ARGUMENT,
    ),
    advice(
        &[
            "^ EFFECT NAME ( NAME1 :|/",
            "^ EFFECT NAME ( NAME1 NAME2",
            "^ EFFECT NAME ( /|.|~|*",
            "^ EFFECT NAME ( STR",
            "^ EFFECT NAME ( NAME1 ;",
        ],
        ARGUMENT,
        "write `{EFFECT} {NAME} when args.ARGUMENT like \"...*\"`, with the argument that it is about",
    ),
    phrase(
        &["^ max|maximum|cap DOTTED to|at|=|:|<=|is? NUM for|on|in TOOLS ;"],
        "require {DOTTED} <= {NUM} for {TOOLS}",
        BOUND,
    ),
    phrase(
        &["^ min|minimum DOTTED to|at|=|:|>=|is? NUM for|on|in TOOLS ;"],
        "require {DOTTED} >= {NUM} for {TOOLS}",
        BOUND,
    ),
    advice(
        &[
            "^ rewrite|redirect|transform|replace|mutate|modify|patch|inject|sanitize|sanitise|route|forward NAME",
            "^ set|mask|redact|override|strip|remove DOTTED",
        ],
        "a policy allows or denies a call, and changes nothing in it",
        "write what must be true of the call: `require args.NAME <= 100 for TOOLS;`",
    ),
    phrase(&["^ require role =|:|==|is? NAME for TOOLS"], "require caller.role == \"{NAME}\" for {TOOLS}", CLAIMS),
    // Options.
    phrase(
        &[
            "^ limit TOOLS --|- limit|rate|hashlimit|max RATE ;",
            "^ limit TOOLS --|- limit|rate|hashlimit|max RATE --|- REST",
        ],
        "limit {TOOLS} {RATE}",
        ORDER,
    ),
    advice(
        &["^ -|-- NAME", "^ EFFECT -|-- NAME"],
        "this is a command line, not a rule",
        "write `deny read_file;`, or `allow read_file when args.path like \"/srv/*\";`",
    ),
    advice(
        &["^ EFFECT TOOLS -|-- NAME"],
        "a rule has no options",
        "it may have `when CONDITION` and `because \"...\"`; exclude tools with `except`",
    ),
    advice(
        &[
            "^ EFFECT TOOLS timeout|ttl|retries|retry|max_retries|backoff|cache|cached|async|quick|once|permanently|expires",
            "^ limit TOOLS timeout|ttl|retries|retry|backoff|cache",
        ],
        "a rule has no timeouts, retries, caches or order",
        "leave it out; how often a tool may be called is `limit {TOOLS} 5/min`",
    ),
    advice(
        &[
            "^ EFFECT TOOLS with? log|logging|audit|auditing|alert|notify|report|monitor|track|dryrun|dry_run|dry-run|shadow|silently ;",
        ],
        "a policy decides calls, and neither logs nor reports them",
        "leave it out: `{EFFECT} {TOOLS}`; the gateway logs, and `policyc replay` tries a policy on its log",
    ),
    // Limits.
    phrase(
        &["^ limit TOOLS to? no|not more than NUM times|calls|requests? per|/|a|an|every|each|in UNIT ;"],
        "limit {TOOLS} {NUM}/{UNIT}",
        RATE,
    ),
    phrase(
        &[
            "^ limit TOOLS {? max|limit|count|calls|rate|requests :|= NUM ,|;? window|per|period|interval|duration :|= STR ,? }? ;",
        ],
        "limit {TOOLS} {NUM}/{STR:inside}",
        RATE,
    ),
    phrase(
        &[
            "^ limit TOOLS {? max|limit|count|calls|rate|requests :|= NUM ,|;? window|per|period|interval|duration :|= NUM1 UNIT ,? }? ;",
        ],
        "limit {TOOLS} {NUM}/{NUM1}{UNIT}",
        RATE,
    ),
    phrase(&["RATE group|partition|key|keyed|scope|bucket|bucketed by|:|=? DOTTED ;"], "{RATE} per {DOTTED}", SCOPE),
    phrase(&["RATE group|partition|key|keyed|scope|bucket|bucketed by|:|=? NAME ;"], "{RATE} per caller.{NAME}", SCOPE),
    advice(
        &["^ limit TOOLS amount|sum|total|value|spend|cost RATE"],
        "a sum is bounded with `of`",
        "write `limit {TOOLS} {RATE} of args.AMOUNT`, with the argument that is summed",
    ),
    advice(
        &["^ limit TOOLS NAME /|per UNIT"],
        "a number of calls is written in digits",
        "write `limit {TOOLS} 30/{UNIT}`: what `let` names stands in conditions only",
    ),
    phrase(&["NUM r|req|reqs|request|requests|calls|ops / UNIT"], "{NUM}/{UNIT}", RATE),
    phrase(
        &["^ limit TOOLS RATE with? burst|burst_size =|:|of? NUM nodelay|delay ;"],
        "limit {TOOLS} {RATE}",
        "a limit has no separate burst: its whole number can pass at once in a window",
    ),
    phrase(
        &[
            "^ limit TOOLS RATE rolling|sliding|fixed|tumbling|moving window? ;",
            "^ limit TOOLS rolling|sliding|fixed|tumbling|moving window? RATE ;",
        ],
        "limit {TOOLS} {RATE}",
        "windows are fixed, and begin with the hour, the minute and the like",
    ),
    phrase(
        &["^ limit TOOLS NUM / rolling|sliding|fixed|tumbling|moving UNIT ;"],
        "limit {TOOLS} {NUM}/{UNIT}",
        "windows are fixed, and begin with the hour, the minute and the like",
    ),
    phrase(
        &["^ limit TOOLS sum|total ( PATH ) <=|<|:|to|at|max? RATE ;"],
        "limit {TOOLS} {RATE} of {PATH}",
        "a sum is bounded with `of`",
    ),
    hole(
        &["^ limit TOOLS NUM of DOTTED"],
        "a limit has a window of time",
        "write in which time the sum may be so much: `limit {TOOLS} {NUM}/day of {DOTTED}`",
    ),
    advice(
        &["^ limit NUM ;"],
        "a limit names its tools, then how many calls pass in which time",
        "write `limit TOOL {NUM}/min;`, or `limit total * {NUM}/min;` for all tools together",
    ),
    phrase(
        &["^ limit TOOLS cooldown|interval|delay|pause|spacing|wait|debounce of|:|=? NUM UNIT ;"],
        "limit {TOOLS} 1/{NUM}{UNIT}",
        "a pause between calls is a limit of one call",
    ),
    advice(
        &[
            "^ limit TOOLS to|:|=? concurrency|concurrent|parallel|max_concurrent|simultaneous|in_flight",
            "^ limit TOOLS to? NUM concurrent|parallel|simultaneous|inflight|in_flight|at",
        ],
        "a limit does not count concurrent calls",
        "write how many are made in which time: `limit {TOOLS} 5/min`",
    ),
    advice(
        &["^ limit TOOLS to|at|:? NUM %"],
        "a limit is a number of calls, not a share of them",
        "write `limit {TOOLS} 30/min`, with the number that you want",
    ),
    advice(
        &[
            "^ limit TOOLS to|at|:? NUM tokens|token|bytes|byte|kb|mb|gb|chars|characters|rows|row|records|items|words|lines|emails|messages",
        ],
        "a limit counts calls, or sums a numeric argument",
        "write `limit {TOOLS} {NUM}/day of args.AMOUNT`, with that argument, or `limit {TOOLS} {NUM}/day` for calls",
    ),
    advice(
        &["^ limit_req|limit_req_zone|limit_conn|limit_rate|ratelimit|rate_limit NAME", "^ limit TOOLS NUM per STR"],
        "a limit names its tools, then how many calls pass in which time",
        "write `limit TOOLS 10/s;` or `limit TOOLS 30/min;`",
    ),
    // Answers.
    phrase(
        &["^ deny TOOLS with|return|code|status|error|throw|raise? code|status? :|=? NUM :|,? STR ;"],
        "deny {TOOLS} because {STR}",
        REASON,
    ),
    phrase(
        &["^ deny TOOLS with|return|code|status|error code|status? :|=? NUM ;"],
        "deny {TOOLS}",
        "a denial has no status, only a reason: `because \"...\"`",
    ),
    // Documents of others.
    advice(
        &["^ order|allowoverride EFFECT", "^ satisfy all|any"],
        "rules have no order: a `deny` beats everything",
        "write `deny *;` for all that no rule opens, and an `allow` for each tool",
    ),
    advice(
        &[
            "^ effect|action|actions|resource|resources|principal|principals|statement|sid :|= STR",
            "^ effect|action|actions|resource|resources|principal|principals|statement|sid :|= [|{|*",
        ],
        "a rule is one statement, not a document",
        "write `allow read_file;` or `deny read_file when args.path like \"/etc/*\";`",
    ),
    advice(
        &["^ version|apiversion|kind|metadata|name|description|id|title|spec :|= VALUE", "^ metadata|spec :|{"],
        "a policy has no header: a file begins with its statements",
        "remove it; write the purpose of the policy in a comment, `//`",
    ),
    advice(
        &["^ EFFECT TOOLS NAME :|=? {"],
        "a condition is not a JSON object",
        "write `{EFFECT} {TOOLS} when args.NAME == \"...\"`, with a test for each member, joined with `and`",
    ),
    advice(
        &["if|when ( COND ) { return|raise|throw|deny|drop|reject|block"],
        "the tools of a rule go after its first word",
        "write `deny TOOLS when CONDITION;`",
    ),
    advice(
        &["^ location|upstream|http|events|vhost|directory|virtualhost REST"],
        "there are no blocks except `policy` and `test`",
        "each rule is a statement that names its tools: `deny read_file when args.path like \"/etc/*\";`",
    ),
    advice(
        &["^ given|scenario|feature|background|then NAME"],
        "a test has steps, and each call states its expected outcome",
        "write `test \"what it shows\" { call TOOL {\"argument\": 1} -> deny; }`",
    ),
    hole(
        &["^ policy NAME ;", "^ policy NAME :", "^ policy : NAME"],
        "the rules of a policy are in braces",
        "write `policy {NAME} {{ deny *; }`, with its rules; without `policy` a file is one policy",
    ),
];

/// What is tried after all others.
pub(super) const LAST: &[Phrase] = &[
    phrase(
        &[
            "^ http_access|access|acl|rule|entry|filter|permission|access-list|security|tool|always EFFECT TOOLS ;",
            "^ access-list|acl|rule|line|seq NUM EFFECT TOOLS ;",
            "^ NUM EFFECT TOOLS ;",
        ],
        "{EFFECT} {TOOLS}",
        FIRST_WORD,
    ),
    phrase(
        &["^ EFFECT TOOLS throw|raise|fail|abort|say|saying|text|info|hint|explain|warning :|=? STR ;"],
        "{EFFECT} {TOOLS} because {STR}",
        REASON,
    ),
    phrase(&["^ EFFECT TOOLS NAME :|=|== LIT ;"], "{EFFECT} {TOOLS} when args.{NAME} == {LIT}", ARGUMENT),
    phrase(
        &["^ NAME : EFFECT TOOLS ;"],
        "{EFFECT} {TOOLS}",
        "a rule has no name; write its purpose in a comment, `///`",
    ),
    phrase(&["^ EFFECT TOOLS JSON ;"], "{EFFECT} {TOOLS} when {JSON:tests}", ARGUMENT),
    phrase(&["^ ITEM ( STR ) deny TOOLS ;"], "deny {TOOLS} because {STR}", REASON),
    phrase(&["^ EFFECT TOOLS :|. ;"], "{EFFECT} {TOOLS}", "a rule ends with `;`"),
    phrase(
        &["^ if|when COND then EFFECT TOOLS end|endif|fi ;"],
        "{EFFECT} {TOOLS} when {COND}",
        "a condition goes after `when` or `unless`",
    ),
    advice(
        &["^ EFFECT NAME NAME1 ;"],
        "two adjacent words are not a selection",
        "if `{NAME1}` is a tool, write `{EFFECT} {NAME}, {NAME1}`; if it is a value of an argument, \
         `{EFFECT} {NAME} when args.ARGUMENT == \"{NAME1}\"`",
    ),
];

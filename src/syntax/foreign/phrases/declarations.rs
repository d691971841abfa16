//! Phrases of declarations, and words that begin no statement.

use super::{Phrase, advice, phrase};

const EXCEPT: &str = "tools are excluded with `except`";
const STEPS: &str = "the steps of a test are in braces";
const GROUP: &str = "a group is `group NAME = TOOLS;`";

/// They are tried in this order, after those of rules.
pub(super) const PHRASES: &[Phrase] = &[
    // Declarations.
    phrase(
        &["^ const|var|define|def|set|val|variable|constant NAME =|:? =|is? VALUE ;"],
        "let {NAME} = {VALUE}",
        "a value is named with `let`",
    ),
    phrase(
        &["^ const|var|define|def|set|val|variable|constant NAME =|:? =|is? LIST ;"],
        "let {NAME} = {LIST}",
        "a value is named with `let`",
    ),
    phrase(&["^ let NAME : NAME1 = VALUE ;"], "let {NAME} = {VALUE}", "a value has no type annotation"),
    phrase(&["^ let NAME :? =|be|as|is VALUE ;"], "let {NAME} = {VALUE}", "a value is named with `let`"),
    phrase(&["^ let NAME :? =|be|as|is LIST ;"], "let {NAME} = {LIST}", "a value is named with `let`"),
    phrase(&["^ let NAME :? VALUE ;"], "let {NAME} = {VALUE}", "a value is named with `let`"),
    phrase(&["^ let NAME :? LIST ;"], "let {NAME} = {LIST}", "a value is named with `let`"),
    advice(
        &["^ let|const|var|define|set NAME :? =|be|as|is? DOTTED"],
        "`let` names a literal or a list of literals, not a part of a call",
        "write the path in the test: `args.path like \"/srv/*\"`",
    ),
    phrase(
        &[
            "^ group|set|define|alias|role|const|var|let NAME =|: [ TOOLS ]",
            "^ group|set|define|alias|role NAME =|: { TOOLS }",
            "^ group NAME =|: ( TOOLS )",
            "^ group NAME [ TOOLS ]",
            "^ group NAME { TOOLS }",
            "^ group NAME : TOOLS",
            "^ group NAME : = TOOLS",
            "^ group NAME is|as|of TOOLS",
            "^ set|define|alias NAME = TOOLS",
            "^ group NAME TOOLS",
            "^ group NAME =|:? { TOOLS ; }",
        ],
        "group {NAME} = {TOOLS}",
        GROUP,
    ),
    phrase(&["^ group NAME =|:? { ITEM ;|,? ITEM1 ;|,? } ;"], "group {NAME} = {ITEM}, {ITEM1}", GROUP),
    phrase(
        &["^ group NAME =|:? { ITEM ;|,? ITEM1 ;|,? ITEM2 ;|,? } ;"],
        "group {NAME} = {ITEM}, {ITEM1}, {ITEM2}",
        GROUP,
    ),
    advice(&["^ group NAME =|:? {"], GROUP, "write `group {NAME} = read_file, list_files;`, without braces"),
    phrase(
        &["^ let NAME :? = VALUE , let? NAME1 :? = VALUE1 ;"],
        "let {NAME} = {VALUE}; let {NAME1} = {VALUE1}",
        "each value needs its own `let`",
    ),
    phrase(&["^ let NAME = NAME1 ;"], "let {NAME} = \"{NAME1:plain}\"", "a string is written in quotes"),
    phrase(&["^ group NAME = TOOLS +|or|plus|union TOOLS1 ;"], "group {NAME} = {TOOLS}, {TOOLS1}", GROUP),
    phrase(
        &["^ group NAME = TOOLS -|minus|without|but|not|excluding not? TOOLS1 ;"],
        "group {NAME} = {TOOLS} except {TOOLS1}",
        EXCEPT,
    ),
    phrase(&["^ let NAME = ( VALUES ) ;"], "let {NAME} = [{VALUES}]", "a list is written in brackets"),
    advice(
        &["^ let NAME :? = { STR :", "^ let NAME :? = { NAME :"],
        "`let` names a literal or a list of literals, not an object",
        "write a `let` for each member: `let most = 5;`",
    ),
    phrase(&["^ let NAME = JSON ;"], "let {NAME} = [{JSON:inside}]", "a list is written in brackets"),
    phrase(&["^ NAME :? = VALUE ;"], "let {NAME} = {VALUE}", "a value is named with `let`"),
    phrase(&["^ NAME :? = LIST ;"], "let {NAME} = {LIST}", "a value is named with `let`"),
    phrase(
        &["^ include|use|using|load|require|source|extends|import from|(|:|=? STR )? ;"],
        "import {STR}",
        "another file is included with `import`",
    ),
    phrase(
        &[
            "^ import|include|use STR as NAME ;",
            "^ import JSON from STR ;",
            "^ import NAME from STR ;",
            "^ import * from STR ;",
            "^ import * as NAME from STR ;",
        ],
        "import {STR}",
        "an import has no name: the rules of the file become part of this one",
    ),
    phrase(
        &["^ import|include|use|extends :|=? NAME ;", "^ import|include|use NAME from|as NAME1 ;"],
        "import {NAME:file}",
        "`import` takes the path of a file, as a string",
    ),
    phrase(
        &["^ server NAME =|:|in|at|-> STR ;", "^ mcp|mcp_server|mcpserver NAME from|=|:? STR ;"],
        "server {NAME} from {STR}",
        "a server is `server NAME from \"CATALOGUE.json\";`",
    ),
    phrase(
        &["^ server STR from STR1 ;"],
        "server {STR:tool} from {STR1}",
        "a server is `server NAME from \"CATALOGUE.json\";`",
    ),
    advice(
        &["^ server from STR", "^ server STR ;", "^ server NAME {", "^ server NAME ;", "^ catalogue|catalog|tools STR"],
        "a server has a name and a catalogue",
        "write `server shop from \"shop.json\";`, where the file has the server's answer to `tools/list`",
    ),
    advice(
        &["^ TEST ;"],
        "a condition alone is not a statement",
        "join it with `and` to the condition that it belongs to: after `;` another statement begins",
    ),
    phrase(&["^ test STR :? call REST ;"], "test {STR} {{ call {REST} }", STEPS),
    advice(
        &["^ test STR", "^ it|describe|scenario|testcase|test_case STR", "^ it|describe|test ( STR"],
        STEPS,
        "write `test \"what it shows\" { call TOOL {\"argument\": 1} -> deny; }`",
    ),
    advice(
        &["^ server NAME from|=|: REST"],
        "the path of a catalogue is written in quotes",
        "write `server shop from \"shop.json\";`",
    ),
    advice(
        &[
            "^ locals|variable|variables|resource|module|data|output|config|settings {",
            "^ variable|resource|module|data|output STR",
        ],
        "there are no blocks except `policy` and `test`",
        "name a value with `let most = 5;`; each rule is a statement: `allow read_file;`",
    ),
    advice(
        &[
            "^ tools|rules|permissions {",
            "^ tool|rule|statement|permission STR",
            "^ tool|rule|statement|permission NAME {",
        ],
        "each rule is a separate statement",
        "write `allow read_file;` or `deny read_file when CONDITION;`",
    ),
    advice(
        &["^ function|fn|def|func|proc REST"],
        "there are no functions",
        "write the condition where it is used, and name a value that is used twice with `let`",
    ),
    advice(
        &["^ elif|else|elsif|otherwise|switch|case|while|foreach|return|function|fn|def|class|package|namespace|try"],
        "rules have no order and no branches",
        "each rule is a separate statement: `deny TOOL when CONDITION;`",
    ),
];

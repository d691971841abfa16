//! Phrases of rules in braces, with a name, in a table, or with what becomes of all other calls.

use super::rules::{APPROVAL, CONDITION, DEFAULT, FIRST_WORD, REASON, REQUIRE};
use super::{Phrase, advice, phrase};

const NAMELESS: &str = "a rule has no name; write its purpose in a comment, `///`";
const BRANCH: &str = "there is no `else`: each rule is a separate statement";
const SERVER: &str = "a server is `server NAME from \"CATALOGUE.json\";`";
const ONLY: &str = "`assert deny * except` says that nothing else is allowed";
const ARGUMENT: &str = "a condition says which arguments are allowed";
const AMOUNT: &str = "an amount is an argument of the call";

/// They are tried in this order, before those of rules.
pub(super) const PHRASES: &[Phrase] = &[
    // Blocks with a condition or a name.
    phrase(&["^ if|when COND then|:? { EFFECT TOOLS ;? } ;"], "{EFFECT} {TOOLS} when {COND}", CONDITION),
    phrase(
        &["^ if|when COND then|:? { EFFECT TOOLS ;? } else|otherwise :? {? EFFECT1 TOOLS1 ;? }? ;"],
        "{EFFECT} {TOOLS} when {COND}; {EFFECT1} {TOOLS1} unless {COND}",
        BRANCH,
    ),
    phrase(
        &[
            "^ rule|statement|permission|section|block :? STR :|=? JSON ;",
            "^ rule|statement|permission|section|block NAME :|=? JSON ;",
        ],
        "{JSON:inside}",
        NAMELESS,
    ),
    phrase(
        &[
            "^ rule|statement|permission :? STR :|,|-|=? EFFECT REST",
            "^ rule|statement|permission NAME :|,|-|=? EFFECT REST",
        ],
        "{EFFECT} {REST}",
        NAMELESS,
    ),
    advice(
        &[
            "^ rule|statement|permission|section|block :? STR :|=? {",
            "^ rule|statement|permission|section|block NAME :|=? {",
        ],
        NAMELESS,
        "write the rules without braces, each ending with `;`",
    ),
    // Tables.
    phrase(
        &["^ ITEM :|=|-> OUTCOME ,? ITEM1 :|=|-> OUTCOME1 ,? ;"],
        "{OUTCOME:rule} {ITEM}; {OUTCOME1:rule} {ITEM1}",
        FIRST_WORD,
    ),
    advice(
        &["^ ITEM :|=|-> OUTCOME ,? ITEM1 :|=|-> OUTCOME1 ,? ITEM2"],
        FIRST_WORD,
        "write a rule for each of them: `{OUTCOME:rule} {ITEM}; {OUTCOME1:rule} {ITEM1};`",
    ),
    // What becomes of all other calls.
    phrase(
        &["^ require COND for TOOLS ,? otherwise|else|or deny|block|reject|fail|refuse|error ;"],
        "require {COND} for {TOOLS}",
        "a call that does not meet a `require` is denied",
    ),
    phrase(&["^ deny TOOLS ,? otherwise|else allow|permit|accept|pass ;"], "deny {TOOLS}", DEFAULT),
    phrase(
        &["^ deny TOOLS when|if|where COND ,? otherwise|else allow|permit|accept|pass ;"],
        "deny {TOOLS} when {COND}",
        DEFAULT,
    ),
    phrase(
        &[
            "^ allow TOOLS when|if|where COND ,? otherwise|else require|requires|ask|needs|get for? approval|confirmation|review|permission ;",
        ],
        "allow {TOOLS}; require approval for {TOOLS} unless {COND}",
        APPROVAL,
    ),
    phrase(
        &[
            "^ deny TOOLS when|if|where COND and not approved|confirmed|approval|confirmation ;",
            "^ allow TOOLS when|if|where COND and approved|confirmed ;",
        ],
        "require approval for {TOOLS} when {COND}",
        APPROVAL,
    ),
    phrase(
        &["^ require approval for TOOLS when|if|where COND ,? otherwise|else allow|permit|pass ;"],
        "allow {TOOLS}; require approval for {TOOLS} when {COND}",
        APPROVAL,
    ),
    phrase(
        &[
            "^ require approval ( TOOLS ) ;",
            "^ hold|ask|wait|block|pause for? TOOLS until|unless|before is? approved|confirmed|approval|confirmation ;",
        ],
        "require approval for {TOOLS}",
        APPROVAL,
    ),
    phrase(
        &["^ require approval for TOOLS when|if|where COND by|from STR ;"],
        "require approval by {STR} for {TOOLS} when {COND}",
        "`by` goes after `require approval`",
    ),
    phrase(
        &[
            "^ assert that? allow only? TOOLS only|alone ;",
            "^ assert that? only allow? TOOLS allow|allowed|is|are? allowed|pass? ;",
            "^ assert that? allow only TOOLS ;",
        ],
        "assert deny * except {TOOLS}",
        ONLY,
    ),
    // Policies and tests.
    advice(
        &["^ policy NAME extends|inherits|includes|imports|from|uses NAME1"],
        "a policy cannot inherit from another",
        "statements outside all blocks belong to every policy; `import \"FILE.pol\";` adds those of another file",
    ),
    advice(
        &["^ test STR :|=|=>? [|("],
        "the steps of a test are in braces",
        "write `test \"what it shows\" {{ call TOOL {{\"argument\": 1} -> deny; }`",
    ),
    // Where.
    phrase(&["^ EFFECT TOOLS only? in|on NAME STR ;"], "{EFFECT} {TOOLS} when args.{NAME} == {STR}", ARGUMENT),
    phrase(
        &["^ EFFECT TOOLS only? in|on NAME NAME1 ;"],
        "{EFFECT} {TOOLS} when args.{NAME} == \"{NAME1:plain}\"",
        ARGUMENT,
    ),
    advice(
        &[
            "^ EFFECT TOOLS only? in|under|within|inside|below|beneath BARE ;",
            "^ EFFECT TOOLS only? in|under|within|inside|below|beneath STR ;",
        ],
        ARGUMENT,
        "write `{EFFECT} {TOOLS} when args.ARGUMENT like \"...*\"`, with the argument that contains the value",
    ),
    advice(
        &["^ EFFECT TOOLS to|for|from|into|with NAME STR ;"],
        ARGUMENT,
        "write `{EFFECT} {TOOLS} when args.{NAME} == {STR}`, or `caller.{NAME}` for a claim of the caller",
    ),
    advice(
        &["^ EFFECT TOOLS to|for|from|into NAME NAME1 ;"],
        ARGUMENT,
        "write `{EFFECT} {TOOLS} when args.{NAME} == \"{NAME1}\"`, or `caller.{NAME}` for a claim of the caller",
    ),
    // Requirements.
    phrase(
        &["^ require for TOOLS :|that|,|to? be|have? COND ;", "^ for TOOLS ,|:? require that|:? COND ;"],
        "require {COND} for {TOOLS}",
        REQUIRE,
    ),
    advice(
        &[
            "^ require approval for TOOLS over|above|exceeding|beyond|under|below|> $|€|£? NUM",
            "^ TOOLS requires|require|needs|need approval|confirmation|review over|above|exceeding|beyond|under|below|> $|€|£? NUM",
            "^ EFFECT TOOLS over|above|exceeding|beyond|under|below $|€|£? NUM",
        ],
        AMOUNT,
        "write `when args.AMOUNT > {NUM}`, or with `<`, with the argument that contains the value",
    ),
    // Reasons.
    phrase(&["^ deny TOOLS STR ;"], "deny {TOOLS} because {STR:sentence}", REASON),
    phrase(&["^ deny TOOLS when COND STR ;"], "deny {TOOLS} when {COND} because {STR:sentence}", REASON),
    phrase(&["^ deny TOOLS unless COND STR ;"], "deny {TOOLS} unless {COND} because {STR:sentence}", REASON),
    phrase(&["^ require COND for TOOLS STR ;"], "require {COND} for {TOOLS} because {STR:sentence}", REASON),
    // Servers.
    phrase(
        &[
            "^ import|include|use|using|load|connect NAME from STR ;",
            "^ import|include|use|using|load STR as NAME ;",
            "^ import * as NAME from STR ;",
        ],
        "server {NAME} from {STR:catalogue}",
        SERVER,
    ),
];

/// What is tried after those of other systems.
pub(super) const LAST: &[Phrase] = &[advice(
    &["^ if|when COND then|:? {"],
    "a block has no condition",
    "write it after the tools of each rule: `allow TOOLS when {COND};`",
)];

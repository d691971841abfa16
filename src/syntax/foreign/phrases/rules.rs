//! Phrases of rules and declarations.

use super::limits::SUM;
use super::{Phrase, advice, hole, phrase};

pub(super) const FIRST_WORD: &str = "a rule begins with `allow`, `deny`, `hide`, `limit` or `require`";
pub(super) const CONDITION: &str = "a condition goes after `when` or `unless`";
pub(super) const APPROVAL: &str = "`require approval for` asks a person";
const UNSIGNED: &str = "a name is declared without a character in front of it";
pub(super) const RATE: &str = "a limit is a number and a window: `30/min`";
pub(super) const ORDER: &str = "a limit names its tools, then how many calls pass";
const ALL: &str = "all tools are written `*`";
pub(super) const SELECTION: &str = "tools are separated by `,`, without brackets";
pub(super) const EXCEPT: &str = "tools are excluded with `except`";
pub(super) const REASON: &str = "a reason is `because` and a string";
pub(super) const BOUND: &str = "`limit` bounds how often, `require` with which arguments";
const SCOPE_LAST: &str = "the scope goes after the window";
pub(super) const SCOPE: &str = "`per` says who shares a count";
pub(super) const DEFAULT: &str = "`deny *;` or `allow *;` says what happens to all other tools";
const ELSE: &str = "`deny *;` closes all tools that no rule opens";
const BARE: &str = "a condition goes directly after `when` or `unless`, without punctuation or braces";
const OBJECT: &str = "a condition is not a JSON object";
pub(super) const REQUIRE: &str = "`require` has its condition first, then `for` and the tools";

/// They are tried in this order.
pub(super) const PHRASES: &[Phrase] = &[
    phrase(&["^ let ITEM :? = VALUE ;"], "let {ITEM:unsigned} = {VALUE}", UNSIGNED),
    phrase(&["^ let ITEM :? = LIST ;"], "let {ITEM:unsigned} = {LIST}", UNSIGNED),
    phrase(&["^ group ITEM :|=? TOOLS ;"], "group {ITEM:unsigned} = {TOOLS}", UNSIGNED),
    // Which tool it is.
    advice(
        &["^ EFFECT :? = true|false|1 {", "^ EFFECT [ NAME ] {"],
        "the tools of a rule go after its first word",
        "write `allow read_file when args.path like \"/srv/*\";`",
    ),
    phrase(&["^ EFFECT TOOLS , EFFECT1 TOOLS1 ;"], "{EFFECT} {TOOLS}; {EFFECT1} {TOOLS1}", "each rule ends with `;`"),
    phrase(
        &["^ EFFECT TOOLS , because STR ;", "^ EFFECT TOOLS with|as|since|- STR ;"],
        "{EFFECT} {TOOLS} because {STR}",
        REASON,
    ),
    phrase(
        &["^ EFFECT TOOLS except TEST >"],
        "{EFFECT} {TOOLS} unless {TEST}",
        "`except` excludes tools; exclude calls with `unless`",
    ),
    phrase(
        &[
            "^ EFFECT if? when? {? (? tool|tool_name|input.tool|tool.name|input.tool_name|input.name|call.tool|request.tool|action \
             ==|= STR )? }? ;",
            "^ EFFECT if? when? {? (? STR ==|= tool|tool_name|input.tool|tool.name|input.tool_name|call.tool )? }? ;",
        ],
        "{EFFECT} {STR:tool}",
        "the tools of a rule go after its first word",
    ),
    advice(
        &[
            "tool|tool_name|input.tool|tool.name|input.tool_name|call.tool|request.tool|context.tool|action|input.action ==|=|!=|in|like|matches",
        ],
        "a condition does not test which tool is called",
        "the tools of a rule go after its first word: `allow read_file when args.path like \"/srv/*\";`",
    ),
    advice(
        &["^ EFFECT contains NAME if COND", "^ EFFECT contains NAME {"],
        "the tools of a rule go after its first word",
        "write `deny read_file when CONDITION because \"...\";`",
    ),
    advice(
        &["[|{|( for NAME in", "[|{|( for NAME , NAME1 in"],
        "lists are written out",
        "name the tools, or write a glob: `read_*`",
    ),
    advice(
        &["^ select|insert|update|with REST"],
        "a policy is not a query",
        "write a rule: `allow read_file when args.path like \"/srv/*\";`",
    ),
    // Defaults.
    phrase(
        &[
            "^ default allow|permit =|: =? false|deny ;",
            "^ default deny|block|reject =|: =? true ;",
            "^ default|defaultaction|default_action|defaulteffect|default_effect|default_policy|defaultdecision :|=|is|to? deny|block|reject|forbid|false ;",
            "^ default deny|block|reject all|everything|*? ;",
            "^ default deny ;",
            "^ deny|block by default ;",
            "^ deny|block|reject|forbid all|everything|any|anything|else other|others|else|tools|calls? tools|calls? ;",
        ],
        "deny *",
        DEFAULT,
    ),
    phrase(
        &[
            "^ default allow|permit :|= =? true|allow ;",
            "^ default|defaultaction|default_action|default_policy :|=|is|to? allow|permit ;",
            "^ default allow all|everything? ;",
            "^ allow|permit by default ;",
            "^ allow|permit|accept all|everything|any|anything tools|calls? ;",
        ],
        "allow *",
        DEFAULT,
    ),
    // Approval.
    phrase(
        &[
            "^ require|requires|needs|need human|manual|user|admin? approval|confirmation|review|consent to|of|on|before|from|in? TOOLS if|when|where COND",
            "^ ask|approve|confirm|prompt|review|hold|escalate for|before|on|user|human? TOOLS if|when|where COND",
            "^ require approval if|when|where COND for TOOLS",
            "^ approval|confirmation is? required|needed? for TOOLS if|when|where COND",
        ],
        "require approval for {TOOLS} when {COND}",
        APPROVAL,
    ),
    phrase(&["^ require approval unless COND for TOOLS"], "require approval for {TOOLS} unless {COND}", APPROVAL),
    phrase(
        &[
            "^ require approval for TOOLS by|from STR",
            "^ require approval from|of STR for TOOLS",
            "^ require STR approval for TOOLS",
        ],
        "require approval by {STR} for {TOOLS}",
        "`by` goes after `require approval`",
    ),
    phrase(
        &[
            "^ require|requires|needs|need human|manual|user? approval|confirmation|review|consent|hitl to|of|on|before|from|in call|use|run? TOOLS",
            "^ require|requires|needs approval|confirmation|review|consent TOOLS",
            "^ require human|manual|user|admin approval|confirmation|review|consent for? TOOLS",
            "^ require confirmation|review|consent|hitl for TOOLS",
            "^ ask|approve|confirm|prompt|review|hold|escalate|hitl for|before|on|user|human? TOOLS",
            "^ approval|confirmation|review is? required|needed? for TOOLS",
            "^ TOOLS requires|require|needs|need human|manual|user? approval|confirmation|review",
            "^ require TOOLS approval|confirmation",
            "^ allow|permit TOOLS with|after|upon|given|on|pending|by human|manual|user? approval|confirmation|review",
            "^ allow|permit TOOLS if|when|only|once approved|confirmed",
            "^ allow|permit TOOLS if|when human|user|person|someone|admin approves|approved|confirms",
        ],
        "require approval for {TOOLS}",
        APPROVAL,
    ),
    phrase(
        &[
            "^ require approvl|aproval|apporval|appoval|approvals|approve|approved for TOOLS",
            "^ deny|allow TOOLS unless|until|when|if|only not? approved|confirmed ;",
            "^ require TOOLS to be approved|confirmed",
        ],
        "require approval for {TOOLS}",
        APPROVAL,
    ),
    phrase(
        &[
            "^ require approval by|from|of NAME for TOOLS",
            "^ require approval for TOOLS by|from NAME",
            "^ require NAME approval for TOOLS",
        ],
        "require approval by \"{NAME}\" for {TOOLS}",
        "`by` goes after `require approval`, with a string in quotes",
    ),
    advice(
        &["^ require approval by STR or|and|, STR1", "^ require approval by NAME or|and|, NAME1"],
        "`by` takes one string, which the approvers see",
        "write one string: `require approval by \"ops or security\" for TOOLS;`",
    ),
    advice(
        &[
            "^ require NUM approvals|approval|approvers|reviewers|confirmations|people",
            "^ require approval by NUM",
            "^ require two|three|dual approval|approvals|approvers",
        ],
        "one approval is enough: a policy does not count approvals",
        "write `require approval by \"two of ops\" for TOOLS;`, and let the gateway ask both",
    ),
    advice(
        &["^ require approval for TOOLS timeout|expires|expiry|ttl|valid|within|every|once|after|until"],
        "a policy does not set timeouts or lifetimes of approvals",
        "remove it; the gateway decides how long to hold a call, and each call needs an approval",
    ),
    // Conditions that are required.
    phrase(
        &["^ require COND for TOOLS when|if|where COND1 >", "^ when|if COND1 require COND for TOOLS"],
        "deny {TOOLS} when {COND1:group} and not ({COND})",
        "`require` has no `when`: deny the calls that do not satisfy its condition",
    ),
    phrase(
        &["^ require COND for TOOLS unless COND1 >"],
        "deny {TOOLS} unless {COND1:group} or {COND:group}",
        "`require` has no `unless`: deny the calls that satisfy neither condition",
    ),
    phrase(
        &["^ TOOLS must have|has|contain DOTTED ;", "^ require TOOLS to? have|has DOTTED ;"],
        "require has {DOTTED} for {TOOLS}",
        REQUIRE,
    ),
    phrase(
        &[
            "^ require TOOLS when|if|where|to|have|has|with|: have|be|satisfy? COND ;",
            "^ TOOLS must have|be|satisfy? COND ;",
            "^ TOOLS requires|require COND ;",
        ],
        "require {COND} for {TOOLS}",
        REQUIRE,
    ),
    phrase(&["^ require ITEM COND ;"], "require {COND} for {ITEM}", REQUIRE),
    phrase(&["^ require TEST TOOLS ;"], "require {TEST} for {TOOLS}", "the tools of a `require` go after `for`"),
    phrase(
        &["^ require COND on|of|to|by TOOLS ;", "^ ensure|must|enforce|check|validate|need COND for|on TOOLS ;"],
        "require {COND} for {TOOLS}",
        REQUIRE,
    ),
    phrase(
        &[
            "^ if|when COND then? : EFFECT TOOLS ;",
            "^ if|when COND then EFFECT TOOLS ;",
            "^ if|when COND EFFECT TOOLS ;",
            "^ if ( COND ) {? EFFECT TOOLS ;? }? ;",
        ],
        "{EFFECT} {TOOLS} when {COND}",
        CONDITION,
    ),
    // Limits.
    phrase(
        &["^ limit TOOLS NUM k|thousand /|per UNIT"],
        "limit {TOOLS} {NUM:thousand}/{UNIT}",
        "a number is written in digits",
    ),
    phrase(
        &["^ limit TOOLS NUM million /|per UNIT"],
        "limit {TOOLS} {NUM:million}/{UNIT}",
        "a number is written in digits",
    ),
    phrase(
        &["^ limit TOOLS NUM , NUM1 /|per UNIT"],
        "limit {TOOLS} {NUM}_{NUM1}/{UNIT}",
        "the digits of a number are grouped with `_`",
    ),
    phrase(
        &["^ limit TOOLS NUM , NUM1 , NUM2 /|per UNIT"],
        "limit {TOOLS} {NUM}_{NUM1}_{NUM2}/{UNIT}",
        "the digits of a number are grouped with `_`",
    ),
    phrase(
        &["^ limit PATH OP NUM for|on|in|of TOOLS ;", "^ limit PATH to? <=|below|under|max NUM for|on|in TOOLS ;"],
        "require {PATH} {OP} {NUM} for {TOOLS}",
        BOUND,
    ),
    phrase(
        &["^ limit DOTTED to|at|below|under|max NUM for|on|in|of TOOLS ;"],
        "require {DOTTED} <= {NUM} for {TOOLS}",
        BOUND,
    ),
    phrase(&["^ limit TOOLS to|when|if|where|with? DOTTED OP NUM ;"], "require {DOTTED} {OP} {NUM} for {TOOLS}", BOUND),
    advice(
        &[
            "^ limit TOOLS to|at|:? $ NUM / UNIT",
            "^ limit TOOLS to|at|:? $ NUM per UNIT",
            "^ limit TOOLS to|at|:? NUM usd|eur|dollars|dollar|euro|euros|gbp|cents|€|$|£ /|per|a|each UNIT",
            "^ limit $|€|£ NUM",
            "^ limit TOOLS to|at|:? €|£ NUM",
        ],
        "a limit counts calls; an amount is the sum of an argument",
        "write `limit TOOLS 100/day of args.AMOUNT`, with the argument that contains the amount",
    ),
    advice(
        &[
            "^ limit TOOLS NUM / UNIT , NUM1 / UNIT1",
            "^ limit TOOLS NUM / UNIT and NUM1 / UNIT1",
            "^ limit TOOLS NUM / UNIT NUM1 / UNIT1",
            "^ limit TOOLS to? NUM calls|times|requests? per|/|a|an|each|every UNIT and|or|,|; NUM1 calls|times|requests? per|/|a|an|each|every UNIT1",
        ],
        "a limit has one window",
        "write one `limit` for each, and name the second counter: `limit TOOL 20/day as \"TOOL_daily\";`",
    ),
    phrase(
        &["^ limit TOOLS RATE with? burst|burst_size NUM", "^ limit TOOLS RATE with? burst|burst_size of|=|: NUM"],
        "limit {TOOLS} {RATE}",
        "a limit has no separate burst: its whole number can pass at once in a window",
    ),
    phrase(&["^ limit TOTAL? TOOLS to|at|:|=|is|of|max|maximum|<=|most to|most? RATE"], "limit {TOOLS} {RATE}", ORDER),
    phrase(&["^ limit TOOLS to|at|:|=|is|of|max|maximum|<=|up at|to|most? most? RATE"], "limit {TOOLS} {RATE}", ORDER),
    phrase(&["^ limit RATE for|on|to|of|: TOOLS", "^ limit RATE TOOLS"], "limit {TOOLS} {RATE}", ORDER),
    phrase(
        &[
            "^ limit TOOLS to|at|:|=|max|up? to|most? NUM calls|times|requests|invocations|call|time|request|x? per|/|a|an|each|every|in|within|by one|a|the|any? UNIT",
            "^ limit NUM calls|times|requests|call|time? per|/|a|an|each|every UNIT for|on|to|of? TOOLS",
            "^ limit TOOLS to? NUM / per UNIT",
        ],
        "limit {TOOLS} {NUM}/{UNIT}",
        RATE,
    ),
    phrase(
        &[
            "^ limit TOOLS to|at|:|=|max|up? to|most? NUM calls|times|requests|invocations|call|time|request? per|/|each|every|in|within|over any|the|a? NUM1 UNIT",
        ],
        "limit {TOOLS} {NUM}/{NUM1}{UNIT}",
        RATE,
    ),
    phrase(&["^ limit TOOLS to? NUM rps|qps|tps|per-second|persecond"], "limit {TOOLS} {NUM}/s", RATE),
    phrase(&["^ limit TOOLS to? NUM rpm|qpm|tpm|per-minute|perminute"], "limit {TOOLS} {NUM}/min", RATE),
    phrase(&["^ limit TOOLS to? NUM rph|qph|per-hour|perhour"], "limit {TOOLS} {NUM}/hour", RATE),
    phrase(&["^ limit TOOLS to? NUM rpd|qpd|per-day|perday"], "limit {TOOLS} {NUM}/day", RATE),
    phrase(&["^ limit TOOLS { rate|limit|max|count|calls? :|=? RATE ;? }"], "limit {TOOLS} {RATE}", RATE),
    phrase(
        &["^ allow|permit TOOLS but? not|no more than NUM times|calls|requests? per|a|an|each|every|/ UNIT"],
        "limit {TOOLS} {NUM}/{UNIT}",
        RATE,
    ),
    advice(
        &[
            "^ allow|permit TOOLS up|at to|most NUM NAME ;",
            "^ do not allow TOOLS above|over|below|under NUM",
            "^ never allow TOOLS above|over|below|under NUM",
        ],
        "an amount is an argument of the call",
        "write `require args.AMOUNT <= 50 for TOOLS;`, or `limit TOOLS 50/day of args.AMOUNT;` for the sum",
    ),
    advice(
        &["^ limit TOOLS to? one|two|three|four|five|six|ten|twenty|fifty|hundred"],
        "a number is written in digits",
        "write `limit TOOL 5/hour;`",
    ),
    phrase(
        &[
            "^ allow|permit TOOLS at|up|only|max? most|to? NUM times|calls|requests? per|a|an|each|every|/ UNIT",
            "^ maximum|max|up|at|only to|most|of? NUM TOOLS calls|times|requests? per|a|an|each|every|/ UNIT",
        ],
        "limit {TOOLS} {NUM}/{UNIT}",
        RATE,
    ),
    phrase(&["^ allow|permit TOOLS RATE ;"], "limit {TOOLS} {RATE}", "`limit` says how often, and opens the tool"),
    phrase(&["^ limit : tool|tools : TOOLS rate|limit|max : RATE"], "limit {TOOLS} {RATE}", ORDER),
    phrase(
        &["^ limit TOOLS per|for NAME RATE ;", "^ limit TOOLS per|for NAME : RATE ;"],
        "limit {TOOLS} {RATE} per {NAME}",
        SCOPE_LAST,
    ),
    phrase(&["^ limit TOOLS per server RATE ;"], "limit {TOOLS} {RATE} per server", SCOPE_LAST),
    phrase(&["^ limit TOOLS to|at|:|=? STR ;"], "limit {TOOLS} {STR:inside}", "a limit is written without quotes"),
    advice(
        &["^ limit TOOLS NUM /|per call|request|invocation|use|tool|time ;"],
        "a limit is for a window of time",
        "write `limit TOOLS 30/min`; to bound a single call write `require args.AMOUNT <= 5 for TOOLS`",
    ),
    advice(
        &["^ limit TOOLS to|:|=? unlimited|none|infinite|infinity|unrestricted", "^ limit TOOLS no limit"],
        "without a `limit` a tool can be called any number of times",
        "write `allow TOOLS;` alone",
    ),
    phrase(&["^ limit TOOLS RATE sum|total|amount of? DOTTED ;"], "limit {TOOLS} {RATE} of {DOTTED}", SUM),
    advice(
        &["^ limit TOOLS to|max|maximum|:|=|at? most|to? NUM ;"],
        "a limit has a window of time",
        "write the window of time too: `limit TOOL 5/hour;`",
    ),
    phrase(&["^ limit NUM UNIT TOOLS NUM1 ;"], "limit {TOOLS} {NUM1}/{NUM}{UNIT}", ORDER),
    phrase(&["^ limit TOOLS to? NUM hourly", "^ limit TOOLS hourly :|=|to? NUM ;"], "limit {TOOLS} {NUM}/hour", RATE),
    phrase(&["^ limit TOOLS to? NUM daily", "^ limit TOOLS daily :|=|to? NUM ;"], "limit {TOOLS} {NUM}/day", RATE),
    phrase(&["^ limit TOOLS to? NUM weekly"], "limit {TOOLS} {NUM}/7day", RATE),
    phrase(&["^ limit TOOLS to? once per|a|an|every|each|/? UNIT"], "limit {TOOLS} 1/{UNIT}", RATE),
    phrase(&["^ limit TOOLS to? twice per|a|an|every|each|/? UNIT"], "limit {TOOLS} 2/{UNIT}", RATE),
    phrase(
        &[
            "^ ratelimit|rate_limit|rate-limit|throttle|cap|quota|budget|allowance|max|limits TOOLS to|at|:? RATE",
            "^ rate limit TOOLS to|at|:? RATE",
            "^ ratelimit|rate_limit|rate-limit|throttle|cap|quota|max|limits RATE for|on|to|of|:? TOOLS",
        ],
        "limit {TOOLS} {RATE}",
        FIRST_WORD,
    ),
    advice(
        &["^ limit NUM / UNIT ;", "^ limit total? NUM / UNIT ;", "^ limit total RATE ;"],
        "a limit names its tools",
        "write `limit TOOL 30/min;`, or `limit total * 100/hour;` for all tools together",
    ),
    phrase(&["RATE / NAME"], "{RATE} per caller.{NAME}", SCOPE),
    phrase(&["RATE by|for per|each? NAME ;"], "{RATE} per caller.{NAME}", SCOPE),
    phrase(&["RATE by|for each|per? DOTTED ;"], "{RATE} per {DOTTED}", SCOPE),
    phrase(
        &["RATE for? each|every NAME ;", "RATE per each|every|the|single NAME ;"],
        "{RATE} per caller.{NAME}",
        SCOPE,
    ),
    // Other words for the first one.
    phrase(
        &["^ permit|grant|enable|accept|allowed|whitelist|allowlist|authorize|authorise TOOLS"],
        "allow {TOOLS}",
        FIRST_WORD,
    ),
    phrase(
        &[
            "^ forbid|block|reject|refuse|ban|disallow|prohibit|disable|denied|blacklist|denylist|blocklist|drop|revoke|never|no|dont|don't TOOLS",
        ],
        "deny {TOOLS}",
        FIRST_WORD,
    ),
    phrase(
        &["^ not|never|dont|cannot allow TOOLS", "^ do not allow TOOLS", "^ disallow TOOLS"],
        "deny {TOOLS}",
        FIRST_WORD,
    ),
    phrase(&["^ conceal|mask|remove TOOLS"], "hide {TOOLS}", FIRST_WORD),
    phrase(&["^ effect|action|rule|decision :|=? EFFECT TOOLS"], "{EFFECT} {TOOLS}", FIRST_WORD),
    advice(
        &["^ log|audit|record|track|monitor|trace|alert|notify|warn TOOLS"],
        "a policy decides calls, and neither logs nor reports them",
        "the gateway does that; `require approval for` asks a person before the call is made",
    ),
    advice(
        &["^ EFFECT TOOLS on|for|to|by NAME ;"],
        "a rule names neither the caller nor the resource",
        "test a claim of the caller: `when caller.role == \"finance\"`; or an argument: `when args.path like \"/srv/*\"`",
    ),
    // What stands behind the first word.
    phrase(&["^ EFFECT NAME : when COND"], "{EFFECT} {NAME} when {COND}", BARE),
    phrase(&["^ EFFECT NAME : unless COND"], "{EFFECT} {NAME} unless {COND}", BARE),
    phrase(
        &["^ only allow TOOLS ;"],
        "allow {TOOLS}",
        "`allow` opens the tools it names, and `deny *;` closes the rest",
    ),
    phrase(&["^ EFFECT from|on TOOLS ;"], "{EFFECT} {TOOLS}", "tools are named without a word in front"),
    advice(
        &["^ EFFECT ^|^", "^ EFFECT TOOLS $|$ ;", "^ EFFECT NAME ( NAME1 or NAME2"],
        "a regular expression cannot select tools",
        "write the names, or a glob: `read_*`",
    ),
    phrase(&["^ EFFECT TOOLS except TOOLS1"], "{EFFECT} {TOOLS}, {TOOLS1}", "all exceptions go after one `except`"),
    phrase(
        &["^ hide TOOLS when|if|where COND ;"],
        "deny {TOOLS} when {COND}",
        "`hide` removes a tool from the list and has no condition; `deny` stops single calls",
    ),
    phrase(
        &["^ hide TOOLS unless COND ;"],
        "deny {TOOLS} unless {COND}",
        "`hide` removes a tool from the list and has no condition; `deny` stops single calls",
    ),
    advice(
        &["^ EFFECT when|unless|if", "^ limit when|unless|if"],
        "the tools of a rule go before its condition",
        "write their names after the first word, or `*` for every tool: `deny TOOLS when CONDITION;`",
    ),
    phrase(&["^ EFFECT not|except|without|- TOOLS"], "{EFFECT} * except {TOOLS}", EXCEPT),
    phrase(
        &["^ EFFECT TOOLS with? priority|weight|order|level|prio =|:|of? NUM ;"],
        "{EFFECT} {TOOLS}",
        "rules have no order and no priority: a `deny` beats everything",
    ),
    phrase(&["^ allow TOOLS otherwise|else deny|block|reject ;"], "allow {TOOLS}", ELSE),
    phrase(&["^ allow TOOLS when|if|where COND otherwise|else deny|block|reject ;"], "allow {TOOLS} when {COND}", ELSE),
    phrase(&["^ EFFECT : - ITEM ;"], "{EFFECT} {ITEM}", SELECTION),
    phrase(&["^ EFFECT : - ITEM - ITEM1 ;"], "{EFFECT} {ITEM}, {ITEM1}", SELECTION),
    phrase(&["^ EFFECT : - ITEM - ITEM1 - ITEM2 ;"], "{EFFECT} {ITEM}, {ITEM1}, {ITEM2}", SELECTION),
    phrase(&["when|if|where :|=? JSON >"], "when {JSON:tests}", OBJECT),
    phrase(&["unless :|=? JSON >"], "unless {JSON:tests}", OBJECT),
    advice(
        &["when|if|where|unless|require :|=? { STR :", "when|unless { NAME :"],
        OBJECT,
        "write one test for each member, joined with `and`: `args.path like \"/srv/*\" and args.length < 100`",
    ),
    phrase(
        &["^ EFFECT TOOLS { COND ;|; COND1 ;? }", "^ EFFECT TOOLS when|if { COND ;|; COND1 ;? }"],
        "{EFFECT} {TOOLS} when {COND:group} and {COND1:group}",
        BARE,
    ),
    phrase(&["^ EFFECT { ITEM ;|; ITEM1 ;? }"], "{EFFECT} {ITEM}, {ITEM1}", SELECTION),
    phrase(&["^ EFFECT { ITEM ;|; ITEM1 ;|; ITEM2 ;? }"], "{EFFECT} {ITEM}, {ITEM1}, {ITEM2}", SELECTION),
    phrase(&["^ ITEM ->|:|=|=>|is OUTCOME ;"], "{OUTCOME:rule} {ITEM}", FIRST_WORD),
    phrase(&["when|if : COND"], "when {COND}", BARE),
    phrase(&["unless : COND"], "unless {COND}", BARE),
    phrase(&["when|if { COND ;? } >"], "when {COND}", BARE),
    phrase(&["unless { COND ;? } >"], "unless {COND}", BARE),
    phrase(
        &["^ EFFECT all|any|everything|anything|every tools|tool|calls? except|but|besides|excluding|without TOOLS"],
        "{EFFECT} * except {TOOLS}",
        ALL,
    ),
    phrase(&["^ EFFECT all|any|everything|anything|every tools|tool|calls?"], "{EFFECT} *", ALL),
    phrase(
        &["^ EFFECT tool|tools|call|calls|calling|action|access|use|using|the of|to|:|=? TOOLS"],
        "{EFFECT} {TOOLS}",
        "tools are named without a word in front",
    ),
    phrase(&["^ EFFECT :|=|-> TOOLS"], "{EFFECT} {TOOLS}", "tools go directly after the first word"),
    phrase(&["^ EFFECT { TOOLS ;? }", "^ EFFECT [ TOOLS ]", "^ EFFECT ( TOOLS )"], "{EFFECT} {TOOLS}", SELECTION),
    phrase(&["^ limit [ TOOLS ]", "^ limit { TOOLS }", "^ limit ( TOOLS )"], "limit {TOOLS}", SELECTION),
    phrase(&["for [ TOOLS ]", "for { TOOLS }", "for ( TOOLS )"], "for {TOOLS}", SELECTION),
    phrase(&["except [ TOOLS ]", "except { TOOLS }", "except ( TOOLS )"], "except {TOOLS}", SELECTION),
    phrase(&["^ EFFECT TOOLS ,? and|or|plus|+|also TOOLS1"], "{EFFECT} {TOOLS}, {TOOLS1}", SELECTION),
    phrase(&["^ limit TOOLS ,? and|or|plus TOOLS1"], "limit {TOOLS}, {TOOLS1}", SELECTION),
    phrase(&["for TOOLS ,? and|or|plus TOOLS1 ;"], "for {TOOLS}, {TOOLS1}", SELECTION),
    phrase(&["^ EFFECT TOOLS , ;"], "{EFFECT} {TOOLS}", SELECTION),
    phrase(&["^ EFFECT TOOLS without DOTTED >"], "{EFFECT} {TOOLS} when not has {DOTTED}", CONDITION),
    phrase(&["^ EFFECT TOOLS with DOTTED >"], "{EFFECT} {TOOLS} when has {DOTTED}", CONDITION),
    phrase(
        &[
            "^ EFFECT TOOLS but not|except|without TOOLS1",
            "^ EFFECT TOOLS excluding|without|minus|besides|not|- TOOLS1",
            "^ EFFECT TOOLS other than TOOLS1",
        ],
        "{EFFECT} {TOOLS} except {TOOLS1}",
        EXCEPT,
    ),
    phrase(&["^ EFFECT TOOLS except|but not? when|if|where COND"], "{EFFECT} {TOOLS} unless {COND}", CONDITION),
    phrase(
        &[
            "^ EFFECT TOOLS { when|if|where|condition|conditions? :|=? COND ;? }",
            "^ EFFECT TOOLS ( when|if|where COND )",
            "^ EFFECT TOOLS [ when|if|where? COND ]",
        ],
        "{EFFECT} {TOOLS} when {COND}",
        CONDITION,
    ),
    phrase(&["^ EFFECT TOOLS { unless COND ;? }"], "{EFFECT} {TOOLS} unless {COND}", CONDITION),
    phrase(&["^ EFFECT TOOLS { because|reason|message :|=? STR ;? }"], "{EFFECT} {TOOLS} because {STR}", REASON),
    phrase(
        &["^ EFFECT TOOLS ( *? )", "^ EFFECT TOOLS { }"],
        "{EFFECT} {TOOLS}",
        "a rule applies to all calls of its tools",
    ),
    phrase(&["^ EFFECT TOOLS ( COND )"], "{EFFECT} {TOOLS} when {COND}", CONDITION),
    phrase(
        &[
            "^ EFFECT TOOLS only|iff|provided|given|assuming|but|and if|when|where|that|only if|when|where? COND",
            "^ EFFECT TOOLS only|iff|provided|given|whenever|with|having COND",
            "^ EFFECT TOOLS : COND",
            "^ EFFECT TOOLS , when|if|where COND",
        ],
        "{EFFECT} {TOOLS} when {COND}",
        CONDITION,
    ),
    phrase(&["^ EFFECT TOOLS if|where|while|whenever not COND"], "{EFFECT} {TOOLS} when not {COND}", CONDITION),
    phrase(&["^ EFFECT TOOLS if|where|while|whenever COND"], "{EFFECT} {TOOLS} when {COND}", CONDITION),
    phrase(&["^ EFFECT TOOLS DOTTED OP"], "{EFFECT} {TOOLS} when {DOTTED} {OP}", CONDITION),
    phrase(&["^ EFFECT TOOLS DOTTED TEXTOP"], "{EFFECT} {TOOLS} when {DOTTED} {TEXTOP}", CONDITION),
    phrase(
        &["^ EFFECT only TOOLS ;"],
        "{EFFECT} {TOOLS}",
        "`allow` opens the tools it names, and `deny *;` closes the rest",
    ),
    phrase(
        &["^ EFFECT TOOLS only ;"],
        "{EFFECT} {TOOLS}",
        "`allow` opens the tools it names, and `deny *;` closes the rest",
    ),
    phrase(&["NAME / NAME1"], "{NAME}::{NAME1}", "a tool of a server is `SERVER::TOOL`"),
    phrase(&["NAME / *"], "{NAME}::*", "the tools of a server are written `SERVER::*`"),
    phrase(&["NAME -> NAME1", "NAME : NAME1"], "{NAME}::{NAME1}", "a tool of a server is `SERVER::TOOL`"),
    advice(
        &[
            "^ EFFECT TOOLS ?",
            "^ EFFECT TOOLS ??",
            "^ EFFECT TOOLS ???",
            "^ EFFECT TOOLS ????",
            "^ limit TOOLS ?",
            "for TOOLS ?",
        ],
        "`*` is the only wildcard in the name of a tool",
        "write `*` for any run of characters, or the names",
    ),
    advice(
        &[
            "^ EFFECT regex|re|matching|matches|like STR",
            "^ EFFECT NAME =~|~|like|matches|regex|regexp STR",
            "^ EFFECT REGEX",
            "^ EFFECT ~|=~ STR",
        ],
        "a regular expression cannot select tools",
        "write the names, or a glob: `read_*`",
    ),
    // Reasons.
    phrase(&["reason|message|msg|error|explanation|comment|note|why :|=? STR ;"], "because {STR}", REASON),
    phrase(
        &["because :|= STR ;", "because ( STR ) ;", "with message|reason STR ;", "else STR ;", "-> STR ;", ": STR ;"],
        "because {STR}",
        REASON,
    ),
    phrase(&["because not REST ;"], "because \"not {REST}\"", "a reason is a string"),
    phrase(&["because for REST ;"], "because \"for {REST}\"", "a reason is a string"),
    phrase(&["because NAME REST ;"], "because \"{NAME} {REST}\"", "a reason is a string"),
    hole(&["because ;"], "a reason is missing", "write it in quotes after `because`, or remove `because`"),
    phrase(
        &["^ EFFECT TOOLS with|where|having|for PATH =|:|==|is? LIT ;"],
        "{EFFECT} {TOOLS} when {PATH} == {LIT}",
        CONDITION,
    ),
    // Conditions twice.
    phrase(
        &["when COND and? when|if COND1 >"],
        "when {COND:group} and {COND1:group}",
        "a rule has one condition; join several with `and`",
    ),
    phrase(
        &["when COND unless COND1 >", "if COND unless COND1 >"],
        "when {COND:group} and not ({COND1})",
        "a rule has one condition; join several with `and`",
    ),
    phrase(
        &["unless COND when|if COND1 >"],
        "when {COND1:group} and not ({COND})",
        "a rule has one condition; join several with `and`",
    ),
    phrase(
        &["unless COND unless|or COND1 >"],
        "unless {COND:group} or {COND1:group}",
        "a rule has one condition; join several with `or`",
    ),
];

//! Phrases of conditions.

use super::absent::SOME;
use super::{Phrase, advice, hole, phrase};

pub(super) const FUNCTION: &str = "there are no functions except `length`";
const METHOD: &str = "values have no methods";
const STARTS: &str = "a prefix is tested with `like` and `*`";
const ENDS: &str = "a suffix is tested with `like` and `*`";
pub(super) const PRESENT: &str = "`has` tests whether a value is present";
pub(super) const LENGTH: &str = "a length is written as `length(...)`";
pub(super) const LISTED: &str = "several values are tested with `in [...]`";
pub(super) const ELEMENTS: &str = "elements of an array are tested with `some` and `every`";
const LEFT: &str = "the path goes on the left of the operator";
pub(super) const RANGE: &str = "a range is written as two comparisons";
const NAMED: &str = "the name of a value is written without a sign";
const EMPTY: &str = "an empty string or array has the length 0";
const DOLLAR: &str = "a path has no `$` in front";
const EACH: &str = "`[*]` stands for each element of an array, under `some` or `every`";
pub(super) const REGEX: &str = "a regular expression is tested with `matches`, against the whole string";
const CASE: &str = "upper and lower case differ, except in `matches \"(?i)...\"`";
const BARE: &str = "a condition compares a value: a boolean with `true`, and `has` tests whether a value is present";
const EACH_TEST: &str = "each test needs its own path and operator";
const WORDS: &str = "comparisons are written with symbols";

/// They are tried in this order.
pub(super) const PHRASES: &[Phrase] = &[
    // Chains and ranges.
    phrase(
        &["PATH not between LIT and LIT1", "PATH not between ( LIT , LIT1 )"],
        "not ({PATH} >= {LIT} and {PATH} <= {LIT1})",
        RANGE,
    ),
    phrase(
        &[
            "PATH is? between LIT and LIT1",
            "between ( PATH , LIT , LIT1 )",
            "PATH between ( LIT , LIT1 )",
            "PATH between [ LIT , LIT1 ]",
            "PATH between LIT to|, LIT1",
            "PATH in range ( LIT , LIT1 )",
            "PATH in range LIT to|and|, LIT1",
            "PATH from LIT to LIT1",
            "PATH in LIT to LIT1",
        ],
        "{PATH} >= {LIT} and {PATH} <= {LIT1}",
        RANGE,
    ),
    phrase(&["LIT OP PATH OP1 LIT1"], "{PATH} {OP:flip} {LIT} and {PATH} {OP1} {LIT1}", RANGE),
    phrase(
        &["LIT OP length ( PATH ) OP1 LIT1"],
        "length({PATH}) {OP:flip} {LIT} and length({PATH}) {OP1} {LIT1}",
        RANGE,
    ),
    phrase(&["LIT OP length ( PATH )"], "length({PATH}) {OP:flip} {LIT}", LEFT),
    // Lengths.
    phrase(
        &[
            "length ( PATH ) is? between LIT and|to|, LIT1",
            "length ( PATH ) in LIT to LIT1",
            "length ( PATH ) from LIT to LIT1",
        ],
        "length({PATH}) >= {LIT} and length({PATH}) <= {LIT1}",
        RANGE,
    ),
    phrase(&["length ( PATH ) in NUM >"], "length({PATH}) >= {NUM:from} and length({PATH}) <= {NUM:to}", RANGE),
    phrase(
        &["length ( PATH ) is? at most NUM", "length ( PATH ) is? up to NUM", "length ( PATH ) lte|le|max NUM"],
        "length({PATH}) <= {NUM}",
        WORDS,
    ),
    phrase(&["length ( PATH ) is? at least NUM", "length ( PATH ) gte|ge|min NUM"], "length({PATH}) >= {NUM}", WORDS),
    phrase(
        &["length ( PATH ) is? less|fewer|smaller|shorter|lower than NUM", "length ( PATH ) is? below|under|lt NUM"],
        "length({PATH}) < {NUM}",
        WORDS,
    ),
    phrase(
        &[
            "length ( PATH ) is? more|greater|larger|longer|higher than NUM",
            "length ( PATH ) is? above|over|exceeds|gt NUM",
        ],
        "length({PATH}) > {NUM}",
        WORDS,
    ),
    phrase(
        &["length ( PATH ) OP NUM chars|characters|letters|bytes|items|elements|words|entries"],
        "length({PATH}) {OP} {NUM}",
        "a number has no unit",
    ),
    phrase(&["length ( PATH ) is|equals|equal|eq to? NUM"], "length({PATH}) == {NUM}", WORDS),
    phrase(&["length ( PATH ) >"], "length({PATH}) > 0", "a length is compared with a number"),
    phrase(
        &["len|size|count|strlen|char_length|len_bytes ( PATH )", "length|len|size|count of? PATH"],
        "length({PATH})",
        LENGTH,
    ),
    phrase(&["DOTTED.length|size|len|count ( )"], "length({DOTTED})", LENGTH),
    phrase(&["no PATH >"], "not has {PATH}", PRESENT),
    phrase(
        &["PATH is empty|blank >", "PATH.isempty|is_empty|empty ( )", "empty|isempty|is_empty ( PATH )"],
        "length({PATH}) == 0",
        EMPTY,
    ),
    phrase(&["PATH is not empty|blank >", "nonempty|not_empty ( PATH )"], "length({PATH}) > 0", EMPTY),
    // Elements.
    phrase(&["any|some|exists element|item|one|value? of|in PATH"], "some {PATH}", ELEMENTS),
    phrase(
        &["all|each|every element|elements|item|items|value|values|one|of|in of|in? PATH"],
        "every {PATH}",
        ELEMENTS,
    ),
    phrase(&["none|no of|in? PATH"], "not some {PATH}", ELEMENTS),
    phrase(&["any|atleast|anyof PATH"], "some {PATH}", ELEMENTS),
    phrase(&["all|each|foreach|allof PATH"], "every {PATH}", ELEMENTS),
    phrase(&["any|some ( PATH )"], "some {PATH}", ELEMENTS),
    phrase(&["all|every ( PATH )"], "every {PATH}", ELEMENTS),
    phrase(&["NAME [ _ ] ==|= VALUE", "NAME [ ] ==|= VALUE"], "some {NAME} == {VALUE}", ELEMENTS),
    phrase(
        &["< NAME [ _|i|any|each ] . NAME1 OP VALUE", "< NAME [ ] . NAME1 OP VALUE"],
        "some {NAME}[*].{NAME1} {OP} {VALUE}",
        EACH,
    ),
    phrase(
        &["< NAME [ _|i|any|each ] . NAME1 TEXTOP VALUE", "< NAME [ ] . NAME1 TEXTOP VALUE"],
        "some {NAME}[*].{NAME1} {TEXTOP} {VALUE}",
        EACH,
    ),
    phrase(&["NAME [ _|i|any|each ] . NAME1", "NAME [ ] . NAME1"], "{NAME}[*].{NAME1}", EACH),
    phrase(&["every|all ITEM OP VALUE"], "every {ITEM:elements} {OP} {VALUE}", EACH),
    phrase(&["every|all ITEM TEXTOP VALUE"], "every {ITEM:elements} {TEXTOP} {VALUE}", EACH),
    phrase(&["< ITEM OP VALUE"], "some {ITEM:elements} {OP} {VALUE}", EACH),
    phrase(&["< ITEM TEXTOP VALUE"], "some {ITEM:elements} {TEXTOP} {VALUE}", EACH),
    phrase(&["some|any ITEM OP VALUE"], "some {ITEM:elements} {OP} {VALUE}", EACH),
    phrase(&["some|any ITEM TEXTOP VALUE"], "some {ITEM:elements} {TEXTOP} {VALUE}", EACH),
    // Presence.
    phrase(&["args|arguments|context|input|params has NAME >"], "has args.{NAME}", PRESENT),
    phrase(&["principal|caller|user has NAME >"], "has caller.{NAME}", PRESENT),
    phrase(
        &[
            "has|exists|defined|present|isset|is_set|isdefined|is_defined|exist|is_present ( PATH )",
            "exists|defined|present|isset PATH >",
            "PATH exists|exist|present|defined >",
            "PATH is present|set|defined|given|there >",
            "PATH is not null|none|nil|undefined|missing|absent >",
            "PATH != undefined|nil|None",
            "PATH !==|<> undefined|null|nil",
        ],
        "has {PATH}",
        PRESENT,
    ),
    phrase(
        &[
            "PATH is null|none|nil|undefined|missing|absent|unset >",
            "PATH == undefined|nil|None",
            "PATH === undefined|null",
            "PATH is not present|set|defined|given >",
            "PATH does not exist >",
            "PATH not exists|present|defined >",
            "missing|absent|isnull|is_null|undefined ( PATH )",
            "missing|absent PATH >",
        ],
        "not has {PATH}",
        PRESENT,
    ),
    phrase(
        &["PATH TEXTOP r|b|rb STR"],
        "{PATH} {TEXTOP} {STR:raw}",
        "a string is written in plain quotes, with `\\\\` for a backslash",
    ),
    // Beginnings, ends, parts.
    phrase(
        &["startswith|starts_with|hasprefix|has_prefix|strings.hasprefix|starts|startwith ( PATH , STR )"],
        "{PATH} like {STR:prefix}",
        FUNCTION,
    ),
    phrase(&["PATH.startswith|starts_with|hasprefix|has_prefix|startwith ( STR )"], "{PATH} like {STR:prefix}", METHOD),
    phrase(
        &["PATH does? not startswith|starts_with|start|starts|begin|begins with? STR"],
        "not {PATH} like {STR:prefix}",
        STARTS,
    ),
    phrase(
        &["PATH startswith|starts_with|beginswith|hasprefix|startwith STR", "PATH starts|begins|start|begin with STR"],
        "{PATH} like {STR:prefix}",
        STARTS,
    ),
    phrase(
        &["endswith|ends_with|hassuffix|has_suffix|strings.hassuffix|endwith ( PATH , STR )"],
        "{PATH} like {STR:suffix}",
        FUNCTION,
    ),
    phrase(&["PATH.endswith|ends_with|hassuffix|has_suffix|endwith ( STR )"], "{PATH} like {STR:suffix}", METHOD),
    phrase(&["PATH does? not endswith|ends_with|end|ends with? STR"], "not {PATH} like {STR:suffix}", ENDS),
    phrase(
        &["PATH endswith|ends_with|hassuffix|endwith STR", "PATH ends|end with STR"],
        "{PATH} like {STR:suffix}",
        ENDS,
    ),
    phrase(
        &["contains|includes|strings.contains|str_contains|instr|in_array ( PATH , VALUE )"],
        "{PATH} contains {VALUE}",
        FUNCTION,
    ),
    phrase(&["PATH.contains|includes|has|include ( VALUE )"], "{PATH} contains {VALUE}", METHOD),
    phrase(
        &["PATH does? not contain|contains|include|includes VALUE", "VALUE not in PATH"],
        "not {PATH} contains {VALUE}",
        "`not` goes in front of the whole test",
    ),
    phrase(
        &["PATH includes|include|containing|contain VALUE", "PATH has VALUE"],
        "{PATH} contains {VALUE}",
        "a substring, or an element of an array, is tested with `contains`",
    ),
    phrase(
        &["LIT in DOTTED"],
        "{DOTTED} contains {LIT}",
        "the path goes on the left: `contains` looks into a string or an array",
    ),
    // Regular expressions.
    phrase(
        &[
            "PATH =~|~|matches|match|regex|regexp|rlike REGEX",
            "REGEX . test ( PATH )",
            "PATH.match|matches|test ( REGEX )",
        ],
        "{PATH} matches {REGEX}",
        REGEX,
    ),
    phrase(&["PATH not ~|matches|match REGEX"], "not {PATH} matches {REGEX}", REGEX),
    phrase(&["PATH not ~ STR"], "not {PATH} matches {STR:search}", REGEX),
    phrase(
        &[
            "regex.match|re_match|regex|regexp.match|regex_match|match|re.match|re.search ( STR , PATH )",
            "regexp_like|regexp_matches|regex_match|matches|match ( PATH , STR )",
        ],
        "{PATH} matches {STR:search}",
        REGEX,
    ),
    phrase(
        &["PATH.match|matches|test|search ( STR )", "PATH ~ STR", "PATH =~ STR"],
        "{PATH} matches {STR:search}",
        REGEX,
    ),
    phrase(&["PATH regexp|rlike|regex|match STR", "PATH similar to STR"], "{PATH} matches {STR:search}", REGEX),
    phrase(
        &[
            "glob|glob_match|fnmatch|wildcard ( PATH , STR )",
            "glob.match|fnmatch ( STR , PATH )",
            "PATH glob|wildcard STR",
        ],
        "{PATH} like {STR}",
        "a pattern with `*` is tested with `like`",
    ),
    phrase(&["PATH ilike STR"], "{PATH} matches {STR:ilike}", CASE),
    phrase(
        &[
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) == STR",
            "PATH.tolowercase|lower|toUpperCase|upper ( ) ==|=== STR",
        ],
        "{PATH} matches {STR:fold}",
        CASE,
    ),
    phrase(
        &[
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) contains|includes STR",
            "PATH.tolowercase|lower|touppercase|upper|casefold ( ) contains|includes STR",
            "PATH.tolowercase|lower|touppercase|upper|casefold ( ) . includes|contains|include ( STR )",
            "PATH icontains STR",
        ],
        "{PATH} matches {STR:icontains}",
        CASE,
    ),
    phrase(
        &[
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) startswith|starts_with STR",
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) starts|begins with STR",
            "startswith|starts_with|hasprefix|strings.hasprefix ( lower|upper|tolower|toupper|strings.tolower ( PATH ) , STR )",
            "PATH.tolowercase|lower|touppercase|upper|casefold ( ) . startswith|starts_with ( STR )",
        ],
        "{PATH} matches {STR:iprefix}",
        CASE,
    ),
    phrase(
        &[
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) endswith|ends_with STR",
            "endswith|ends_with|hassuffix ( lower|upper|tolower|toupper ( PATH ) , STR )",
            "PATH.tolowercase|lower|touppercase|upper|casefold ( ) . endswith|ends_with ( STR )",
        ],
        "{PATH} matches {STR:isuffix}",
        CASE,
    ),
    phrase(
        &[
            "lower|tolower|lcase|upper|toupper|casefold|to_lower|to_upper ( PATH ) like STR",
            "PATH.tolowercase|lower|touppercase|upper|casefold ( ) like STR",
        ],
        "{PATH} matches {STR:ilike}",
        CASE,
    ),
    phrase(&["PATH matches|=~|~ STR i|gi|ig|im"], "{PATH} matches {STR:anycase}", CASE),
    phrase(&["PATH = = VALUE"], "{PATH} == {VALUE}", "an operator has no space in it"),
    phrase(&["PATH OP = VALUE"], "{PATH} {OP}= {VALUE}", "an operator has no space in it"),
    phrase(
        &["when COND having|also|plus|adn|nad COND1 >"],
        "when {COND:group} and {COND1:group}",
        "conditions are joined with `and`",
    ),
    phrase(&["contains|includes|in ( LIST , PATH )"], "{PATH} in {LIST}", FUNCTION),
    advice(
        &["PATH.containsall|contains_all|hasall|has_all ("],
        "`contains` takes one value",
        "join one test for each value with `and`: `args.to contains \"a\" and args.to contains \"b\"`",
    ),
    advice(
        &["PATH.indexof|search|find ( VALUE ) OP"],
        METHOD,
        "a substring, or an element of an array, is tested with `args.NAME contains \"...\"`",
    ),
    // Functions of the policies of clouds.
    phrase(
        &["stringequals|numericequals|equals|equal|eq|is_equal|bool ( PATH , VALUE )"],
        "{PATH} == {VALUE}",
        FUNCTION,
    ),
    phrase(
        &["stringnotequals|numericnotequals|notequals|not_equal|neq|ne ( PATH , VALUE )"],
        "{PATH} != {VALUE}",
        FUNCTION,
    ),
    phrase(&["numericlessthan|lessthan|less_than|lt ( PATH , NUM )"], "{PATH} < {NUM}", FUNCTION),
    phrase(
        &["numericlessthanequals|lessthanequals|lessthanorequal|less_than_or_equal|lte|le ( PATH , NUM )"],
        "{PATH} <= {NUM}",
        FUNCTION,
    ),
    phrase(&["numericgreaterthan|greaterthan|greater_than|gt ( PATH , NUM )"], "{PATH} > {NUM}", FUNCTION),
    phrase(
        &["numericgreaterthanequals|greaterthanequals|greaterthanorequal|greater_than_or_equal|gte|ge ( PATH , NUM )"],
        "{PATH} >= {NUM}",
        FUNCTION,
    ),
    phrase(&["stringlike|like ( PATH , STR )", "PATH stringlike STR"], "{PATH} like {STR}", FUNCTION),
    phrase(&["not in PATH LIST", "not PATH in : LIST"], "{PATH} not in {LIST}", LEFT),
    phrase(&["in PATH LIST"], "{PATH} in {LIST}", LEFT),
    phrase(&["PATH not has >"], "not has {PATH}", "`has` goes in front of the path"),
    phrase(&["PATH has >"], "has {PATH}", "`has` goes in front of the path"),
    // Conditions that are documents, or that have a hole.
    hole(
        &["when|unless ;", "when|unless because|as|per|for|when|unless", "require for TOOLS"],
        "a condition is missing",
        "write what must be true of the call: `when args.path like \"/srv/*\"`",
    ),
    hole(
        &[
            "and ;",
            "or ;",
            "and|or|when|unless|require not ;",
            "and|or and|or",
            "when|unless|require and|or",
            "and|or because|for|as|per",
        ],
        "a condition next to `and` or `or` is missing",
        "write one on each side, or remove the word",
    ),
    advice(
        &["when|unless COND , TEST", "require COND , TEST for"],
        "conditions cannot be joined with `,`",
        "write `and` if all of them must be true, `or` if one is enough",
    ),
    phrase(&["PATH OP NUM , NUM1"], "{PATH} {OP} {NUM}_{NUM1}", "the digits of a number are grouped with `_`"),
    phrase(
        &["PATH OP $|€|£ NUM", "PATH OP NUM %|€|£|$|usd|eur|euros|dollars"],
        "{PATH} {OP} {NUM}",
        "a number has no unit or currency sign",
    ),
    phrase(&["< NAME contains|includes|has DOTTED >"], "{DOTTED} in {NAME:plain}", LISTED),
    phrase(&["PATH OP ITEM >"], "{PATH} {OP} {ITEM:unsigned}", NAMED),
    // Values with a sign that says where they come from.
    phrase(&["PATH OP $|@|# NAME", "PATH OP $|#? { NAME }", "PATH OP $|#? { { NAME } }"], "{PATH} {OP} {NAME}", NAMED),
    phrase(
        &["PATH TEXTOP $|@|# NAME", "PATH TEXTOP $|#? { NAME }", "PATH TEXTOP $|#? { { NAME } }"],
        "{PATH} {TEXTOP} {NAME}",
        NAMED,
    ),
    phrase(
        &["PATH in NAME , NAME1 >", "PATH in ( NAME , NAME1 )"],
        "{PATH} in [\"{NAME:plain}\", \"{NAME1:plain}\"]",
        "a list is written in brackets, and a string in quotes",
    ),
    phrase(&["PATH in ITEM >"], "{PATH} in {ITEM:unsigned}", NAMED),
    phrase(&["PATH in $|@|# NAME", "PATH in $ { NAME }"], "{PATH} in {NAME}", NAMED),
    // Lists.
    advice(
        &["PATH contains any? of? [ LIT , LIT1 ]"],
        "`contains` takes one value",
        "for an array write `some {PATH} in [{LIT}, {LIT1}]`, for a string `({PATH} contains {LIT} or {PATH} contains {LIT1})`",
    ),
    advice(
        &["PATH contains any? of? LIST"],
        "`contains` takes one value",
        "for an array write `some {PATH} in {LIST}`, for a string one test for each value, joined with `or`",
    ),
    phrase(
        &[
            "PATH.containsany|contains_any|includesany|hasany|has_any|intersects|overlaps ( LIST )",
            "PATH has any of LIST",
            "PATH intersects|overlaps with? LIST",
        ],
        "some {PATH} in {LIST}",
        "`contains` takes one value; an array is tested for one of several with `some ... in [...]`",
    ),
    phrase(&["PATH is? not one|any of ( VALUES )"], "{PATH} not in [{VALUES}]", LISTED),
    phrase(&["PATH is? one|any of ( VALUES )"], "{PATH} in [{VALUES}]", LISTED),
    phrase(
        &[
            "PATH ==|=|is LIST",
            "PATH is? one|any of LIST",
            "PATH is in LIST",
            "PATH oneof|anyof LIST",
            "LIST contains PATH",
        ],
        "{PATH} in {LIST}",
        LISTED,
    ),
    phrase(
        &["PATH !=|<> LIST", "PATH is not in LIST", "PATH is? not one|any of LIST", "not PATH in LIST"],
        "{PATH} not in {LIST}",
        LISTED,
    ),
    phrase(&["LIST.includes|contains ( PATH )", "LIST . includes|contains ( PATH )"], "{PATH} in {LIST}", LISTED),
    phrase(&["PATH in JSON", "PATH is? one of JSON"], "{PATH} in [{JSON:inside}]", "a list is written in brackets"),
    phrase(&["PATH not in JSON"], "{PATH} not in [{JSON:inside}]", "a list is written in brackets"),
    phrase(&["PATH notin|not_in|nin|notIn LIST"], "{PATH} not in {LIST}", LISTED),
    phrase(&["PATH in STR >"], "{PATH} like {STR:starred}", "a pattern with `*` is tested with `like`"),
    phrase(&["PATH in NUM >"], "{PATH} >= {NUM:from} and {PATH} <= {NUM:to}", RANGE),
    phrase(&["PATH in LIT >"], "{PATH} == {LIT}", "`in` takes a list; one value is compared with `==`"),
    phrase(&["PATH in ( VALUES )", "PATH in VALUES >"], "{PATH} in [{VALUES}]", "a list is written in brackets"),
    phrase(&["PATH not in ( VALUES )"], "{PATH} not in [{VALUES}]", "a list is written in brackets"),
    phrase(&["PATH not in LIT >"], "{PATH} != {LIT}", "`not in` takes a list; one value is compared with `!=`"),
    phrase(
        &["PATH contains STR ,|or STR1 >"],
        "({PATH} contains {STR} or {PATH} contains {STR1})",
        "`contains` takes one value",
    ),
    phrase(&["PATH like VALUES >"], "{PATH} like [{VALUES}]", "a list is written in brackets"),
    phrase(&["PATH matches VALUES >"], "{PATH} matches [{VALUES}]", "a list is written in brackets"),
    phrase(&["PATH TEXTOP STR or TEXTOP1 STR1 >"], "({PATH} {TEXTOP} {STR} or {PATH} {TEXTOP1} {STR1})", EACH_TEST),
    phrase(
        &["PATH TEXTOP STR and not TEXTOP1 STR1 >"],
        "{PATH} {TEXTOP} {STR} and not {PATH} {TEXTOP1} {STR1}",
        EACH_TEST,
    ),
    phrase(&["PATH TEXTOP STR and TEXTOP1 STR1 >"], "{PATH} {TEXTOP} {STR} and {PATH} {TEXTOP1} {STR1}", EACH_TEST),
    phrase(&["PATH OP LIT and OP1 LIT1 >"], "{PATH} {OP} {LIT} and {PATH} {OP1} {LIT1}", EACH_TEST),
    phrase(&["PATH OP LIT or OP1 LIT1 >"], "({PATH} {OP} {LIT} or {PATH} {OP1} {LIT1})", EACH_TEST),
    phrase(&["PATH ==|= LIT LIT1 >"], "{PATH} in [{LIT}, {LIT1}]", LISTED),
    phrase(&["PATH ==|= LIT or LIT1 or LIT2 >"], "{PATH} in [{LIT}, {LIT1}, {LIT2}]", LISTED),
    phrase(&["PATH ==|= ( LIT or LIT1 or LIT2 )"], "{PATH} in [{LIT}, {LIT1}, {LIT2}]", LISTED),
    phrase(&["PATH ==|= ( LIT or LIT1 )"], "{PATH} in [{LIT}, {LIT1}]", LISTED),
    phrase(&["PATH ==|= LIT or LIT1 >", "PATH is either? LIT or LIT1 >"], "{PATH} in [{LIT}, {LIT1}]", LISTED),
    phrase(&["PATH != LIT and LIT1 >", "PATH != LIT or LIT1 >"], "{PATH} not in [{LIT}, {LIT1}]", LISTED),
    phrase(&["PATH like|matches|contains STR or STR1 >"], "({PATH} like {STR} or {PATH} like {STR1})", EACH_TEST),
    // Operators in words, on the wrong side, or with `not` in the wrong place.
    phrase(&["PATH not TEXTOP VALUE"], "not {PATH} {TEXTOP} {VALUE}", "`not` goes in front of the whole test"),
    phrase(&["PATH does not match STR"], "not {PATH} matches {STR}", "`not` goes in front of the whole test"),
    phrase(&["PATH is|==|= either? NAME or NAME1 >"], "{PATH} in [\"{NAME:plain}\", \"{NAME1:plain}\"]", LISTED),
    phrase(&["PATH is not NAME >"], "{PATH} != \"{NAME:plain}\"", WORDS),
    phrase(&["PATH is NAME >"], "{PATH} == \"{NAME:plain}\"", WORDS),
    phrase(
        &[
            "PATH is not equal to? VALUE",
            "PATH is not|isn't VALUE",
            "PATH does not equal VALUE",
            "PATH not equal|equals to? VALUE",
            "PATH ne|neq VALUE",
        ],
        "{PATH} != {VALUE}",
        WORDS,
    ),
    phrase(
        &["PATH is? equal|equals to? VALUE", "PATH eq|is|stringequals|numericequals VALUE"],
        "{PATH} == {VALUE}",
        WORDS,
    ),
    phrase(
        &[
            "PATH is? greater|more|larger|bigger|higher than or equal to? NUM",
            "PATH gte|ge|>=|=> NUM",
            "PATH is? at least NUM",
        ],
        "{PATH} >= {NUM}",
        WORDS,
    ),
    phrase(
        &[
            "PATH is? less|smaller|lower|fewer than or equal to? NUM",
            "PATH lte|le NUM",
            "PATH is? at most NUM",
            "PATH is? up to NUM",
        ],
        "{PATH} <= {NUM}",
        WORDS,
    ),
    phrase(
        &[
            "PATH is? greater|more|larger|bigger|higher than NUM",
            "PATH gt|exceeds|above|over|exceeding|numericgreaterthan NUM",
            "PATH is above|over NUM",
        ],
        "{PATH} > {NUM}",
        WORDS,
    ),
    phrase(
        &[
            "PATH is? less|smaller|lower|fewer than NUM",
            "PATH lt|below|under|numericlessthan NUM",
            "PATH.lessthan|lt ( NUM )",
            "PATH is below|under NUM",
        ],
        "{PATH} < {NUM}",
        WORDS,
    ),
    phrase(&["LIT OP DOTTED"], "{DOTTED} {OP:flip} {LIT}", LEFT),
    phrase(&["has PATH OP LIT"], "{PATH} {OP} {LIT}", "a test of a missing value is false, and needs no `has`"),
    // Keys.
    phrase(&["NAME ? . NAME1"], "{NAME}.{NAME1}", "a path needs no `?`: a test of a missing value is false"),
    phrase(&["< $ DOTTED"], "{DOTTED}", DOLLAR),
    phrase(&["< $ . NAME"], "args.{NAME}", DOLLAR),
    phrase(&["NAME [ STR ] [ STR1 ]"], "{NAME}.{STR:key}.{STR1:key}", "a key is written after a dot"),
    phrase(
        &["NAME [ STR ]", "NAME . get ( STR )", "NAME.get ( STR )"],
        "{NAME}.{STR:key}",
        "a key is written after a dot",
    ),
    // Booleans.
    Phrase {
        help: Some("for a value that is not a boolean write `has {DOTTED}`"),
        ..phrase(&["< DOTTED >"], "{DOTTED} == true", BARE)
    },
    // What can be said only with other words.
    advice(
        &["lower|tolower|upper|toupper|trim|strip ( PATH )", "PATH.tolowercase|lower|touppercase|upper|trim|strip ( )"],
        "values are compared as they are",
        "to ignore case write `args.NAME matches \"(?i)...\"`",
    ),
    advice(&["PATH.some|any|every|all|filter|map ("], ELEMENTS, SOME),
];

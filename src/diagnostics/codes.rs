//! The table of diagnostic codes.
//!
//! A code is stable and never used again for something else; it does not say how bad the finding is. People
//! write the name, in configuration and in suppressions.

use super::Severity;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `P` and three digits; the first says the area.
    pub id: &'static str,
    /// The readable name.
    pub name: &'static str,
    /// How bad it is unless the configuration says otherwise.
    pub severity: Severity,
    /// What it means and what to write instead, in Markdown. Of a lint rule what its file says, without a heading.
    pub page: &'static str,
}

impl Code {
    /// Whether this is its id or its name.
    #[must_use]
    pub fn is_called(&self, id_or_name: &str) -> bool {
        self.name == id_or_name || self.id.eq_ignore_ascii_case(id_or_name)
    }

    /// Whether it is about a text that cannot be read.
    #[must_use]
    pub fn is_syntax(&self) -> bool {
        self.id.starts_with("P1")
    }
}

/// The page of a code: a file of `docs/`, so that the text stands in one place.
macro_rules! page {
    (page $name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnostics/", $name, ".md"))
    };
    // What the build script has taken from the file of the rule.
    (rule $name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/lints/", $name, ".md"))
    };
}

macro_rules! codes {
    ($($source:ident { $($constant:ident $id:literal $name:literal $severity:ident)* })*) => {
        $($(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: &Code =
                &Code { id: $id, name: $name, severity: Severity::$severity, page: page!($source $name) };
        )*)*
        /// All codes, in order of their ids.
        pub const ALL: &[&Code] = &[$($($constant),*),*];
    };
}

// The page of `page` is a file of its own; that of `rule` is the comment of the lint rule.
codes! {
    page {
    // Reading files.
    UNREADABLE_FILE "P001" "unreadable-file" Error
    INVALID_UTF8 "P002" "invalid-utf8" Error
    FILE_TOO_LARGE "P003" "file-too-large" Error
    BAD_CONFIGURATION "P004" "bad-configuration" Error

    // Syntax.
    UNEXPECTED_TOKEN "P101" "unexpected-token" Error
    MISSING_SEMICOLON "P102" "missing-semicolon" Error
    UNCLOSED_DELIMITER "P103" "unclosed-delimiter" Error
    UNOPENED_DELIMITER "P104" "unopened-delimiter" Error
    UNTERMINATED_STRING "P105" "unterminated-string" Error
    BAD_STRING "P106" "bad-string" Error
    WRONG_QUOTES "P107" "wrong-quotes" Error
    WRONG_OPERATOR "P108" "wrong-operator" Error
    WRONG_COMMENT "P109" "wrong-comment" Error
    STRAY_CHARACTER "P110" "stray-character" Error
    BAD_NUMBER "P111" "bad-number" Error
    KEYWORD_AS_NAME "P112" "keyword-as-name" Error
    NESTED_TOO_DEEP "P113" "nested-too-deep" Error
    MISPLACED_CLAUSE "P114" "misplaced-clause" Error
    BAD_PATH "P115" "bad-path" Error
    BAD_WINDOW "P116" "bad-window" Error
    BAD_GLOB "P117" "bad-glob" Error
    BAD_SCOPE "P118" "bad-scope" Error
    BAD_JSON "P119" "bad-json" Error
    FOREIGN_PHRASE "P120" "foreign-phrase" Error
    FOREIGN_DOCUMENT "P121" "foreign-document" Error

    // What names refer to.
    UNKNOWN_TOOL "P201" "unknown-tool" Error
    AMBIGUOUS_TOOL "P202" "ambiguous-tool" Error
    UNKNOWN_SERVER "P203" "unknown-server" Error
    UNKNOWN_SET "P204" "unknown-set" Error
    UNKNOWN_LET "P205" "unknown-let" Error
    DUPLICATE_NAME "P206" "duplicate-name" Error
    RESERVED_NAME "P207" "reserved-name" Error
    GROUP_CYCLE "P208" "group-cycle" Error
    BAD_GROUP "P209" "bad-group" Error
    IMPORT_CYCLE "P210" "import-cycle" Error
    IMPORT_WITH_POLICIES "P211" "import-with-policies" Error
    MISPLACED_STATEMENT "P212" "misplaced-statement" Error
    NEEDS_CATALOGUE "P213" "needs-catalogue" Error
    TWO_DEFAULTS "P214" "two-defaults" Error
    COUNTER_COLLISION "P215" "counter-collision" Error
    TOTAL_NEEDS_NAME "P216" "total-needs-name" Error
    UNKNOWN_POLICY "P217" "unknown-policy" Error
    DEAD_GLOB "P218" "dead-glob" Error
    NO_DEFAULT "P219" "no-default" Warning
    UNKNOWN_TOOL_IN_TEST "P220" "unknown-tool-in-test" Warning
    EMPTY_SET "P221" "empty-set" Warning
    SELECTS_NOTHING "P222" "selects-nothing" Error
    ARGUMENT_IN_TEST "P223" "argument-in-test" Warning
    SETS_OPEN_NOTHING "P224" "sets-open-nothing" Info
    WORD_FOR_ALL "P225" "word-for-all" Warning

    // Types of values.
    UNKNOWN_ARGUMENT "P301" "unknown-argument" Error
    WRONG_TYPE "P302" "wrong-type" Error
    BAD_VALUE "P303" "bad-value" Error
    BAD_PATTERN "P304" "bad-pattern" Error
    BAD_LIST "P305" "bad-list" Error
    PARTLY_WRONG "P306" "partly-wrong" Warning
    NO_CATALOGUE "P307" "no-catalogue" Warning

    // Catalogues.
    BAD_CATALOGUE "P401" "bad-catalogue" Error
    DUPLICATE_TOOL "P402" "duplicate-tool" Warning
    BAD_SCHEMA "P403" "bad-schema" Warning
    BAD_LOCK "P404" "bad-lock" Error
    CATALOGUE_DRIFT "P405" "catalogue-drift" Warning
    UNREVIEWED_TOOL "P406" "unreviewed-tool" Warning

    // Targets.
    NOT_EXPRESSIBLE "P501" "not-expressible" Error
    STRICTER_ARTEFACT "P502" "stricter-artefact" Warning
    UNSOUND_ARTEFACT "P503" "unsound-artefact" Error
    APPROVAL_AS_DENIAL "P504" "approval-as-denial" Info
    UNPROVED_ARTEFACT "P505" "unproved-artefact" Warning
    BAD_DOCUMENT "P506" "bad-document" Error
    LEFT_OUT "P507" "left-out" Warning
    LIMIT_FAILS_OPEN "P508" "limit-fails-open" Warning

    // Assertions, tests and suppressions.
    ASSERTION_FAILS "P601" "assertion-fails" Error
    ASSERTION_UNDECIDED "P602" "assertion-undecided" Error
    TEST_FAILS "P603" "test-fails" Error
    UNUSED_SUPPRESSION "P604" "unused-suppression" Warning
    BAD_SUPPRESSION "P605" "bad-suppression" Warning
    }

    rule {
    // What changes nothing.
    IMPOSSIBLE_CONDITION "P701" "impossible-condition" Warning
    NEEDLESS_CONDITION "P702" "needless-condition" Warning
    SHADOWED_RULE "P703" "shadowed-rule" Warning
    OVERRIDDEN_RULE "P704" "overridden-rule" Warning
    UNOPENED_RULE "P705" "unopened-rule" Warning
    REDUNDANT_RULE "P706" "redundant-rule" Warning
    EMPTY_SELECTION "P707" "empty-selection" Warning
    DUPLICATE_RULE "P708" "duplicate-rule" Warning
    CONTRADICTORY_RULES "P709" "contradictory-rules" Warning
    HIDDEN_BUT_ALLOWED "P710" "hidden-but-allowed" Warning
    NEEDLESS_ALLOW "P711" "needless-allow" Info
    OPENS_NOTHING "P712" "opens-nothing" Warning

    // Names and selections.
    CONFUSABLE_NAME "P721" "confusable-name" Warning
    HIDDEN_CHARACTER "P722" "hidden-character" Warning
    REPEATED_ITEM "P723" "repeated-item" Warning
    COVERED_ITEM "P724" "covered-item" Info
    NEEDLESS_EXCEPT "P725" "needless-except" Warning
    UNUSED_SERVER "P726" "unused-server" Warning
    LONE_CARRIAGE_RETURN "P727" "lone-carriage-return" Warning

    // Conditions.
    ESCAPABLE_DENY "P731" "escapable-deny" Warning
    ESCAPED_BY_DEFAULT "P732" "escaped-by-default" Warning
    OPTIONAL_ARGUMENT "P733" "optional-argument" Info
    NEGATED_ARGUMENT "P734" "negated-argument" Warning
    IMPOSSIBLE_FOR_VALID_CALLS "P735" "impossible-for-valid-calls" Warning
    DECIDED_BY_SCHEMA "P736" "decided-by-schema" Info
    REPEATED_VALUE "P737" "repeated-value" Warning
    SINGLE_VALUE_LIST "P738" "single-value-list" Info
    DOUBLE_NEGATION "P739" "double-negation" Warning
    STAR_IN_EQUALITY "P740" "star-in-equality" Warning

    // Texts, hosts and paths.
    LITERAL_PATTERN "P741" "literal-pattern" Warning
    NEEDLESS_ANCHOR "P742" "needless-anchor" Info
    UNESCAPED_DOT "P743" "unescaped-dot" Warning
    OPEN_PREFIX "P744" "open-prefix" Warning
    OPEN_SUFFIX "P745" "open-suffix" Warning
    SUBSTRING_MATCH "P746" "substring-match" Warning
    UNNORMALISED_PATH "P747" "unnormalised-path" Warning
    CASE_SENSITIVE_HOST "P748" "case-sensitive-host" Warning
    SECRET_IN_POLICY "P749" "secret-in-policy" Warning
    WRONG_PATTERN_LANGUAGE "P750" "wrong-pattern-language" Warning

    // What the policy opens.
    DEFAULT_ALLOW "P751" "default-allow" Warning
    UNGUARDED_RISK "P752" "unguarded-risk" Warning
    RISKY_GLOB "P753" "risky-glob" Warning
    UNLIMITED_WRITE "P754" "unlimited-write" Warning
    UNCAPPED_SPEND "P755" "uncapped-spend" Warning
    EXFILTRATION_PATH "P756" "exfiltration-path" Warning
    OPEN_ENDED_ALLOW "P757" "open-ended-allow" Info
    UNMENTIONED_TOOL "P758" "unmentioned-tool" Info

    // Limits.
    ZERO_LIMIT "P761" "zero-limit" Warning
    LIMIT_NEVER_BINDS "P762" "limit-never-binds" Warning
    WINDOW_BURST "P763" "window-burst" Info
    SUM_OVER_OPTIONAL "P764" "sum-over-optional" Info
    SHARED_QUOTA "P765" "shared-quota" Info
    ODD_WINDOW "P766" "odd-window" Info

    // Catalogues.
    ANNOTATION_CONFLICT "P771" "annotation-conflict" Warning
    HIDDEN_TEXT "P772" "hidden-text" Warning
    SUSPICIOUS_DESCRIPTION "P773" "suspicious-description" Warning
    LOOKALIKE_TOOLS "P774" "lookalike-tools" Warning
    UNTYPED_ARGUMENT "P775" "untyped-argument" Info

    // Hygiene.
    UNUSED_LET "P781" "unused-let" Warning
    UNUSED_GROUP "P782" "unused-group" Warning
    UNUSED_IMPORT "P783" "unused-import" Warning
    UNTESTED_RULE "P784" "untested-rule" Info
    SILENT_DENY "P785" "silent-deny" Info
    SUPPRESSION_WITHOUT_REASON "P786" "suppression-without-reason" Info
    EMPTY_TEST "P787" "empty-test" Warning
    REPEATED_TEST_NAME "P788" "repeated-test-name" Warning
    VACUOUS_ASSERTION "P789" "vacuous-assertion" Warning
    REPEATED_ASSERTION "P790" "repeated-assertion" Warning

    // What is read otherwise than it looks.
    MIXED_AND_OR "P791" "mixed-and-or" Warning
    CLAIM_FOR_ARGUMENT "P792" "claim-for-argument" Warning
    UNEQUAL_TO_ONE "P793" "unequal-to-one" Warning
    }
}

/// What is said of a glob or set that has no tool.
pub const SELECTING_NOTHING: [&Code; 2] = [DEAD_GLOB, EMPTY_SET];

/// The code with this id or name.
#[must_use]
pub fn find(id_or_name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.is_called(id_or_name))
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn ids_ascend_and_names_are_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        let mut names: Vec<_> = ALL.iter().map(|code| code.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

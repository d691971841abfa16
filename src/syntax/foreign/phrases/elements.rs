//! Phrases in which the elements of an array have a name of their own: `files.some(f => f.path == "x")`.

use super::conditions::ELEMENTS;
use super::{Phrase, phrase};

/// How a test of at least one element is written: with a function, as a comprehension, with the name in front.
macro_rules! some {
    ($test:literal) => {
        &[
            concat!("PATH.some|any|exists|exists_one|find ( (? NAME )? =>|,|: ", $test, " )"),
            concat!("any|some|exists ( ", $test, " for NAME in PATH )"),
            concat!("any|some|exists NAME in PATH :|,|{|(|where|satisfies|such|with|has? that? ", $test, " }|)? >"),
        ]
    };
}

/// The same of all elements.
macro_rules! every {
    ($test:literal) => {
        &[
            concat!("PATH.every|all ( (? NAME )? =>|,|: ", $test, " )"),
            concat!("all|every ( ", $test, " for NAME in PATH )"),
            concat!(
                "every|all|each|forall|foreach|for NAME in PATH :|,|{|(|satisfies|such|with|has? that? ",
                $test,
                " }|)? >"
            ),
        ]
    };
}

/// The same without the name in the test: `any path in args.paths starts with "/etc"`.
macro_rules! some_of {
    ($test:literal) => {
        &[concat!("any|some|exists NAME in|of PATH ", $test, " >")]
    };
}

/// The same of all elements.
macro_rules! every_of {
    ($test:literal) => {
        &[concat!("every|all|each NAME in|of PATH ", $test, " >")]
    };
}

/// They are tried in this order, before all others: `some NAME in PATH` alone is none of them.
pub(super) const PHRASES: &[Phrase] = &[
    phrase(some!("NAME1 === VALUE"), "some {PATH}{NAME1:steps} == {VALUE}", ELEMENTS),
    phrase(some!("NAME1 OP VALUE"), "some {PATH}{NAME1:steps} {OP} {VALUE}", ELEMENTS),
    phrase(some!("NAME1 TEXTOP VALUE"), "some {PATH}{NAME1:steps} {TEXTOP} {VALUE}", ELEMENTS),
    phrase(some!("NAME1 in LIST"), "some {PATH}{NAME1:steps} in {LIST}", ELEMENTS),
    phrase(
        some!("NAME1.startswith|starts_with|hasprefix ( STR )"),
        "some {PATH}{NAME1:steps} like {STR:prefix}",
        ELEMENTS,
    ),
    phrase(some!("NAME1.endswith|ends_with|hassuffix ( STR )"), "some {PATH}{NAME1:steps} like {STR:suffix}", ELEMENTS),
    phrase(some!("NAME1.includes|contains|include ( STR )"), "some {PATH}{NAME1:steps} contains {STR}", ELEMENTS),
    phrase(some!("STR in NAME1"), "some {PATH}{NAME1:steps} contains {STR}", ELEMENTS),
    phrase(every!("NAME1 === VALUE"), "every {PATH}{NAME1:steps} == {VALUE}", ELEMENTS),
    phrase(every!("NAME1 OP VALUE"), "every {PATH}{NAME1:steps} {OP} {VALUE}", ELEMENTS),
    phrase(every!("NAME1 TEXTOP VALUE"), "every {PATH}{NAME1:steps} {TEXTOP} {VALUE}", ELEMENTS),
    phrase(every!("NAME1 in LIST"), "every {PATH}{NAME1:steps} in {LIST}", ELEMENTS),
    phrase(
        every!("NAME1.startswith|starts_with|hasprefix ( STR )"),
        "every {PATH}{NAME1:steps} like {STR:prefix}",
        ELEMENTS,
    ),
    phrase(
        every!("NAME1.endswith|ends_with|hassuffix ( STR )"),
        "every {PATH}{NAME1:steps} like {STR:suffix}",
        ELEMENTS,
    ),
    phrase(every!("NAME1.includes|contains|include ( STR )"), "every {PATH}{NAME1:steps} contains {STR}", ELEMENTS),
    phrase(every!("STR in NAME1"), "every {PATH}{NAME1:steps} contains {STR}", ELEMENTS),
    phrase(some_of!("OP VALUE"), "some {PATH} {OP} {VALUE}", ELEMENTS),
    phrase(some_of!("TEXTOP VALUE"), "some {PATH} {TEXTOP} {VALUE}", ELEMENTS),
    phrase(some_of!("starts|begins with STR"), "some {PATH} like {STR:prefix}", ELEMENTS),
    phrase(some_of!("ends with STR"), "some {PATH} like {STR:suffix}", ELEMENTS),
    phrase(every_of!("OP VALUE"), "every {PATH} {OP} {VALUE}", ELEMENTS),
    phrase(every_of!("TEXTOP VALUE"), "every {PATH} {TEXTOP} {VALUE}", ELEMENTS),
    phrase(every_of!("starts|begins with STR"), "every {PATH} like {STR:prefix}", ELEMENTS),
    phrase(every_of!("ends with STR"), "every {PATH} like {STR:suffix}", ELEMENTS),
];

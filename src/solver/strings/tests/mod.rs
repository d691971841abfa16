//! Cases as data; `properties` compares with trying all short strings.

mod properties;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;

/// Enough for every question that is not meant to be too hard.
const STEPS: u64 = 2_000_000;

/// A language by a short text: `like:`, `re:`, `search:` or `has:`.
fn language(text: &str) -> Language {
    let (kind, pattern) = text.split_once(':').unwrap();
    match kind {
        "like" => Language::like(&Like::new(pattern).unwrap()),
        "re" => Language::regex(&Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error:?}"))),
        "search" => Language::regex(&Regex::search(pattern).unwrap()),
        "has" => Language::containing(&Arc::from(pattern)),
        other => panic!("{other}"),
    }
}

fn length(text: &str) -> (Comparison, Decimal) {
    let (symbol, number) = text.split_once(' ').unwrap();
    let comparison = Comparison::of_symbol(symbol).unwrap();
    (comparison, Decimal::parse(number).unwrap())
}

/// The answer for conditions that are written as texts: languages, those after `!` to be avoided,
/// lengths after `#`, and excepted strings after `-`.
fn answer(parts: &[&str], steps: u64) -> Result<Option<String>, Exhausted> {
    let is_language = |text: &str| ["like:", "re:", "search:", "has:"].iter().any(|kind| text.starts_with(kind));
    let within: Vec<_> = parts.iter().filter(|part| is_language(part)).map(|part| language(part)).collect();
    let outside: Vec<_> =
        parts.iter().filter_map(|part| part.strip_prefix('!').filter(|rest| is_language(rest))).map(language).collect();
    let except = parts.iter().filter_map(|part| part.strip_prefix('-')).map(Arc::from).collect();
    let lengths = parts.iter().filter_map(|part| part.strip_prefix('#')).map(length).collect();
    let wanted =
        Wanted { within: within.iter().collect(), outside: outside.iter().collect(), except: &except, lengths };
    let mut results = Vec::new();
    // The second time everything is known already, which must not make a difference.
    for _ in 0..2 {
        let mut budget = Budget::new(steps);
        let found = find(&wanted, &mut budget);
        results.push((found, format!("{budget:?}")));
    }
    assert_eq!(results[0], results[1], "{parts:?}");
    match results.remove(0).0? {
        StringAnswer::Text(text) => Ok(Some(text)),
        StringAnswer::Nothing => Ok(None),
    }
}

#[test]
fn strings_that_are_wanted() {
    let mut wrong = Vec::new();
    for (parts, expected) in [
        // Nothing asked.
        (&[][..], Some("")),
        (&["-"], Some("a")),
        (&["-", "-a"], Some("b")),
        (&["#> 2"], Some("aaa")),
        (&["#> 2", "-aaa"], Some("aba")),
        (&["#== 2.5"], None),
        (&["#< 0"], None),
        (&["#> -1", "#< 1e400"], Some("")),
        // One language.
        (&["like:"], Some("")),
        (&["like:*"], Some("")),
        (&["like:main"], Some("main")),
        (&["like:main", "-main"], None),
        (&["like:main", "#!= 4"], None),
        (&["like:\\*\\\\*"], Some("*\\")),
        (&["has:drop"], Some("drop")),
        (&["re:[^@]+@acme\\.com"], Some("a@acme.com")),
        (&["re:(?i).*drop.*"], Some("drop")),
        (&["re:"], Some("")),
        (&["re:[^\\x00-\\x{10ffff}]"], None),
        (&["re:x|[^\\x00-\\x{10ffff}]"], Some("x")),
        (&["!like:*"], None),
        (&["!re:.*"], Some("\n")),
        (&["!re:(?s).*"], None),
        (&["!re:(?s).+"], Some("")),
        (&["!re:[\\x00-\\x{10ffff}]*"], None),
        (&["!re:[\\x00-\\x{d7ff}]*", "!re:.*[\\x{e000}-\\x{ffff}].*"], Some("𐀀")),
        // Overlap and emptiness.
        (&["like:https://*.acme.com/*", "like:*evil*"], Some("https://evil.acme.com/")),
        (&["like:https://*", "!like:https://*.acme.com/*"], Some("https://")),
        (&["like:https://*.acme.com/*", "!like:https://*"], None),
        (&["like:*.acme.com", "re:[^@]+@acme\\.com"], None),
        (&["like:*@acme.com", "re:[^@]+@[a-z.]+"], Some("a@acme.com")),
        (&["re:[^@]+@acme\\.com", "!like:*@acme.com"], None),
        (&["like:a*", "like:b*"], None),
        (&["like:ab*", "like:*bc"], Some("abc")),
        (&["like:ab*bc"], Some("abbc")),
        (&["like:*a*", "!has:a"], None),
        (&["has:aab", "has:aba"], Some("aaba")),
        (&["like:*", "!like:*"], None),
        (&["re:a*", "!re:(aa)*", "!re:(aaa)*"], Some("a")),
        (&["re:a*", "!re:a(aa)*", "!re:(aaa)*"], Some("aa")),
        (&["re:(aa)*", "re:(aaa)+"], Some("aaaaaa")),
        (&["re:(ab)+", "!re:a(ba)*b"], None),
        (&["re:\\d+", "!re:[0-9]*"], None),
        // Unicode.
        (&["re:\\pL", "!re:[a-zA-Z]"], Some("ª")),
        (&["re:\\p{Greek}+", "!re:\\p{Lu}.*|\\p{M}.*", "re:\\pL.*"], Some("ͱ")),
        (&["re:.", "!re:[\\x00-\\x7f]", "!re:\\PL"], Some("ª")),
        (&["re:(?i)k", "!re:[a-z]", "!re:[A-Z]"], Some("\u{212a}")),
        (&["re:(?i:ſ)", "!re:[a-zA-Z]"], Some("ſ")),
        (&["re:\\p{Lu}", "re:\\p{Ll}"], None),
        (&["like:*😀*", "#== 1"], Some("😀")),
        (&["like:*é", "#== 2"], Some("aé")),
        // Assertions.
        (&["search:^a$"], Some("a")),
        (&["search:^a", "!like:a*"], None),
        (&["search:a", "!has:a"], None),
        (&["search:(?m)^a$", "!search:^a", "!search:a$"], Some("\na\n")),
        (&["search:\\bdrop\\b", "!re:drop.*"], Some(" drop")),
        (&["search:\\Bdrop"], Some("adrop")),
        (&["!search:\\B|\\W", "#> 1"], None),
        (&["re:a\\bb"], None),
        (&["re:a\\Bb"], Some("ab")),
        (&["search:a\\b", "!search:a$", "!search:a[ -~]", "!search:a\\n"], Some("aª")),
        (&["search:\\A\\z"], Some("")),
        (&["re:(?:^a|b$)+", "#> 1"], Some("ab")),
        (&["re:(?:^a|b$)+", "#> 2"], None),
        (&["re:(?m)(?:^a\\n?$)+", "#> 3"], None),
        // Exceptions.
        (&["re:[ab]{1,2}", "-a"], Some("b")),
        (&["re:[ab]{1,2}", "-a", "-b", "-aa", "-ab", "-ba"], Some("bb")),
        (&["re:[ab]{1,2}", "-a", "-b", "-aa", "-ab", "-ba", "-bb"], None),
        (&["re:[ab]{1,2}", "-a", "-b", "-aa", "-ab", "-ba", "-bb", "-", "-c"], None),
        (&["re:\\d", "#<= 1", "-0", "-1", "-2", "-3", "-4", "-5", "-6", "-7", "-8"], Some("9")),
        (&["re:a*", "#> 2", "-aaa", "-aaaaa"], Some("aaaa")),
        // Lengths.
        (&["re:(aa)*", "#== 7"], None),
        (&["re:(aa)*", "#> 6"], Some("aaaaaaaa")),
        (&["re:(aaa)*", "re:(aa)*", "#> 7", "#!= 12"], Some("aaaaaaaaaaaaaaaaaa")),
        (&["re:[ab]{1,5}", "#> 5"], None),
        (&["re:[ab]{1,5}", "#>= 5"], Some("aaaaa")),
        (&["re:[ab]{1,5}", "#> 1e30"], None),
        (&["like:ab*", "#< 2"], None),
        (&["like:ab*yz", "#== 6"], Some("abaayz")),
        (&["re:(a{5}){0,}b", "#> 7", "#!= 11"], Some("aaaaaaaaaaaaaaab")),
        (&["re:(aa)*", "#== 1000000001"], None),
        (&["re:(aa)*b(aa)*", "#== 1000000000"], None),
    ] {
        let answer = answer(parts, STEPS);
        if answer != Ok(expected.map(str::to_owned)) {
            wrong.push(format!("{parts:?}: {answer:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn long_texts_are_written_out_up_to_a_length() {
    for (parts, expected) in [
        (&["#== 100000"][..], Some(100_000)),
        (&["re:(abc)*", "#> 90000"], Some(90_003)),
        (&["like:https://*", "!has:a", "#>= 4096"], Some(4096)),
        (&["re:(?:a{7})*", "re:(?:a{11})*", "#> 50000"], Some(50_050)),
        (&["re:.{0,1000}", "#== 1000"], Some(1000)),
        (&["#== 100001"], None),
        (&["re:a*", "#> 1e30"], None),
    ] {
        let length = answer(parts, STEPS).ok().map(|text| text.unwrap().chars().count());
        assert_eq!(length, expected, "{parts:?}");
    }
}

#[test]
fn too_much_is_undecided() {
    for parts in [
        &["re:(a|b)*a(a|b){30}", "!re:[ab]*a[ab]{29}(a|b)"][..],
        &["re:[ab]*a[ab]{30}", "re:[ab]*b[ab]{10}", "!re:[ab]*a[ab]{19}b[ab]{10}", "!re:[ab]*b[ab]{19}b[ab]{10}"],
        &["re:[ab]*a[ab]{30}", "#> 60"],
        &["re:.*\\pL{200}.*", "!re:.*\\pL{199}.*"],
        &["search:(?:a?){500}a{500}.{300}b", "!search:a{300}.{200}(.{100}|b)"],
    ] {
        assert_eq!(answer(parts, 100_000), Err(Exhausted), "{parts:?}");
    }
    // Questions that look hard but have a text on the straight way.
    for (parts, length) in [
        (&["re:(a|b)*a(a|b){30}"][..], 31),
        (&["re:(a|b)*a(a|b){30}", "!re:(a|b)*b(a|b){29}"], 31),
        (&["re:.*\\pL{200}.*", "re:.*\\d.*"], 201),
        (&["search:(?:a?){50}a{50}.{30}b"], 81),
    ] {
        assert_eq!(answer(parts, STEPS).map(|text| text.unwrap().chars().count()), Ok(length), "{parts:?}");
    }
    // A pattern that is larger than the budget.
    assert_eq!(answer(&["re:(?:[a-z]{30}x){30}"], 500), Err(Exhausted));
    assert!(answer(&["re:(?:[a-z]{30}x){30}"], STEPS).is_ok());
}

#[test]
fn likes_with_many_stars_stay_small() {
    let stars = "*".to_owned() + &"ab*ac*ad*".repeat(20);
    let like = format!("like:{stars}");
    assert_eq!(answer(&[&like], 400_000), Ok(Some(stars.replace('*', ""))));
    assert_eq!(answer(&[&like, "!has:d"], 400_000), Ok(None));
    let regex = format!("re:{}", stars.replace('*', ".*"));
    assert_eq!(answer(&[&regex], 800_000), Ok(Some(stars.replace('*', ""))));
}

#[test]
fn languages_are_equal_when_made_alike() {
    assert_eq!(language("like:a*"), language("like:a*"));
    assert_ne!(language("like:a*"), language("like:a**"));
    assert_ne!(language("re:a"), language("search:a"));
    fn shared<T: Send + Sync + Clone + Eq>(_: &T) {}
    shared(&language("has:a"));
}

#[test]
fn questions_from_several_threads_have_the_same_answer() {
    let all = [language("like:https://*.acme.com/*"), language("re:(?i).*drop.*"), language("search:\\bx\\b")];
    let except = BTreeSet::new();
    let ask = || {
        let wanted = Wanted { within: all.iter().collect(), outside: vec![], except: &except, lengths: vec![] };
        let mut budget = Budget::new(STEPS);
        (find(&wanted, &mut budget), format!("{budget:?}"))
    };
    let first = ask();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..20).all(|_| ask() == first))).collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    });
}

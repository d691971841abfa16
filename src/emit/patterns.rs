//! Regular expressions in documents whose engines search: each has to match the whole value.

use crate::pattern::{Like, Regex};
use crate::predicate::Test;

/// The test for matching one of some expressions, each written `^(?:..)$`. Those that stand for patterns of `like` are
/// read as such, which are cheaper to reason about. `None` if one is not as it is written here: engines may read it
/// differently, or not at all.
pub(crate) fn whole(texts: &[&str]) -> Option<Test> {
    let bodies = texts.iter().map(|text| text.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")));
    let bodies = bodies.collect::<Option<Vec<&str>>>()?;
    if let Some(likes) = bodies.iter().map(|body| Like::from_re2(body)).collect::<Option<Vec<_>>>() {
        return Some(Test::Like(likes));
    }
    let portable = |body: &&str| Regex::new(body).ok().filter(|regex| regex.re2() == **body);
    bodies.iter().map(portable).collect::<Option<Vec<Regex>>>().map(Test::Matches)
}

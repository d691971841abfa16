//! "Did you mean": the nearest of some known names.

/// The candidate nearest to `name`, if it is near enough to be a slip of the hand.
///
/// Names that differ only in case or in `-` against `_` are nearest; otherwise at most one edit (insertion,
/// deletion, substitution, transposition) for every three characters. Of equally near names the first in
/// order of bytes is taken, so that the answer does not depend on the order of the candidates.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 128;
    if name.len() > LONGEST {
        return None;
    }
    let folded = fold(name);
    let most = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST && candidate.len().abs_diff(name.len()) <= 2 * most + 2)
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let distance = match fold(candidate) {
                same if same == folded => 0,
                other => strsim::osa_distance(&folded, &other),
            };
            (distance <= most).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

fn fold(name: &str) -> String {
    name.chars().map(|char| if char == '-' { '_' } else { char.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn offers_only_near_names() {
        let tools = ["send_dm_to_user", "reply_to_comment", "get_comments", "getComments"];
        assert_eq!(nearest("send_dm_to_usr", tools), Some("send_dm_to_user"));
        assert_eq!(nearest("Get-Comments", tools), Some("get_comments"));
        assert_eq!(nearest("delete_post", tools), None);
        assert_eq!(nearest("ab", ["ba", "xy"]), Some("ba"));
    }
}

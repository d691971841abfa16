//! "Did you mean": the nearest of some known names.

/// The candidate nearest to `name`, if it is near enough to be a slip of the hand.
///
/// Names that differ only in case or in `-` against `_` are nearest; otherwise at most one edit (insertion,
/// deletion, substitution, transposition) for every three characters. Of equally near names the first in
/// order of bytes is taken, so that the answer does not depend on the order of the candidates. Of names of as many words each word
/// must be as near: `create_issue` is no slip of the hand for `delete_issue`.
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
            (distance <= most && is_near_by_words(name, candidate)).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The letters of a word, in order.
fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// Whether no word of a name was put in place of another.
fn is_near_by_words(name: &str, candidate: &str) -> bool {
    const SHORT: usize = 3;
    let (written, known) = (words(name), words(candidate));
    if written.len() < 2 || written.len() != known.len() {
        return true;
    }
    written.iter().zip(&known).all(|(written, known)| {
        let longest = written.chars().count().max(known.chars().count());
        // Another letter makes another word of a short one: `get` and `set`.
        let is_other = longest <= SHORT && written.chars().count() == known.chars().count();
        strsim::osa_distance(written, known) <= longest.div_ceil(3) && (!is_other || letters(written) == letters(known))
    })
}

/// The words of a name, in small letters: `getIssue` and `get_issue` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for char in name.chars() {
        if !char.is_alphanumeric() || was_small && char.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphanumeric()) {
            word.extend(char.to_lowercase());
        }
        was_small = char.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The only candidate of which `name` is a longer or a shorter form: `repo` for `repository`, `channel_id` for `channel`,
/// `pull_number` for `number`.
pub fn longer_or_shorter<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut alike = candidates.into_iter().filter(|candidate| is_form(name, candidate) || is_form(candidate, name));
    let first = alike.next()?;
    alike.all(|other| other == first).then_some(first)
}

/// Whether a name goes on, or begins, where another ends or begins: between two words, or as an abbreviation of one word.
fn is_form(long: &str, short: &str) -> bool {
    const SHORTEST: usize = 3;
    let (long_words, short_words) = (words(long), words(short));
    if long_words.len() > short_words.len() {
        return !short_words.is_empty() && (long_words.starts_with(&short_words) || long_words.ends_with(&short_words));
    }
    // An abbreviation has at least a third of the letters.
    matches!((long_words.as_slice(), short_words.as_slice()), ([long], [short])
        if short.len() > SHORTEST && long.len() <= short.len() * 3 && long != short && long.starts_with(short.as_str()))
}

/// The candidates that have most words in common with a name, in their order.
pub fn of_the_same_words<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const SHORTEST: usize = 3;
    let wanted = words(name);
    let is_same = |one: &str, two: &str| {
        let (short, long) = if one.len() < two.len() { (one, two) } else { (two, one) };
        short.len() >= SHORTEST && long.starts_with(short) && long.len() - short.len() <= 1
    };
    let mut most = 1;
    let mut found = Vec::new();
    for candidate in candidates {
        let known = words(candidate);
        let count = wanted.iter().filter(|word| known.iter().any(|known| is_same(word, known))).count();
        if count > most {
            most = count;
            found.clear();
        }
        if count == most && !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

fn fold(name: &str) -> String {
    name.chars().map(|char| if char == '-' { '_' } else { char.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::{longer_or_shorter, nearest, of_the_same_words};

    #[test]
    fn offers_only_near_names() {
        let tools = ["send_dm_to_user", "reply_to_comment", "get_comments", "getComments"];
        assert_eq!(nearest("send_dm_to_usr", tools), Some("send_dm_to_user"));
        assert_eq!(nearest("Get-Comments", tools), Some("get_comments"));
        assert_eq!(nearest("delete_post", tools), None);
        assert_eq!(nearest("ab", ["ba", "xy"]), Some("ba"));
    }

    #[test]
    fn another_word_is_no_slip_of_the_hand() {
        assert_eq!(nearest("delete_issue", ["create_issue"]), None);
        assert_eq!(nearest("min_amount", ["max_amount"]), None);
        assert_eq!(nearest("maxAmount", ["min_amount", "max_amount"]), Some("max_amount"));
        assert_eq!(nearest("set_user", ["get_user"]), None);
        assert_eq!(nearest("gte_isues", ["get_issue"]), Some("get_issue"));
        // One word may have been cut in two.
        assert_eq!(nearest("get_user_name", ["get_username"]), Some("get_username"));
    }

    #[test]
    fn offers_longer_and_shorter_forms() {
        assert_eq!(longer_or_shorter("repository", ["owner", "repo"]), Some("repo"));
        assert_eq!(longer_or_shorter("channel", ["channel_id", "text"]), Some("channel_id"));
        assert_eq!(longer_or_shorter("amountCents", ["amount", "currency"]), Some("amount"));
        assert_eq!(longer_or_shorter("number", ["pull_number"]), Some("pull_number"));
        assert_eq!(longer_or_shorter("id", ["user_id", "post_id"]), None);
        assert_eq!(longer_or_shorter("to", ["token"]), None);
        assert_eq!(longer_or_shorter("url", ["urls_of_pages"]), None);
    }

    #[test]
    fn offers_names_of_the_same_words() {
        let tools = ["get_issue", "list_issues", "merge_pull_request", "add_issue_comment"];
        assert_eq!(of_the_same_words("delete_issue", tools), ["get_issue", "list_issues", "add_issue_comment"]);
        assert_eq!(of_the_same_words("merge_pr", tools), ["merge_pull_request"]);
        assert_eq!(of_the_same_words("close_issue_comment", tools), ["add_issue_comment"]);
        assert!(of_the_same_words("go", tools).is_empty());
    }
}

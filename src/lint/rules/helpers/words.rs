//! The words of names and descriptions.

use crate::ir::ToolId;
use crate::lint::context::Context;

/// The words of a name, in lower case: `getIssueComments` and `get_issue-comments` have three.
pub(in crate::lint::rules) fn of_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_lower = false;
    for char in name.chars() {
        let begins = !char.is_alphanumeric() || char.is_uppercase() && before_lower;
        before_lower = char.is_lowercase() || char.is_numeric();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphanumeric()) {
            word.extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words of the name of a tool.
pub(in crate::lint::rules) fn of_tool(context: &Context<'_>, tool: ToolId) -> Vec<String> {
    context.policy().tool(tool).map(|tool| of_name(&tool.name)).unwrap_or_default()
}

; The patterns of ../../../../tree-sitter-policyc/queries/highlights.scm, with the names that themes of Helix have.

(comment) @comment.line
(doc_comment) @comment.line.documentation

(string) @string
(escape_sequence) @constant.character.escape
(number) @constant.numeric
(boolean) @constant.builtin.boolean
(null) @constant.builtin

[
  "server"
  "from"
  "import"
  "let"
  "group"
  "policy"
  "allow"
  "deny"
  "hide"
  "limit"
  "total"
  "of"
  "per"
  "require"
  "approval"
  "for"
  "when"
  "unless"
  "because"
  "except"
  "as"
  "assert"
  "test"
  "call"
  "times"
  "wait"
] @keyword

(valid_calls (word) @keyword)
(by (word) @keyword)
(approved (word) @keyword)

[
  "and"
  "or"
  "not"
  "has"
  "in"
  "contains"
  "like"
  "every"
  "some"
] @keyword.operator

(matches) @keyword.operator

"length" @function.builtin

[
  "=="
  "!="
  "<"
  "<="
  ">"
  ">="
  "="
  "->"
  "/"
] @operator

[
  "{"
  "}"
  "["
  "]"
  "("
  ")"
] @punctuation.bracket

[
  ";"
  ","
  "."
  ":"
  "::"
] @punctuation.delimiter

(let name: (identifier) @constant)
(comparison value: (identifier) @constant)
(quantifier value: (identifier) @constant)
(length value: (identifier) @constant)
(list (identifier) @constant)
(group name: (identifier) @type)
(policy name: (identifier) @namespace)
(server name: (identifier) @namespace)
(of_server server: (identifier) @namespace)
(call server: (identifier) @namespace)

(path (name) @variable.parameter)
(key) @variable.other.member
(quoted_key) @variable.other.member
(json_key) @variable.other.member

(unit) @type.builtin
(set) @type
(everything) @constant.builtin
(each) @constant.builtin
(glob) @string.special

(tool_name) @function
(quoted_tool) @function

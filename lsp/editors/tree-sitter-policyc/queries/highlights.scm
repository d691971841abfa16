; Names of captures that Neovim, Helix and Zed share. No node is named by two patterns: editors differ in which of
; them wins.

(comment) @comment
(doc_comment) @comment.documentation

(string) @string
(escape_sequence) @string.escape
(number) @number
(boolean) @boolean
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
(policy name: (identifier) @module)
(server name: (identifier) @module)
(of_server server: (identifier) @module)
(call server: (identifier) @module)

(path (name) @variable.parameter)
(key) @property
(quoted_key) @property
(json_key) @property

(unit) @type.builtin
(set) @type
(everything) @constant.builtin
(each) @constant.builtin
(glob) @string.special

(tool_name) @function
(quoted_tool) @function

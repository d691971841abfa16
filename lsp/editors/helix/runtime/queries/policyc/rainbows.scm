[
  (block)
  (steps)
  (literal_list)
  (list)
  (parentheses)
  (index)
  (json_object)
  (json_array)
] @rainbow.scope

[
  "{"
  "}"
  "["
  "]"
  "("
  ")"
] @rainbow.bracket

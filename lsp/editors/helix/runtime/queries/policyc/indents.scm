[
  (block)
  (steps)
  (literal_list)
  (list)
  (parentheses)
  (json_object)
  (json_array)
] @indent

; A statement goes on one step further in.
[
  (limit)
  (deny)
  (allow)
  (require)
  (approval)
  (assert)
  (hide)
  (group)
  (call)
] @indent

[
  "}"
  "]"
  ")"
] @outdent

; Neovim's captures. Helix has its own names for them, in ../helix.

[
  (block)
  (steps)
  (literal_list)
  (list)
  (parentheses)
  (json_object)
  (json_array)
] @indent.begin

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
] @indent.begin

[
  "}"
  "]"
  ")"
] @indent.branch @indent.end

(comment) @indent.ignore

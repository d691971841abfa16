[
  (block)
  (steps)
  (literal_list)
  (list)
  (parentheses)
  (json_object)
  (json_array)
] @fold

(selection (except)) @fold

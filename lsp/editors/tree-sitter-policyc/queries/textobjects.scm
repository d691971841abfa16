; A policy block is a class, a test a function, a call's argument and an item of a selection a parameter.

(policy) @class.outer
(policy body: (block) @class.inner)

(test) @function.outer
(test body: (steps) @function.inner)

(selection (_) @parameter.inner)
(list (_) @parameter.inner)
(literal_list (_) @parameter.inner)
(json_array (_) @parameter.inner)
(member) @parameter.inner

(when condition: (_) @conditional.inner) @conditional.outer
(unless condition: (_) @conditional.inner) @conditional.outer

[
  (comment)
  (doc_comment)
] @comment.outer

(call) @call.outer
(call arguments: (_) @call.inner)

[
  (server)
  (import)
  (let)
  (group)
  (allow)
  (deny)
  (hide)
  (limit)
  (require)
  (approval)
  (assert)
] @statement.outer

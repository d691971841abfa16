; Arguments and claims of a test's call are JSON.
(call
  arguments: (json_object) @injection.content
  (#set! injection.language "json")
  (#set! injection.include-children))

(caller
  claims: (json_object) @injection.content
  (#set! injection.language "json")
  (#set! injection.include-children))

; What stands behind `matches` is a regular expression, written as a string: its backslashes are doubled.
(_
  operator: (matches)
  value: [
    (string (string_content) @injection.content)
    (list (string (string_content) @injection.content))
  ]
  (#set! injection.language "regex")
  (#set! injection.include-children))

((comment) @injection.content
  (#set! injection.language "comment"))

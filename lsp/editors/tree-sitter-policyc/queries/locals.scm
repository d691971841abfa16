; `let` and `group` hold for their file or policy block. What a set names is looked up with its `@`, so groups are
; left to the language server.

(source_file) @local.scope
(policy) @local.scope

(let name: (identifier) @local.definition)
(server name: (identifier) @local.definition)

(comparison value: (identifier) @local.reference)
(quantifier value: (identifier) @local.reference)
(length value: (identifier) @local.reference)
(list (identifier) @local.reference)
(of_server server: (identifier) @local.reference)
(call server: (identifier) @local.reference)

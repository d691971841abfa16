; `let` and `server` hold for their file or policy block.

(source_file) @local.scope
(policy) @local.scope

(let name: (identifier) @local.definition.constant)
(server name: (identifier) @local.definition.namespace)

(comparison value: (identifier) @local.reference)
(quantifier value: (identifier) @local.reference)
(length value: (identifier) @local.reference)
(list (identifier) @local.reference)
(of_server server: (identifier) @local.reference)
(call server: (identifier) @local.reference)

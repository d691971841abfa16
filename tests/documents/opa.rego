# Written by policyc from the policy "shop2". Change the policy, not this file.
# A host asks for data.policyc.shop2.verdict.
package policyc.shop2

import rego.v1

default verdict := {"decision": "deny", "rule": "(malformed)", "reason": "This is not a call of a tool."}

verdict := decision if {
	is_string(input.name)
	is_object(object.get(input, "arguments", {}))
	is_object(object.get(input, "caller", {}))
}

default allow := false

allow if verdict.decision == "allow"

# What becomes of a call of a tool: the first rule of the tool that applies.
default decision := {"decision": "deny", "rule": "(default deny)", "reason": "No rule allows this tool."}

decision := {"decision": "deny", "rule": "(not allowed)", "reason": "Requires args.amount <= 50."} if {
	input.name == "pay"
	not when_1
} else := {"decision": "allow"} if input.name == "pay"

decision := {"decision": "allow"} if input.name == "read"

when_1 if input.arguments.amount <= 50

as_number(value) := value if is_number(value)

"""Asks rego-cpp, another implementation of Rego, about calls.

Each line of standard input is a JSON object with a module, a query and inputs; the answer is a line with the list of decisions.
"""

import json
import sys

import regopy


def decision(interpreter, query, call):
    interpreter.set_input(call)
    answer = json.loads(str(interpreter.query(query)))
    expressions = answer.get("expressions") or [{}]
    return expressions[0].get("decision") if isinstance(expressions[0], dict) else None


for line in sys.stdin:
    asked = json.loads(line)
    interpreter = regopy.Interpreter()
    interpreter.add_module("policy", asked["module"])
    print(json.dumps([decision(interpreter, asked["query"], call) for call in asked["inputs"]]))

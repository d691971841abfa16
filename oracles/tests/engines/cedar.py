"""Decides calls by Cedar as each of three gateways does. Each line of the input is a document with calls; each line of the output has a
decision for each call, or says why the document is not valid."""

import json
import re
import sys
from decimal import ROUND_HALF_UP, Decimal

import cedarpy

LARGEST = 2**63


class Refused(Exception):
    """The gateway refuses the call before it asks Cedar."""


class Number(str):
    """A number that is no whole number, as it is written."""


def read(text):
    return json.loads(text, parse_float=Number)


def decimal(ten_thousandths):
    sign = "-" if ten_thousandths < 0 else ""
    whole, places = divmod(abs(ten_thousandths), 10_000)
    return {"__extn": {"fn": "decimal", "arg": f"{sign}{whole}.{places:04}"}}


def rounded(text):
    number = Decimal(text)
    if number.copy_abs() > LARGEST:
        raise Refused
    value = int((number * 10_000).quantize(Decimal(1), ROUND_HALF_UP))
    if not -LARGEST <= value < LARGEST:
        raise Refused
    return decimal(value)


# Docker: what becomes of values that Cedar does not have is not known, so there are several readings.


def docker_value(value, reading):
    """A value, or None where it is left out."""
    if isinstance(value, Number) or isinstance(value, int) and not isinstance(value, bool) and not -LARGEST <= value < LARGEST:
        if reading == "whole":
            raise Refused
        if reading == "decimals":
            try:
                return rounded(str(value))
            except Refused:
                return None
        return None
    if value is None:
        if reading == "whole":
            raise Refused
        return None
    if isinstance(value, list):
        return [item for item in (docker_value(item, reading) for item in value) if item is not None]
    if isinstance(value, dict):
        items = {key: docker_value(item, reading) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None}
    return value


def docker_context(arguments, reading):
    try:
        return {"args": docker_value(arguments, reading)}
    except Refused:
        # As always for remote servers.
        return {}


def docker(case):
    policies = case["document"]
    # Policies are numbered in their order.
    starts = re.findall(r"(?m)^(@requireApproval\(.*\)\n)?(?:permit|forbid) \(", policies)
    asks = {f"policy{number}" for number, start in enumerate(starts) if start}
    names = {call["name"] for call in case["calls"]}
    tool = lambda name: {"type": "MCP::Tool", "id": name}
    entities = [
        {
            "uid": tool(name),
            "attrs": {"name": name, "readOnly": False, "destructive": True, "idempotent": False, "openWorld": True},
            "parents": [{"type": "MCP::Server", "id": "shop"}],
        }
        for name in names
    ]
    readings = ["whole", "dropped", "decimals"]
    decisions = ["deny"] * len(case["calls"])
    for reading in readings:
        requests = [
            {
                "principal": 'MCP::User::"u"',
                "action": 'MCP::Action::"invokeTool"',
                "resource": tool(call["name"]),
                "context": docker_context(read(call["arguments"]), reading),
            }
            for call in case["calls"]
        ]
        for number, result in enumerate(cedarpy.is_authorized_batch(requests, policies, entities)):
            if result.decision != cedarpy.Decision.Allow:
                continue
            decision = "ask" if asks & set(result.diagnostics.reasons) else "allow"
            # Of several readings the one that lets most pass.
            order = ["deny", "ask", "allow"]
            decisions[number] = max(decisions[number], decision, key=order.index)
    return decisions


# ToolHive: every number is a double and then a decimal, cut off; arrays and objects only say that they are there.


def toolhive_number(value):
    number = float(value)
    if number in (float("inf"), float("-inf")):
        raise Refused
    scaled = number * 10_000
    if scaled > LARGEST or scaled < -LARGEST:
        return None
    whole = int(scaled)
    # What is just beyond becomes the smallest on most machines.
    return decimal(-LARGEST if whole == LARGEST else whole)


def toolhive_value(value):
    if isinstance(value, bool) or type(value) is str:
        return value
    if isinstance(value, (int, Number)):
        return toolhive_number(value)
    if isinstance(value, list):
        return [item for item in map(toolhive_value, value) if item is not None]
    if isinstance(value, dict):
        items = {key: toolhive_value(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None}
    return None


def toolhive_context(call):
    context = {}
    for key, value in read(call["caller"] or "{}").items():
        found = toolhive_value(value)
        if found is not None:
            context[f"claim_{key}"] = found
    for key, value in read(call["arguments"]).items():
        if value is None or isinstance(value, (list, dict)):
            context[f"arg_{key}_present"] = True
        else:
            found = toolhive_value(value)
            if found is not None:
                context[f"arg_{key}"] = found
    return context


def block_scalars(text):
    """The statements of the YAML that is written here."""
    parts = text.split("\n    - |\n")[1:]
    return ["\n".join(line[6:] for line in part.split("\n")) for part in parts]


def toolhive(case):
    policies = cedarpy.PolicySet.from_str("\n".join(block_scalars(case["document"])))
    decisions = []
    for call in case["calls"]:
        try:
            context = toolhive_context(call)
        except Refused:
            decisions.append("deny")
            continue
        request = {
            "principal": 'Client::"u"',
            "action": 'Action::"call_tool"',
            "resource": {"type": "Tool", "id": call["name"]},
            "context": context,
        }
        attrs = {**{key: value for key, value in context.items() if key.startswith("arg_")}, "name": call["name"]}
        entities = [{"uid": {"type": "Tool", "id": call["name"]}, "attrs": attrs, "parents": []}]
        result = cedarpy.is_authorized(request, policies, entities)
        passes = result.decision == cedarpy.Decision.Allow and not result.diagnostics.errors
        decisions.append("allow" if passes else "deny")
    return decisions


# AgentCore: values have the types of the schema, or the request is refused.

STUB = """namespace AgentCore {
  @mcp_principal("user") entity OAuthUser = { "id": String } tags String;
  @mcp_principal("role") entity IamEntity = { "id": String };
  @mcp_resource("gateway") entity Gateway;
  @mcp_action("call") action "shop";
}
"""


def typed(value, schema):
    wanted = schema["type"]
    if wanted == "string" and type(value) is str or wanted == "boolean" and isinstance(value, bool):
        return value
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if wanted == "integer" and is_whole and -LARGEST <= value < LARGEST:
        return value
    if wanted == "number" and (is_whole or isinstance(value, Number)):
        return rounded(str(value))
    if wanted == "array" and isinstance(value, list):
        return [typed(item, schema["items"]) for item in value]
    if wanted == "object" and isinstance(value, dict):
        return record(value, schema)
    raise Refused


def record(value, schema):
    properties = schema.get("properties", {})
    if not set(value) <= set(properties) or not set(schema.get("required", [])) <= set(value):
        raise Refused
    return {key: typed(item, properties[key]) for key, item in value.items()}


def schema_of(tools):
    import cedar_mcp_schema_generator as generator

    named = [{**tool, "description": "", "name": f"shop___{tool['name']}"} for tool in tools]
    config = {"numbersAsDecimal": True, "objectsAsRecords": True}
    made = generator.generate_schema(STUB, json.dumps(named), config=config)
    if not made["isOk"]:
        raise SystemExit(made["error"])
    return made["schema"]


SCHEMAS = {}


def agentcore(case):
    statements = [policy["definition"]["cedar"]["statement"] for policy in json.loads(case["document"])["policies"]]
    assert all(35 <= len(statement) <= 10_000 for statement in statements)
    policies = "\n".join(statements)
    tools = {tool["name"]: tool for tool in case["tools"]}
    key = json.dumps(case["tools"])
    if key not in SCHEMAS:
        text = schema_of(case["tools"])
        SCHEMAS[key] = text, cedarpy.Schema.from_str(text)
    text, schema = SCHEMAS[key]
    checked = cedarpy.validate_policies(policies, text)
    if not checked.validation_passed:
        return [str(error) for error in checked.errors]
    policies = cedarpy.PolicySet.from_str(policies)
    decisions = []
    for call in case["calls"]:
        try:
            context = {"input": record(read(call["arguments"]), tools[call["name"]]["inputSchema"])}
        except (Refused, KeyError):
            decisions.append("deny")
            continue
        # Claims that are strings are tags. Without claims the caller is a role.
        kind = "OAuthUser" if call["caller"] else "IamEntity"
        tags = {key: value for key, value in read(call["caller"] or "{}").items() if type(value) is str}
        uid = {"type": f"AgentCore::{kind}", "id": "u"}
        request = {
            "principal": uid,
            "action": {"type": "AgentCore::Action", "id": f"shop___{call['name']}"},
            "resource": {"type": "AgentCore::Gateway", "id": case["gateway_arn"]},
            "context": context,
        }
        entity = {"uid": uid, "attrs": {"id": "u"}, "parents": []}
        if kind == "OAuthUser":
            entity["tags"] = tags
        result = cedarpy.is_authorized(request, policies, [entity], schema=schema)
        if result.decision == cedarpy.Decision.NoDecision:
            raise SystemExit(f"{call}: {result.diagnostics.errors}")
        decisions.append("allow" if result.decision == cedarpy.Decision.Allow else "deny")
    return decisions


GATEWAYS = {"docker": docker, "toolhive": toolhive, "agentcore": agentcore}

for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(GATEWAYS[asked["target"]](asked)), flush=True)

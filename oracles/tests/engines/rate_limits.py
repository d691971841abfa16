"""Validates rate limits of AgentCore gateways by the model of the service that botocore has. Each line of the input is a document; each
line of the output is a list of what is wrong with its rate limits. The validator of botocore checks neither enumerations nor patterns,
so they are checked here by the same model."""

import json
import re
import sys

from botocore.session import get_session
from botocore.validate import ParamValidator

MODEL = get_session().get_service_model("bedrock-agentcore-control")
INPUT = MODEL.operation_model("BatchPutGatewayRateLimits").input_shape


def unlike(shape, value, place):
    """What of a value is none of an enumeration, or does not match a pattern."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from unlike(shape.members[name], member, f"{place}.{name}")
    elif shape.type_name == "list":
        for index, member in enumerate(value):
            yield from unlike(shape.member, member, f"{place}[{index}]")
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from unlike(shape.key, key, f"{place} key")
            yield from unlike(shape.value, member, f"{place}.{key}")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{place}: {value} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield f"{place}: {value} does not match {pattern}"
        longest = shape.metadata.get("max")
        if longest is not None and len(value) > longest:
            yield f"{place}: longer than {longest}"
    elif shape.type_name == "double" and not shape.metadata["min"] <= value <= shape.metadata["max"]:
        yield f"{place}: {value} is out of range"


def wrong(document):
    limits = json.loads(document).get("rateLimits")
    if limits is None:
        return []
    asked = {"gatewayIdentifier": "shop-abc1234567", "rateLimits": limits}
    report = ParamValidator().validate(asked, INPUT)
    if report.has_errors():
        return [report.generate_report()]
    found = list(unlike(INPUT, asked, "input"))
    for limit in limits:
        keys = [list(entry["dimensions"]) for entry in limit["entries"]]
        if any(own != limit["dimensionKeys"] for own in keys):
            found.append("an entry has other dimensions than its rate limit")
    return found


for line in sys.stdin:
    print(json.dumps(wrong(json.loads(line))), flush=True)

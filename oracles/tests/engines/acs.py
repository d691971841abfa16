"""Asks a host of the Agent Control Specification about calls.

Each line of standard input is the path of a manifest, a tab, and a snapshot as JSON; the answer is a line with the decision.
"""

import asyncio
import json
import sys

from agent_control_specification import AgentControl


async def main():
    controls = {}
    for line in sys.stdin:
        manifest, snapshot = line.rstrip("\n").split("\t", 1)
        if manifest not in controls:
            controls[manifest] = AgentControl.from_path(manifest)
        result = await controls[manifest].evaluate_intervention_point("pre_tool_call", json.loads(snapshot))
        print(result.verdict.decision.value)


asyncio.run(main())

"""Sends calls through the plugins of a ContextForge configuration, by the gateway's own plugin framework.

Each line of standard input is a JSON object with a document and calls of the form [time, user, team, tool]; the answer is a line
with a JSON list of what becomes of each: the code of the violation, empty for a call that passes. The time of day is that of the file
that POLICYC_CLOCK names (clock.c). The plugin with the rules of tools is in no package: with POLICYC_CONTEXTFORGE, the folder of
a copy of ContextForge, it is its own, else one that does what its documentation says.
"""

import asyncio
import fnmatch
import json
import logging
import mmap
import os
import socket
import struct
import sys
import tempfile
import types

logging.disable(logging.CRITICAL)

from cpex.framework import GlobalContext, Plugin, PluginManager, PluginViolation, ToolHookType, ToolPreInvokeResult  # noqa: E402
from cpex.framework.hooks.tools import ToolPreInvokePayload  # noqa: E402


class UnifiedPDPPlugin(Plugin):
    """Rules of the engine `native`: those whose identifier begins with `deny:` first; what no rule allows is denied."""

    async def tool_pre_invoke(self, payload, context):
        rules = self._config.config["engines"][0]["settings"]["rules"]

        def is_about(rule):
            action = f"tools.invoke.{payload.name}"
            return any(fnmatch.fnmatch(action, wanted) for wanted in rule["actions"]) and any(
                fnmatch.fnmatch(payload.name, wanted) for wanted in rule["resource_ids"]
            )

        found = [rule["id"].startswith("deny:") for rule in rules if is_about(rule)]
        if found and not any(found):
            return ToolPreInvokeResult()
        violation = PluginViolation(reason="denied", description="denied", code="PDP_DENY", details={})
        return ToolPreInvokeResult(continue_processing=False, violation=violation)


def provide_rules():
    """Makes the plugin with the rules known under its name."""
    checkout = os.environ.get("POLICYC_CONTEXTFORGE")
    if checkout:
        sys.path.insert(0, checkout)
        return
    for name in ["plugins", "plugins.unified_pdp", "plugins.unified_pdp.unified_pdp"]:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["plugins.unified_pdp.unified_pdp"].UnifiedPDPPlugin = UnifiedPDPPlugin


def forget_counts(port):
    """Empties Redis."""
    with socket.create_connection(("127.0.0.1", port)) as redis:
        redis.sendall(b"FLUSHALL\r\n")
        assert redis.recv(16).startswith(b"+OK")


async def answers(folder, document, calls, clock):
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(document)
    PluginManager.reset()
    manager = PluginManager(path)
    await manager.initialize()
    found = []
    for number, (at, user, team, tool) in enumerate(calls):
        struct.pack_into("<q", clock, 0, at)
        context = GlobalContext(request_id=str(number), user=user, tenant_id=team)
        payload = ToolPreInvokePayload(name=tool, args={})
        result, _ = await manager.invoke_hook(ToolHookType.TOOL_PRE_INVOKE, payload, context)
        found.append("" if result.continue_processing else result.violation.code)
    await manager.shutdown()
    return found


async def main():
    provide_rules()
    port = int(os.environ["POLICYC_REDIS_PORT"])
    with tempfile.TemporaryDirectory() as folder, open(os.environ["POLICYC_CLOCK"], "r+b") as file:
        clock = mmap.mmap(file.fileno(), 8)
        for line in sys.stdin:
            asked = json.loads(line)
            forget_counts(port)
            print(json.dumps(await answers(folder, asked["document"], asked["calls"], clock)), flush=True)


os.environ["PLUGINS_FAIL_ON_PLUGIN_ERROR"] = "true"
asyncio.run(main())

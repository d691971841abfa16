"""Has agent programs call tools, with a model that does as it is told, and says what became of each call.

    agents.py PROGRAM PATH-OF-THE-PROGRAM

PROGRAM is `codex`, `opencode` or `claude-code`. Each line of standard input is a JSON object: `document`, the text that the program reads; and
`calls`, the names of tools. The answer is a line with a word for each call: `ran`, `asked` or `refused`.

The tools are those of a server of MCP called `example` that writes down which of its tools have run. The model asks for one call after the other, by
name, also for tools that the program has not told it of.
"""

import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOOLS = ["alpha", "beta", "gamma.2", "delta"]
SERVER = "example"
# The longest session, in seconds.
LONGEST = 120
# How many sessions run at once; programs wait most of the time.
WORKERS = 2


def serve_tools(log):
    """The server of MCP, on standard input and output; appends the names of tools that ran to a file."""
    schema = {"type": "object", "properties": {}}
    tools = [{"name": name, "description": "A tool", "inputSchema": schema} for name in TOOLS]
    for line in sys.stdin:
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        if number is None:
            continue
        if method == "initialize":
            version = message["params"].get("protocolVersion", "2025-06-18")
            result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": SERVER, "version": "1"}}
        elif method == "tools/list":
            result = {"tools": tools}
        elif method == "tools/call":
            with open(log, "a") as file:
                print(message["params"]["name"], file=file)
            result = {"content": [{"type": "text", "text": "It ran."}]}
        else:
            result = {}
        print(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}), flush=True)


class Codex:
    """Speaks OpenAI's responses."""

    def __init__(self, program):
        self.program = program

    def prepare(self, home, port, document):
        folder = home / ".codex"
        folder.mkdir()
        provider = f'[model_providers.fake]\nname = "fake"\nbase_url = "http://127.0.0.1:{port}/v1"\nwire_api = "responses"\n'
        head = 'model = "fake"\nmodel_provider = "fake"\napproval_policy = "never"\nsandbox_mode = "read-only"\n'
        (folder / "config.toml").write_text(head + document + provider)

    def command(self, home, server):
        start, *arguments = server
        table = f"mcp_servers.{SERVER}"
        settings = [f"{table}.command={json.dumps(start)}", f"{table}.args={json.dumps(arguments)}"]
        options = [part for setting in settings for part in ("-c", setting)]
        return [self.program, "exec", "--skip-git-repo-check", *options, "go"]

    def environment(self, home):
        return {"CODEX_HOME": str(home / ".codex")}

    def results(self, request):
        outputs = [item for item in request.get("input", []) if item.get("type") == "function_call_output"]
        return [json.dumps(item.get("output")) for item in outputs]

    def answer(self, request, call):
        number = len(self.results(request))
        if call is None:
            item = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "done"}]}
        else:
            name = re.sub(r"[^A-Za-z0-9_]", "_", call)
            item = {"type": "function_call", "id": f"f{number}", "call_id": f"c{number}", "name": name, "arguments": "{}"}
            item["namespace"] = f"mcp__{SERVER}"
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        done = {"id": "r", "object": "response", "status": "completed", "output": [item], "usage": usage}
        events = [
            {"type": "response.created", "response": {"id": "r"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": done},
        ]
        return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)

    def is_ready(self, request):
        return True

    def was_asked(self, result, printed):
        return "requires approval" in result


class OpenCode:
    """Speaks OpenAI's chat completions."""

    def __init__(self, program):
        self.program = program
        # Making its database takes longer than all calls of a session.
        self.data = tempfile.TemporaryDirectory()

    def prepare(self, home, port, document):
        options = {"baseURL": f"http://127.0.0.1:{port}/v1", "apiKey": "none"}
        model = {"name": "fake", "tool_call": True, "limit": {"context": 100000, "output": 1000}}
        provider = {"npm": "@ai-sdk/openai-compatible", "name": "fake", "options": options, "models": {"fake": model, "small": model}}
        models = {"model": "fake/fake", "small_model": "fake/small"}
        self.settings = {**json.loads(document), **models, "provider": {"fake": provider}}

    def command(self, home, server):
        self.settings["mcp"] = {SERVER: {"type": "local", "command": server, "enabled": True}}
        (home / "work" / "opencode.json").write_text(json.dumps(self.settings))
        return [self.program, "run", "--model", "fake/fake", "go"]

    def environment(self, home):
        return {
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "XDG_DATA_HOME": self.data.name,
        }

    def results(self, request):
        return [json.dumps(message.get("content")) for message in request.get("messages", []) if message.get("role") == "tool"]

    def answer(self, request, call):
        number = len(self.results(request))
        delta, reason = {"role": "assistant", "content": "done"}, "stop"
        if call is not None:
            name = f"{SERVER}_" + re.sub(r"[^A-Za-z0-9_-]", "_", call)
            function = {"name": name, "arguments": "{}"}
            delta = {"role": "assistant", "content": None, "tool_calls": [{"index": 0, "id": f"c{number}", "type": "function", "function": function}]}
            reason = "tool_calls"
        base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        events = [
            {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage},
        ]
        return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"

    def is_ready(self, request):
        # The small model is asked for a title.
        return request.get("model") == "fake"

    def was_asked(self, result, printed):
        return "permission requested" in printed


class ClaudeCode:
    """Speaks Anthropic's messages."""

    def __init__(self, program):
        self.program = program

    def prepare(self, home, port, document):
        self.port = port
        (home / "settings.json").write_text(document)

    def command(self, home, server):
        start, *arguments = server
        (home / "mcp.json").write_text(json.dumps({"mcpServers": {SERVER: {"command": start, "args": arguments}}}))
        files = ["--strict-mcp-config", "--mcp-config", str(home / "mcp.json"), "--settings", str(home / "settings.json")]
        return [self.program, "-p", "go", "--model", "claude-fake", *files, "--setting-sources", ""]

    def environment(self, home):
        return {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.port}",
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }

    def results(self, request):
        contents = [message["content"] for message in request.get("messages", []) if isinstance(message.get("content"), list)]
        return [json.dumps(part.get("content")) for content in contents for part in content if part.get("type") == "tool_result"]

    def answer(self, request, call):
        number = len(self.results(request))
        block, reason, delta = {"type": "text", "text": ""}, "end_turn", {"type": "text_delta", "text": "done"}
        if call is not None:
            name = f"mcp__{SERVER}__" + re.sub(r"[^A-Za-z0-9_-]", "_", call)
            block, reason = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}, "tool_use"
            delta = {"type": "input_json_delta", "partial_json": "{}"}
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "fake", "content": [], "stop_reason": None, "usage": usage}
        events = [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ]
        return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)

    def is_ready(self, request):
        return bool(request.get("tools"))

    def was_asked(self, result, printed):
        return "haven't granted it" in result


class Conversation:
    """The calls that a model still has to ask for, and what became of those before."""

    def __init__(self, agent, calls, log):
        self.agent, self.calls, self.log = agent, calls, log
        self.verdicts, self.open, self.ran = [], None, 0
        self.lock = threading.Lock()

    def has_run(self):
        """Whether a tool has run since this was asked last."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        new, self.ran = lines[self.ran :], len(lines)
        assert len(new) <= 1 and all(line == self.open for line in new), f"{new} ran, not {self.open}"
        return bool(new)

    def settle(self, result, printed):
        if self.has_run():
            self.verdicts.append("ran")
        else:
            self.verdicts.append("asked" if self.agent.was_asked(result, printed) else "refused")
        self.open = None

    def turn(self, request):
        with self.lock:
            if not self.agent.is_ready(request):
                return self.agent.answer(request, None)
            results = self.agent.results(request)
            if self.open is not None:
                if not results:
                    # The same request once more.
                    return self.agent.answer(request, self.open)
                self.settle(results[-1], "")
            if len(self.verdicts) < len(self.calls):
                self.open = self.calls[len(self.verdicts)]
            return self.agent.answer(request, self.open)


def handler(conversation):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def send(self, kind, text):
            body = text.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.send("application/json", '{"object": "list", "data": []}')

        do_HEAD = do_GET

        def do_POST(self):
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path.split("?")[0].endswith("count_tokens"):
                return self.send("application/json", '{"input_tokens": 1}')
            self.send("text/event-stream", conversation.turn(json.loads(raw)))

    return Handler


def verdicts(agent, document, calls):
    """What becomes of calls, in as many sessions as it takes: some end with a call that a person was asked about."""
    found = []
    while len(found) < len(calls):
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            log = home / "ran"
            conversation = Conversation(agent, calls[len(found) :], log)
            http = ThreadingHTTPServer(("127.0.0.1", 0), handler(conversation))
            threading.Thread(target=http.serve_forever, daemon=True).start()
            work = home / "work"
            work.mkdir()
            agent.prepare(home, http.server_port, document)
            server = [sys.executable, os.path.abspath(__file__), "--serve", str(log)]
            command = agent.command(home, server)
            path = os.environ.get("PATH", "/usr/bin:/bin")
            environment = {"HOME": folder, "PATH": path, **agent.environment(home)}
            done = subprocess.run(
                command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=LONGEST, text=True,
            )
            http.shutdown()
            if conversation.open is not None:
                conversation.settle("", done.stdout)
            assert conversation.verdicts, f"the program asked for nothing: {done.stdout}"
            found.extend(conversation.verdicts)
    return found


def main():
    if sys.argv[1] == "--serve":
        return serve_tools(sys.argv[2])
    kind = {"codex": Codex, "opencode": OpenCode, "claude-code": ClaudeCode}[sys.argv[1]]
    free = queue.SimpleQueue()
    for _ in range(WORKERS):
        free.put(kind(sys.argv[2]))

    def work(line):
        case, agent = json.loads(line), free.get()
        try:
            return " ".join(verdicts(agent, case["document"], case["calls"]))
        finally:
            free.put(agent)

    with ThreadPoolExecutor(WORKERS) as pool:
        for answer in pool.map(work, sys.stdin.readlines()):
            print(answer, flush=True)


main()

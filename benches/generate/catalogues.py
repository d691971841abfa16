#!/usr/bin/env python3
"""Writes many catalogues that are like given ones, to measure with: `catalogues.py FROM TO COUNT`.

FROM is a folder of catalogues. Each new one has as many tools as one of them, drawn at random, and each tool is one of theirs: its
arguments in another order, some of the optional ones left out, so that no two are the same. The number of a catalogue decides all of
it: the first 500 of 43,000 are the 500 that `COUNT` 500 writes. A catalogue that exists is left as it is.
"""

import json
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# An optional argument is left out once in so many times.
RARELY = 10


def tools_of(path):
    """The tools of a catalogue, in any of the forms that policyc reads."""
    document = json.loads(path.read_text(encoding="utf-8"))
    while isinstance(document, dict) and "tools" not in document:
        document = document.get("result", [])
    tools = document["tools"] if isinstance(document, dict) else document
    return [tool for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str)]


def varied(tool, name, chance):
    """A tool with another name and its arguments in another order."""
    tool = {**tool, "name": name}
    schema = tool.get("inputSchema")
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        required = schema.get("required") if isinstance(schema.get("required"), list) else []
        properties = [(key, value) for key, value in schema["properties"].items() if key in required or chance.randrange(RARELY)]
        chance.shuffle(properties)
        tool["inputSchema"] = {**schema, "properties": dict(properties)}
    return tool


def catalogue(number, sources):
    chance = random.Random(number)
    tools, seen = [], {}
    for _ in range(len(chance.choice(sources))):
        tool = chance.choice(chance.choice(sources))
        count = seen[tool["name"]] = seen.get(tool["name"], 0) + 1
        tools.append(varied(tool, tool["name"] if count == 1 else f"{tool['name']}_{count}", chance))
    return {"tools": tools}


def write(numbers, origin, folder):
    sources = [tools for tools in map(tools_of, sorted(origin.glob("*.json"))) if tools]
    for number in numbers:
        path = folder / f"server-{number:05}.json"
        if not path.exists():
            path.write_text(json.dumps(catalogue(number, sources), ensure_ascii=False), encoding="utf-8")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.splitlines()[0])
    origin, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        parts = [range(start, min(start + 250, count)) for start in range(0, count, 250)]
        for done in [pool.submit(write, part, origin, folder) for part in parts]:
            done.result()


if __name__ == "__main__":
    main()

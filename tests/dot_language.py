"""Reads Graphviz's language: the part of its grammar (graphviz.org/doc/info/lang.html) that drawings use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[{}\[\]=,;]|[A-Za-z_][A-Za-z_0-9]*|-?(?:\.\d+|\d+(?:\.\d*)?))', re.S)


@dataclass
class Graph:
    """A graph or a box in it."""

    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, Graph] = field(default_factory=dict)

    def all_nodes(self) -> dict[str, dict[str, str]]:
        found = dict(self.nodes)
        for box in self.boxes.values():
            inner = box.all_nodes()
            assert not found.keys() & inner.keys(), "a node stands twice"
            found |= inner
        return found


def tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        assert match, f"no token: {text[place : place + 40]!r}"
        found.append(match[1])
        place = match.end()
    return found


def plain(token: str) -> str:
    """An ID without its quotes."""
    assert token not in ("->", "{", "}", "[", "]", "=", ",", ";"), f"expected an ID, got {token!r}"
    if not token.startswith('"'):
        return token
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], token[1:-1], flags=re.S)


def parse(text: str) -> Graph:
    rest = tokens(text)[::-1]

    def expect(token: str) -> None:
        assert rest and rest[-1] == token, f"expected {token!r} before {rest[:-6:-1]}"
        rest.pop()

    def attributes() -> dict[str, str]:
        found = {}
        expect("[")
        while rest[-1] != "]":
            name = plain(rest.pop())
            expect("=")
            found[name] = plain(rest.pop())
            if rest[-1] in ",;":
                rest.pop()
        expect("]")
        return found

    def body() -> Graph:
        graph = Graph()
        expect("{")
        while rest[-1] != "}":
            token = rest.pop()
            if token == "subgraph":
                name = plain(rest.pop())
                assert name not in graph.boxes
                graph.boxes[name] = body()
            elif rest[-1] == "->":
                rest.pop()
                graph.edges.append((plain(token), plain(rest.pop())))
            elif rest[-1] == "=":
                rest.pop()
                graph.settings[plain(token)] = plain(rest.pop())
            elif token in ("graph", "node", "edge"):
                attributes()
            else:
                name = plain(token)
                assert name not in graph.nodes, f"{name} stands twice"
                graph.nodes[name] = attributes()
            if rest[-1] == ";":
                rest.pop()
        expect("}")
        return graph

    expect("digraph")
    graph = body()
    assert not rest
    return graph

"""A graph to be looked at: as a table of text, as Graphviz's source, as a picture."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydl import _C

# Okabe and Ito's colours, lightened: they are told apart by everyone.
COLORS = {
    "input": "#cfe8f7",
    "leaf": "#cfe8f7",
    "operation": "#eeeeee",
    "module": "#fbe6bf",
    "output": "#c9ead9",
}
SHAPES = {"input": "ellipse", "leaf": "ellipse", "output": "ellipse"}


@dataclass
class Node:
    """Something that has a value: an input, a leaf, the result of an operation or of a module.

    ``name`` is its own in the drawing; ``kind`` one of input, leaf, operation, module, output; ``what`` the operation
    or the module's class; ``shape`` that of the value, None where it is not known; ``inputs`` the names of what it is
    made from; ``group`` the paths of the modules around it, outermost first.
    """

    name: str
    kind: str
    what: str
    shape: tuple[int, ...] | None = None
    inputs: list[str] = field(default_factory=list)
    group: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """A string of the DOT language; line breaks stay."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class Drawing:
    """The nodes of a graph, each after those it is made from.

    ``print`` shows a table. ``source`` is Graphviz's language, ``render`` writes pictures with its program ``dot``,
    and a notebook shows one where ``dot`` is installed, the table otherwise.
    """

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Pairs of names: what is made from what, in order."""
        return [(name, node.name) for node in self.nodes for name in node.inputs]

    def __getitem__(self, name: str) -> Node:
        """The node of that name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    # --- as text

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """The lines of the table: name, what it is, shape, what it is made from."""
        group: tuple[str, ...] = ()
        for node in self.nodes:
            if node.group != group:
                same = 0
                while same < min(len(group), len(node.group)) and group[same] == node.group[same]:
                    same += 1
                for depth in range(same, len(node.group)):
                    yield f"{'  ' * depth}{node.group[depth]}:", "", "", ""
                group = node.group
            shape = "" if node.shape is None else str(node.shape)
            yield f"{'  ' * len(group)}{node.name}", node.what, shape, ", ".join(node.inputs)

    def __str__(self) -> str:
        rows = [("name", "what", "shape", "from"), *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = []
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            lines.append("  ".join([*cells, row[3]]).rstrip())
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])

    __repr__ = __str__

    # --- as a picture

    @property
    def source(self) -> str:
        """The graph in Graphviz's language DOT, top to bottom."""
        lines = [
            "digraph {",
            '  graph [rankdir=TB, fontname="sans-serif", fontsize=11, labeljust=l, color="#999999", style=rounded]',
            '  node [fontname="sans-serif", fontsize=11, style=filled, shape=box, color="#777777"]',
            '  edge [color="#555555", arrowsize=0.7]',
        ]
        ids = {node.name: f"n{i}" for i, node in enumerate(self.nodes)}
        self.write(lines, ids, (), 1)
        lines += [f"  {ids[a]} -> {ids[b]}" for a, b in self.edges]
        return "\n".join([*lines, "}", ""])

    def write(self, lines: list[str], ids: dict[str, str], group: tuple[str, ...], depth: int) -> None:
        """The nodes of a group, and the groups in it as boxes around theirs."""
        space, below = "  " * depth, []
        for node in self.nodes:
            if node.group == group:
                what = [node.what] if node.what and node.what.lower() != node.name.lower() else []
                label = "\n".join([node.name, *what, *([] if node.shape is None else [str(node.shape)])])
                shape = f", shape={SHAPES[node.kind]}" if node.kind in SHAPES else ""
                lines.append(
                    f"{space}{ids[node.name]} [label={quoted(label)}, fillcolor={quoted(COLORS[node.kind])}{shape}]"
                )
            elif node.group[: len(group)] == group and node.group[: len(group) + 1] not in below:
                below.append(node.group[: len(group) + 1])
        for inner in below:
            lines.append(f"{space}subgraph {quoted('cluster ' + ' '.join(inner))} {{")
            lines.append(f"{space}  label={quoted(inner[-1])}")
            self.write(lines, ids, inner, depth + 1)
            lines.append(f"{space}}}")

    def pipe(self, format: str) -> bytes:
        """The picture in one of Graphviz's formats, as bytes.

        Raises:
            StateError: Graphviz is not installed, or refuses.
        """
        program = shutil.which("dot")
        if program is None:
            raise _C.StateError(
                "draw: Graphviz's program 'dot' is not installed (graphviz.org; Debian: apt install graphviz; "
                "macOS: brew install graphviz); without it print() shows a table, and .source is what dot reads"
            )
        result = subprocess.run([program, f"-T{format}"], input=self.source.encode(), capture_output=True, check=False)
        if result.returncode:
            raise _C.StateError(f"draw: dot failed: {result.stderr.decode(errors='replace').strip()}")
        return result.stdout

    def render(self, filename: str | Path, format: str | None = None) -> Path:
        """Write the drawing to a file and return its path.

        Args:
            filename: its ending says the format, such as .svg, .png or .pdf; .dot and .gv are the source, .txt is the
                table, and these need no Graphviz.
            format: where the name has no such ending; it is added to the name, as the package graphviz does.

        Raises:
            ValueError: neither says a format.
            StateError: Graphviz is needed and not installed, or refuses.
        """
        path = Path(filename)
        if format is not None:
            path = path.with_name(f"{path.name}.{format}")
        kind = path.suffix[1:].lower()
        if not kind:
            raise _C.ValueError(
                f"draw: expected a file name that ends in .svg, .png, .dot, .txt, ...; got {path.name!r}"
            )
        if kind in ("dot", "gv"):
            data = self.source.encode()
        elif kind == "txt":
            data = f"{self}\n".encode()
        else:
            data = self.pipe(kind)
        path.write_bytes(data)
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows."""
        bundle = {"text/plain": str(self)}
        if shutil.which("dot"):
            bundle["image/svg+xml"] = self.pipe("svg").decode()
        return bundle

"""Write docs/notebooks/: some pages of the course as notebooks, which need no file beside them.

    python docs/notebooks.py             write them
    python docs/notebooks.py --check     only tell whether they agree with the pages

A page shows its program's code by `literalinclude` and imports it in its cells. In the notebook the code itself stands
in their places, with what it needs, so that one can change it and run it again."""

import argparse
import ast
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOTEBOOKS = ("regression", "backprop", "cnn")

FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\} ?(.*?)\n(.*?)^\1\s*$", re.M | re.S)
OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[\w-]+:.*\n)+)", re.M | re.S)


def page_cells(text):
    """What a page is made of: ("markdown" or the directive's name, its argument, its options, its body)."""
    text = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.M | re.S)
    end = 0
    for fence in FENCE.finditer(text):
        yield "markdown", "", "", text[end : fence.start()].strip()
        options = OPTIONS.match(fence[4])
        body = fence[4][options.end() :] if options else fence[4]
        yield fence[2], fence[3].strip(), options[0] if options else "", body.strip()
        end = fence.end()
    yield "markdown", "", "", text[end:].strip()


class Program:
    """The pieces of a program by name, and what each needs."""

    def __init__(self, path):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        self.name, self.imports, self.sources, self.needs, self.now = path.stem, [], {}, {}, {}
        for node in ast.parse(text).body:
            names = self.defined(node)
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            while lines[first - 2].startswith("#"):
                first -= 1
            source = "\n".join(lines[first - 1 : node.end_lineno])
            if isinstance(node, ast.Import | ast.ImportFrom):
                # A blank line before it, if there is one, and it.
                self.imports.append(("\n" * (not lines[first - 2])) + ast.unparse(node))
            for name in names:
                self.sources[name] = source
                self.needs[name] = used(node)
                # What a function's body needs may come later.
                self.now[name] = used_at_once(node)

    @staticmethod
    def defined(node):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return [node.name]
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        return []

    def closure(self, names, at_once=False):
        """The names with all that they need, in the program's order."""
        found, left = set(), list(names)
        while left:
            name = left.pop()
            if name in self.sources and name not in found:
                found.add(name)
                left += (self.now if at_once else self.needs)[name]
        return [name for name in self.sources if name in found]


def used(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def bound(statement):
    """The names that an import gives."""
    aliases = ast.parse(statement.strip()).body[0].names
    return {(alias.asname or alias.name).split(".")[0] for alias in aliases}


def used_at_once(node):
    """The names that a definition needs when it is executed: all but those in the bodies of functions."""
    if isinstance(node, ast.FunctionDef):
        parts = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
        return set().union(*map(used, parts))
    if isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases, *node.keywords]
        return set().union(*map(used, parts), *map(used_at_once, node.body))
    return used(node)


def without_imports(code, program):
    """A cell without its imports from the program and those that the program has; the names imported from it."""
    names, lines = [], code.splitlines()
    again = {line.strip() for line in program.imports}
    for node in reversed(ast.parse(code).body):
        if isinstance(node, ast.Import) and program.name in (alias.name for alias in node.names):
            raise SystemExit(f"expected `from {program.name} import ...` in the page, got: {lines[node.lineno - 1]}")
        if isinstance(node, ast.ImportFrom) and node.module == program.name:
            if any(alias.asname or alias.name not in program.sources for alias in node.names):
                raise SystemExit(f"expected names of {program.name}.py, got: {lines[node.lineno - 1]}")
            names += [alias.name for alias in node.names]
            del lines[node.lineno - 1 : node.end_lineno]
        elif ast.unparse(node) in again:
            del lines[node.lineno - 1 : node.end_lineno]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), names


def notebook(page):
    """The page as a notebook in nbformat 4.5, without outputs."""
    program = Program(HERE.parent / "examples" / f"{page.stem}.py")
    cells, there = [], set()

    def add(kind, text):
        if text:
            cell = {"cell_type": kind, "id": f"cell-{len(cells)}", "metadata": {}, "source": text.splitlines(True)}
            cells.append(cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []})

    def define(names):
        add("code", "\n\n\n".join(dict.fromkeys(program.sources[name] for name in names)))
        there.update(names)

    for kind, argument, options, body in page_cells(page.read_text("utf-8")):
        if kind == "markdown":
            # Links are relative to docs/course/, a neighbour.
            add("markdown", re.sub(r"\]\((\w[\w.]*\.md)", r"](../course/\1", body))
            if len(cells) == 1:
                add("markdown", f"*Written by `docs/notebooks.py` from `docs/course/{page.name}`.*")
                add("code", "to be replaced by the imports")
        elif kind == "literalinclude":
            name = re.search(r":pyobject: (\w+)", options)
            if Path(argument).stem != program.name or not name:
                raise SystemExit(f"{page.name}: expected a :pyobject: of {program.name}.py, got {argument} {options}")
            before = [n for n in program.closure([name[1]], at_once=True) if n not in there and n != name[1]]
            define([*before, name[1]])
        elif kind == "code-cell":
            code, names = without_imports(body, program)
            define([n for n in program.closure(names) if n not in there])
            add("code", code)
        else:
            raise SystemExit(f"{page.name}: expected literalinclude or code-cell, got {kind}")
    first, *others = (cell for cell in cells if cell["cell_type"] == "code")
    names = set().union(*(used(ast.parse("".join(cell["source"]))) for cell in others))
    imports = [line for line in program.imports if bound(line) & names]
    first["source"] = "\n".join(imports).strip().splitlines(True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if one is not as its page says")
    args = parser.parse_args(argv)
    for name in NOTEBOOKS:
        path = HERE / "notebooks" / f"{name}.ipynb"
        text = json.dumps(notebook(HERE / "course" / f"{name}.md"), indent=1, ensure_ascii=False) + "\n"
        if not args.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            sys.exit(f"{path}: not as the page says; run python docs/notebooks.py")


if __name__ == "__main__":
    main()

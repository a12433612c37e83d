"""Runs the programs of tests/programs, which are written for PyTorch, in PyTorch or in pydl.

A program names PyTorch in its import lines alone; there the name is changed, and nowhere else. Each has ``build``,
which makes its model or models, ``train``, which takes them and gives the losses, and ``evaluate``.

    python tests/program_runs.py            record PyTorch's losses in tests/programs/losses.json
    python tests/program_runs.py gpt        print the losses of one program in pydl, and the recorded ones
"""

from __future__ import annotations

import json
import math
import re
import sys
import types
import zlib
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "programs"
PROGRAMS = sorted(p.stem for p in FOLDER.glob("*.py"))
RECORDED = FOLDER / "losses.json"


def with_one_line_changed(source: str) -> str:
    """The program with pydl in the place of torch in its imports.

    >>> print(with_one_line_changed("import torch\\nimport torch.nn as nn\\nfrom torch.utils.data import Subset"))
    import pydl as torch
    import pydl.nn as nn
    from pydl.utils.data import Subset
    """
    source = re.sub(r"^import torch$", "import pydl as torch", source, flags=re.M)
    return re.sub(r"^(import|from) torch\b", r"\1 pydl", source, flags=re.M)


def load(name: str, library: str) -> types.ModuleType:
    """The program as a module, in ``torch`` or ``pydl``."""
    path = FOLDER / f"{name}.py"
    source = path.read_text()
    if library == "pydl":
        source = with_one_line_changed(source)
    module = types.ModuleType(f"{library}_{name}")
    # Where dataclasses look for the module of a class.
    sys.modules[module.__name__] = module
    exec(compile(source, str(path), "exec"), vars(module))
    return module


def first_weights(key: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Numbers for one parameter, from its name and shape alone: those of no library."""
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    x = rng.uniform(-1, 1, shape)
    if len(shape) > 1:
        x *= math.sqrt(2 / math.prod(shape[1:]))
    else:
        x = 0.1 * x + key.endswith("weight")
    return np.asarray(x, np.float32)


def models_of(program: types.ModuleType) -> tuple[Any, ...]:
    """The program's models, with the first weights."""
    built = program.build()
    models = built if isinstance(built, tuple) else (built,)
    for i, model in enumerate(models):
        state = model.state_dict()
        for name, p in model.named_parameters(remove_duplicate=False):
            state[name] = program.torch.from_numpy(first_weights(f"{i}.{name}", tuple(p.shape)))
        model.load_state_dict(state)
    return models


def run(name: str, library: str) -> dict[str, list[float]]:
    """The losses of the program's training, and what its evaluation gives afterwards."""
    program = load(name, library)
    if library == "torch":
        program.torch.set_num_threads(1)  # on a busy machine two are a hundred times slower
    models = models_of(program)
    losses = program.train(*models)
    result = program.evaluate(*models)
    return {"losses": losses, "evaluation": np.asarray(result, dtype=float).ravel().tolist()}


def main() -> None:
    if len(sys.argv) > 1:
        recorded = json.loads(RECORDED.read_text())["programs"]
        for name in sys.argv[1:]:
            for key, values in run(name, "pydl").items():
                print(name, key, *(f"{v:.6g}" for v in values))
                print(name, "torch's", *(f"{v:.6g}" for v in recorded[name][key]))
        return
    import torch

    # A line for each program.
    lines = [f"    {json.dumps(name)}: {json.dumps(run(name, 'torch'))}" for name in PROGRAMS]
    head = f'{{\n  "torch": {json.dumps(torch.__version__)},\n  "programs": {{\n'
    RECORDED.write_text(head + ",\n".join(lines) + "\n  }\n}\n")


if __name__ == "__main__":
    main()

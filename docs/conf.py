"""The documentation: Markdown by MyST, the course's pages executed while they are built, warnings as errors.

    pip install ".[docs]"
    sphinx-build -W --keep-going docs docs/_build/html     # minutes: the pages train
    PYDL_PAGES=digits,cnn sphinx-build -W --keep-going docs docs/_build/html     # these pages of the course alone

The result is docs/_build/html/index.html, or .../course/digits.html. An error in a cell, and anything that a cell
writes to stderr, fails the build."""

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import matplotlib.font_manager  # noqa: F401  its cache of fonts is made here, so that no cell tells of it
from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.errors import SphinxError

import pydl

project = "pydl"
author = "the pydl maintainers"
release = pydl.__version__
extensions = ["myst_nb"]
html_theme = "furo"
html_title = f"pydl {release}"
exclude_patterns = ["_build", "notebooks"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

# Pages that are notebooks run in a fresh process of this Python, in an empty folder, with the programs importable.
nb_execution_mode = "force"
nb_execution_timeout = 300  # of one cell, on a busy machine
nb_execution_show_tb = True
nb_execution_in_temp = True
nb_merge_streams = True
nb_output_stderr = "remove-warn"
EXAMPLES = Path(__file__).parent.parent / "examples"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(EXAMPLES), os.environ.get("PYTHONPATH")]))
os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel named python3 is this Python, not one of the user's
os.environ["TQDM_DISABLE"] = "1"  # a bar is for those who wait

# Some pages alone: the first is the root, and links to the others lead nowhere.
if PAGES := os.environ.get("PYDL_PAGES"):
    include_patterns = [f"course/{page}.md" for page in PAGES.split(",")]
    root_doc = include_patterns[0].removesuffix(".md")
    suppress_warnings = ["myst.xref_missing", "toc.not_included"]


def thumbnails(app: Any, doctree: nodes.document, docname: str) -> None:
    """The course's index: a page's picture, small, beside its line."""
    if not docname.startswith("course/index"):
        return
    for row in doctree.findall(nodes.row):
        for link in row.findall(nodes.reference):
            page = f"course/{link.get('refuri', '').removesuffix('.html')}"
            pictures = list(app.env.get_doctree(page).findall(nodes.image)) if page in app.env.found_docs else []
            if pictures:
                small = deepcopy(pictures[-1])
                small.update_basic_atts({"classes": ["thumbnail"]})
                small["width"] = "240px"
                row[0].insert(0, link.deepcopy())
                row[0][0].children = [small]
                break


def fail(app: Any, exception: Exception | None) -> None:
    """All pages run before the build ends with an error: each cell's traceback has been shown."""
    pages = NbMetadataCollector.get_doc_data(app.env)
    failed = [page for page, data in pages.items() if data.get("exec_data") and not data["exec_data"]["succeeded"]]
    if failed and not exception:
        raise SphinxError(f"cells failed in {', '.join(failed)}")


def setup(app: Any) -> None:
    app.connect("build-finished", fail)
    app.connect("doctree-resolved", thumbnails)

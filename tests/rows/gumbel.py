from op_table import Row

import pydl
import pydl.nn.functional as F

ROWS = [
    Row(
        "gumbel_softmax",
        elsewhere="test_losses_and_layers.py",
        bad=(
            ("DTypeError", lambda: F.gumbel_softmax(pydl.tensor([1, 2]))),
            ("ValueError", lambda: F.gumbel_softmax(pydl.ones(2), tau=0.0)),
            ("IndexError", lambda: F.gumbel_softmax(pydl.ones(2), dim=1)),
        ),
    ),
]

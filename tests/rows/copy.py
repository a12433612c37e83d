import numpy as np
from op_table import ALL, Row
from strategies import one

import pydl

ROWS = [
    Row(
        "cast",
        lambda x: pydl.ops.cast(x, pydl.float64),
        lambda x: x,
        one(),
        dtypes=ALL,
        torch=lambda x: x.double(),
        times=(((1000, 1000),),),
    ),
    Row("cast", lambda x: x.to(pydl.int64), np.trunc, one(), "to integer", grad=False),
    Row("cast", lambda x: x.bool(), lambda x: x != 0, one(), "to bool", grad=False, dtypes=ALL),
    Row("clone", lambda x: x.clone(), lambda x: x, one(), dtypes=ALL, specials=True, torch=lambda x: x.clone()),
    Row(
        "contiguous",
        lambda x: x.t().contiguous(),
        np.transpose,
        one(min_dims=2, max_dims=2),
        dtypes=ALL,
        torch=lambda x: x.t().contiguous(),
        times=(((1000, 1000),),),
    ),
]

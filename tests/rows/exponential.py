import numpy as np
from op_table import Row
from strategies import floats, one

import pydl

POSITIVE = floats(0.1, 4.0)
PLAIN = [
    ("exp", np.exp, floats()),
    ("exp2", np.exp2, floats()),
    ("expm1", np.expm1, floats()),
    ("log", np.log, POSITIVE),
    ("log2", np.log2, POSITIVE),
    ("log10", np.log10, POSITIVE),
    ("log1p", np.log1p, floats(-0.9, 4.0)),
]

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(fill),
            torch=lambda x, name=name: getattr(x, name)(),
            specials=True,
            bad=(("DTypeError", lambda name=name: getattr(pydl, name)("a")),),
            times=(((1000,),), ((1000, 1000),)),
        )
        for name, reference, fill in PLAIN
    ),
    *(
        Row(name + "_", lambda x, name=name: getattr(x * 1, name + "_")(), reference, one(fill))
        for name, reference, fill in PLAIN
    ),
    Row(
        "exp",
        pydl.exp,
        lambda x: np.exp(x.astype(float)),
        one(floats()),
        "of integers",
        dtypes=("int64", "int8", "uint8", "bool"),
        grad=False,
    ),
]

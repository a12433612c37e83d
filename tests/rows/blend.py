from op_table import NUMBERS, Row
from strategies import broadcasting, fixed, floats, one, same

import pydl

# Of one sign: a sum near 0 of large terms is exact to the terms' last place only.
POSITIVE = floats(0.5, 3.0)
THREE = broadcasting(POSITIVE, POSITIVE, POSITIVE)
ALIKE = same(POSITIVE, POSITIVE, POSITIVE)


def torch_product(x):
    import torch

    return x.addcmul(torch.tensor(20, dtype=torch.uint8), torch.tensor(20, dtype=torch.uint8))


ROWS = [
    Row(
        "lerp",
        pydl.lerp,
        lambda x, y, w: x + w * (y - x),
        broadcasting(POSITIVE, POSITIVE, floats(0.0, 1.0)),
        torch=lambda x, y, w: x.lerp(y, w),
        sums=True,
    ),
    Row(
        "lerp",
        lambda x, y, w: (x.lerp(y, 0 * w), x.lerp(y, 0 * w + 1), x.lerp(y, 1)),
        lambda x, y, w: (x, y, y),
        ALIKE,
        "the ends are exact",
        ulps=0.0,
    ),
    Row(
        "lerp",
        pydl.lerp,
        lambda x, y, w: x + w * (y - x),
        fixed(((20,), POSITIVE), ((20,), POSITIVE), ((20,), POSITIVE)),
        "beyond the end",
        torch=lambda x, y, w: x.lerp(y, w),
    ),
    Row(
        "lerp",
        lambda x, y: x.lerp(y, 0.3),
        lambda x, y: x + 0.3 * (y - x),
        broadcasting(floats(), floats()),
        "number",
        sums=True,
    ),
    Row("lerp_", lambda x, y, w: (x * 1).lerp_(y, w / 3), lambda x, y, w: x + w / 3 * (y - x), ALIKE, sums=True),
    Row(
        "addcmul",
        lambda x, y, z: x.addcmul(y, z, value=2),
        lambda x, y, z: x + 2 * y * z,
        THREE,
        sums=True,
        dtypes=NUMBERS,
    ),
    Row(
        "addcmul",
        lambda x: x.addcmul(pydl.tensor(20, dtype=pydl.uint8), pydl.tensor(20, dtype=pydl.uint8)),
        lambda x: x + 400,
        one(),
        "a product beyond its dtype",
        torch=torch_product,
    ),
    Row("addcmul_", lambda x, y, z: (x * 1).addcmul_(y, z), lambda x, y, z: x + y * z, ALIKE, sums=True),
    Row("addcdiv", lambda x, y, z: x.addcdiv(y, z, value=2), lambda x, y, z: x + 2 * y / z, THREE),
    Row("addcdiv_", lambda x, y, z: (x * 1).addcdiv_(y, z), lambda x, y, z: x + y / z, ALIKE),
]

"""PyTorch's ``torch.linalg``: the functions of `pydl.ops` under its names. numpy computes, the gradients are pydl's.

Everything takes stacks of matrices. `eig` and `eigvals`, whose results are complex, are errors; LU and LDL
decompositions and ``householder_product`` are not there.
"""

from pydl.errors import LinAlgError as LinAlgError
from pydl.not_now import linalg_eig as eig
from pydl.not_now import linalg_eigvals as eigvals
from pydl.ops import det as det
from pydl.ops import inverse as inv
from pydl.ops import linalg_cholesky as cholesky
from pydl.ops import linalg_cholesky_ex as cholesky_ex
from pydl.ops import linalg_cond as cond
from pydl.ops import linalg_cross as cross
from pydl.ops import linalg_diagonal as diagonal
from pydl.ops import linalg_eigh as eigh
from pydl.ops import linalg_eigvalsh as eigvalsh
from pydl.ops import linalg_inv_ex as inv_ex
from pydl.ops import linalg_lstsq as lstsq
from pydl.ops import linalg_matrix_norm as matrix_norm
from pydl.ops import linalg_matrix_rank as matrix_rank
from pydl.ops import linalg_multi_dot as multi_dot
from pydl.ops import linalg_norm as norm
from pydl.ops import linalg_pinv as pinv
from pydl.ops import linalg_qr as qr
from pydl.ops import linalg_solve as solve
from pydl.ops import linalg_solve_ex as solve_ex
from pydl.ops import linalg_solve_triangular as solve_triangular
from pydl.ops import linalg_svd as svd
from pydl.ops import linalg_svdvals as svdvals
from pydl.ops import linalg_tensorinv as tensorinv
from pydl.ops import linalg_tensorsolve as tensorsolve
from pydl.ops import linalg_vander as vander
from pydl.ops import linalg_vecdot as vecdot
from pydl.ops import linalg_vector_norm as vector_norm
from pydl.ops import matmul as matmul
from pydl.ops import matrix_exp as matrix_exp
from pydl.ops import matrix_power as matrix_power
from pydl.ops import slogdet as slogdet

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "inv_ex",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

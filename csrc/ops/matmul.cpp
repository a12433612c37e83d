#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// One step from matrix to matrix through all batch dimensions, or false.
bool batch_stride(const Array& x, const Shape& batch, int64_t* step) {
  *step = 0;
  int64_t expected = 0;
  bool first = true;
  for (int d = batch.size() - 1; d >= 0; --d) {
    if (batch[d] == 1) continue;
    const int at = d - (batch.size() - (x.ndim() - 2));
    const int64_t stride = at < 0 || x.shape(at) == 1 ? 0 : x.stride(at);
    if (first) {
      *step = stride;
      first = false;
    } else if (stride != expected) {
      return false;
    }
    expected = stride * batch[d];
  }
  return true;
}

Array spread(const Array& x, const Shape& batch) {
  Shape shape(batch);
  shape.push_back(x.shape(x.ndim() - 2));
  shape.push_back(x.shape(x.ndim() - 1));
  return contiguous(expand(x, shape));
}

}  // namespace

Array matmul(const Array& x, const Array& y, const std::optional<Array>& bias,
             Activation activation) {
  check_same_device("matmul", x, y);
  if (!bias && x.ndim() + y.ndim() > 1 && (x.ndim() == 1 || y.ndim() == 1)) {
    // A vector is one row on the left, one column on the right.
    const bool row = x.ndim() == 1, column = y.ndim() == 1;
    Array z = matmul(row ? unsqueeze(x, 0) : x, column ? unsqueeze(y, 1) : y, bias, activation);
    if (column) z = select(z, -1, 0);
    return row ? select(z, -1 - !column, 0) : z;
  }
  check(x.ndim() >= 2 && y.ndim() >= 2, ErrorKind::kShape, "matmul: expected matrices, got shapes ",
        x.shape(), " and ", y.shape());
  check(x.dtype() == y.dtype(), ErrorKind::kDType, "matmul: expected operands of one dtype, got ",
        x.dtype(), " and ", y.dtype());
  check(x.dtype() != DType::kBool, ErrorKind::kDType, "matmul: expected numbers, got bool");
  const int64_t m = x.shape(x.ndim() - 2), k = x.shape(x.ndim() - 1);
  const int64_t n = y.shape(y.ndim() - 1);
  check(y.shape(y.ndim() - 2) == k, ErrorKind::kShape, "matmul: the first operand has ", k,
        " columns, the second ", y.shape(y.ndim() - 2), " rows (shapes ", x.shape(), " and ",
        y.shape(), ")");
  if (bias) {
    check(bias->ndim() == 1 && bias->shape(0) == n && bias->dtype() == x.dtype(), ErrorKind::kShape,
          "matmul: expected a bias of shape ", Shape{n}, " ", x.dtype(), ", got ", bias->shape(),
          " ", bias->dtype());
  }
  const KernelTable& kernels = kernels_for(x);
  const bool pairs =
      x.dtype() == DType::kBFloat16 &&
      kernels.matmul_bfloat16.by_dtype[static_cast<int>(DType::kBFloat16)] != nullptr;
  const auto in_float = [&] {
    std::optional<Array> wide;
    if (bias) wide = cast(*bias, DType::kFloat32);
    return cast(matmul(cast(x, DType::kFloat32), cast(y, DType::kFloat32), wide, activation),
                x.dtype());
  };
  if (is_half(x.dtype()) && !pairs) return in_float();
  Shape batch = broadcast("matmul", x.shape().first(x.ndim() - 2), y.shape().first(y.ndim() - 2));
  Shape shape(batch);
  shape.push_back(m);
  shape.push_back(n);
  Array z = Array::empty(shape, x.dtype(), x.device());
  if (z.size() == 0) return z;

  MatmulArgs args{};
  args.batch = z.size() / (m * n);
  args.m = m;
  args.n = n;
  args.k = k;
  Array a = x, b = y;
  if (!batch_stride(a, batch, &args.a_batch)) {
    a = spread(a, batch);
    args.a_batch = m * k;
  }
  if (!batch_stride(b, batch, &args.b_batch)) {
    b = spread(b, batch);
    args.b_batch = k * n;
  }
  args.a = a.data();
  args.a_row = a.stride(a.ndim() - 2);
  args.a_col = a.stride(a.ndim() - 1);
  args.b = b.data();
  args.b_row = b.stride(b.ndim() - 2);
  args.b_col = b.stride(b.ndim() - 1);
  args.c = z.data();
  args.c_batch = m * n;
  args.c_row = n;
  // One right-hand matrix for a stack of adjacent left-hand ones is one tall product.
  if (args.batch > 1 && args.b_batch == 0 && args.a_batch == m * args.a_row) {
    args.m *= args.batch;
    args.batch = 1;
  }
  std::optional<Array> dense;
  if (bias) {
    dense = contiguous(*bias);
    args.bias = dense->data();
  }
  args.activation = activation;
  size_t bytes = 0;
  launch(pairs ? kernels.matmul_bfloat16_scratch : kernels.matmul_scratch, x.dtype(), 0, args,
         &bytes);
  if (pairs && !bytes) return in_float();
  Array scratch;
  if (bytes) {
    scratch = Array::empty(Shape{static_cast<int64_t>(bytes)}, DType::kUInt8, x.device());
    args.scratch = scratch.data();
  }
  const int64_t work = z.size() * k / 8;
  if (pairs) {
    bool done = false;
    launch(kernels.matmul_bfloat16, x.dtype(), work, args, &done);
    return done ? z : in_float();
  }
  launch(kernels.matmul, x.dtype(), work, args);
  return z;
}

}  // namespace pydl

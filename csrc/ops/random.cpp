// Random numbers: each call is told the seed and the first block of the generator's stream that is
// its own (see kernels.def). `y` is filled, whatever its layout, in row-major order.
#include <algorithm>
#include <cmath>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// fill(contiguous array of the dtype) and the result brought into y.
template <class Fill>
void filled(const Array& y, DType dtype, Fill fill) {
  const bool direct = y.dtype() == dtype && y.is_contiguous();
  Array x = direct ? y : Array::empty(y.shape(), dtype, y.device());
  if (x.size()) fill(x);
  if (!direct) return copy_into(y, x);
  y.written();
}

void check_floating(const char* op, const Array& y) {
  check(is_float(y.dtype()), ErrorKind::kDType, op, ": expected a floating dtype, got ", y.dtype());
}

}  // namespace

void uniform_into(const Array& y, uint64_t seed, uint64_t offset, double low, double high) {
  check_floating("uniform_", y);
  filled(y, compute_dtype(y.dtype()), [&](const Array& x) {
    launch(kernels_for(x).uniform, x.dtype(), 8 * x.size(), x.data(), x.size(), seed, offset, low,
           high);
    if (is_half(y.dtype())) {  // conversion may not round up to high
      const double step = y.dtype() == DType::kFloat16 ? 0x1p-11 : 0x1p-8;
      clamp_into(x, x, low, std::max(low, high - std::abs(high) * step));
    }
  });
}

void normal_into(const Array& y, uint64_t seed, uint64_t offset, double mean, double std) {
  check_floating("normal_", y);
  filled(y, compute_dtype(y.dtype()), [&](const Array& x) {
    launch(kernels_for(x).normal, x.dtype(), 16 * x.size(), x.data(), x.size(), seed, offset, mean,
           std);
  });
}

// p broadcasts to y; its values lie in [0, 1].
void bernoulli_into(const Array& y, uint64_t seed, uint64_t offset, const Array& p) {
  const DType dtype = p.dtype() == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
  Array chance = cast(p, dtype);
  if (p.size() != 1) chance = contiguous(expand(chance, Shape(y.shape())));
  filled(y, dtype, [&](const Array& x) {
    launch(kernels_for(x).bernoulli, dtype, 8 * x.size(), x.data(), chance.data(),
           int64_t{p.size() != 1}, x.size(), seed, offset);
  });
}

void randint_into(const Array& y, uint64_t seed, uint64_t offset, int64_t low, int64_t high) {
  filled(y, DType::kInt64, [&](const Array& x) {
    launch(kernels_for(x).randint, DType::kInt64, 32 * x.size(), x.data_as<int64_t>(), x.size(),
           seed, offset, low, high);
  });
}

Array permutation(int64_t count, uint64_t seed, uint64_t offset) {
  Array y = Array::empty(Shape{count}, DType::kInt64);
  if (count) {
    launch(kernels_for(y).permutation, DType::kInt64, 32 * count, y.data_as<int64_t>(), count, seed,
           offset);
  }
  return y;
}

}  // namespace pydl

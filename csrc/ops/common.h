// What the ops share: picking and running a kernel, broadcasting, dimensions, promotion.
#pragma once

#include <initializer_list>
#include <utility>

#include "core/array.h"
#include "core/gil.h"
#include "core/kernel_table.h"

namespace pydl {

inline const KernelTable& kernels_for(const Array& x) { return *backend(x.device()).kernels; }

// Runs the device's kernel for a dtype; `work` estimates its elementary operations.
template <class... Parameters, class... Arguments>
void launch(const Kernel<void(Parameters...)>& kernel, DType dtype, int64_t work,
            Arguments&&... arguments) {
  auto* run = kernel.by_dtype[static_cast<int>(dtype)];
  check(run != nullptr, ErrorKind::kDType, kernel.name, ": no kernel for dtype ", dtype);
  ReleaseGil unlocked(work);
  run(std::forward<Arguments>(arguments)...);
}

// The iteration space of out's shape for out and operands that broadcast to it, dimensions ordered
// by out's strides and merged.
Loop make_loop(std::initializer_list<const Array*> operands);

// The shape that x and y broadcast to; the error names the op.
Shape broadcast(const char* op, Extents x, Extents y);

// A dimension counted from the end when negative; the error names the op. A scalar has one
// dimension here.
int wrap_dim(const char* op, int64_t dim, int ndim);

// An uninitialised array of x's shape; laid out as x where x is a permutation of a dense block.
Array empty_like(const Array& x, DType dtype);

// The dtype of the result of x and y together: PyTorch's rules; a 0-d array counts less than one
// with dimensions.
DType promote(DType x, DType y);
DType promote(const Array& x, const Array& y);

// Refuses to write in place where one element of memory stands for several: expand's result. The
// error names the op.
void check_own_memory(const char* op, const Array& y);

// x itself if it is contiguous (of that dtype, on that device), else a copy.
Array contiguous(const Array& x);
Array cast(const Array& x, DType dtype);

// The dtype that floating arithmetic on x is done in: float32 for the half types.
inline DType compute_dtype(DType x) { return is_half(x) ? DType::kFloat32 : x; }

inline void check_same_device(const char* op, const Array& x, const Array& y) {
  check(x.device() == y.device(), ErrorKind::kDevice, op, ": expected operands on one device, got ",
        backend(x.device()).name, " and ", backend(y.device()).name);
}

// [outer, size, inner] of an array around one of its dimensions.
struct Split {
  int64_t outer, size, inner;
};
Split split_at(Extents shape, int dim);

}  // namespace pydl

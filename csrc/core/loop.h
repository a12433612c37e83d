// What a kernel over strided operands walks: shared by the ops that build it and the kernels.
#pragma once

#include <cstdint>

namespace pydl {

inline constexpr int kMaxDims = 16;
inline constexpr int kMaxOperands = 4;

// An iteration space and each operand's steps in it. Operand 0 is the output. Strides count
// elements and may be zero (broadcast) or negative. The last dimension is the innermost; the
// ops have merged dimensions where every operand allows it, so a contiguous call has ndim 1.
// ndim is at least 1 and a scalar is one dimension of extent 1; an extent may be 0.
struct Loop {
  int ndim;
  int64_t shape[kMaxDims];
  int64_t strides[kMaxOperands][kMaxDims];
};

}  // namespace pydl

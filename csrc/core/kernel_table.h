// One pointer for each kernel of kernels.def and each dtype: the whole of what a device computes.
#pragma once

#include "core/dtype.h"
#include "core/kernel_args.h"

namespace pydl {

template <class Signature>
struct Kernel {
  const char* name;
  Signature* by_dtype[kNumDTypes];
};

struct KernelTable {
  const char* device;  // "cpu"
  const char* isa;     // "avx512"
#define PYDL_KERNEL(name, types, args) Kernel<void args> name;
#include "kernels.def"
#undef PYDL_KERNEL
};

}  // namespace pydl

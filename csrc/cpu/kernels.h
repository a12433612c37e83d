// What every file of csrc/cpu includes: the declarations of all kernels, in the namespace of the
// instruction set that this compilation is for. No standard containers, no exceptions, nothing
// inline from outside this namespace: the linker could keep an AVX-512 copy for everyone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernel_args.h"
#include "core/threads.h"

namespace pydl::PYDL_ISA {

#define PYDL_KERNEL(name, types, args) \
  template <class T>                   \
  void name args;
#include "kernels.def"
#undef PYDL_KERNEL

// At the end of a family's file: the types that kernels.def promises for it.
#define PYDL_FOR(name, T) template decltype(name<T>) name<T>;
#define PYDL_FOR_FLOATS(name) PYDL_FOR(name, float) PYDL_FOR(name, double)
#define PYDL_FOR_INTS(name) \
  PYDL_FOR(name, int64_t)   \
  PYDL_FOR(name, int32_t) PYDL_FOR(name, int16_t) PYDL_FOR(name, int8_t) PYDL_FOR(name, uint8_t)
#define PYDL_FOR_NUMBERS(name) PYDL_FOR_FLOATS(name) PYDL_FOR_INTS(name)
#define PYDL_FOR_HALVES(name) PYDL_FOR(name, BFloat16) PYDL_FOR(name, Float16)
#define PYDL_FOR_ANY_FLOATS(name) PYDL_FOR_FLOATS(name) PYDL_FOR_HALVES(name)
#define PYDL_FOR_ANY_NUMBERS(name) PYDL_FOR_NUMBERS(name) PYDL_FOR_HALVES(name)
#define PYDL_FOR_ALL(name) PYDL_FOR_NUMBERS(name) PYDL_FOR(name, bool)
#define PYDL_FOR_CASTS(name) PYDL_FOR_ALL(name) PYDL_FOR_HALVES(name)
#define PYDL_FOR_WORDS(name) \
  PYDL_FOR(name, uint8_t) PYDL_FOR(name, uint16_t) PYDL_FOR(name, uint32_t) PYDL_FOR(name, uint64_t)

// A lambda (int64_t begin, int64_t end) over [0, count) in chunks of grain.
template <class F>
void parallel(int64_t count, int64_t grain, const F& body) {
  pydl::parallel_for(
      0, count, grain,
      [](void* f, int64_t begin, int64_t end) { (*static_cast<const F*>(f))(begin, end); },
      const_cast<F*>(&body));
}

// The grain for rows of `cost` elementary operations each: chunks of about 32k operations, so that
// handing one out costs little beside it.
inline int64_t row_grain(int64_t cost) {
  int64_t rows = 32768 / (cost < 1 ? 1 : cost);
  return rows < 1 ? 1 : rows;
}

}  // namespace pydl::PYDL_ISA

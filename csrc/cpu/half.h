// The half types are storage: kernels compute in float. Their conversions are in cast.cpp.
#pragma once

#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

enum class Half : int { kNone, kBFloat16, kFloat16 };

// Which of them T is.
template <class T>
inline constexpr Half kHalfOf = Half::kNone;
template <>
inline constexpr Half kHalfOf<BFloat16> = Half::kBFloat16;
template <>
inline constexpr Half kHalfOf<Float16> = Half::kFloat16;

void from_half(Half half, float* y, const void* x, int64_t n);
void to_half(Half half, void* y, const float* x, int64_t n);  // to nearest, halves to even

}  // namespace pydl::PYDL_ISA

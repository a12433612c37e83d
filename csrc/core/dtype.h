// The element types. Plain: included by every layer, generates no code of its own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pydl {

enum class DType : uint8_t {
  kFloat32,
  kFloat64,
  kBFloat16,
  kFloat16,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUInt8,
  kBool,
};

inline constexpr int kNumDTypes = 10;
inline constexpr int kItemSizes[kNumDTypes] = {4, 8, 2, 2, 8, 4, 2, 1, 1, 1};
inline constexpr const char* kDTypeNames[kNumDTypes] = {"float32", "float64", "bfloat16", "float16",
                                                        "int64",   "int32",   "int16",    "int8",
                                                        "uint8",   "bool"};

constexpr int item_size(DType d) { return kItemSizes[static_cast<int>(d)]; }
constexpr const char* dtype_name(DType d) { return kDTypeNames[static_cast<int>(d)]; }
constexpr bool is_float(DType d) { return d <= DType::kFloat16; }
constexpr bool is_half(DType d) { return d == DType::kBFloat16 || d == DType::kFloat16; }
constexpr bool is_integer(DType d) { return d >= DType::kInt64 && d <= DType::kUInt8; }

}  // namespace pydl

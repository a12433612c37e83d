// This instruction set's kernel table: kernels.def, expanded into addresses.
#include "core/kernel_table.h"
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

// In the order of DType: float32, float64, bfloat16, float16, int64, int32, int16, int8, uint8,
// bool.
#define PYDL_FLOATS(f) {&f<float>, &f<double>}
#define PYDL_NUMBERS(f)                                            \
  {&f<float>,   &f<double>,  nullptr,    nullptr,     &f<int64_t>, \
   &f<int32_t>, &f<int16_t>, &f<int8_t>, &f<uint8_t>, &f<uint8_t>}
#define PYDL_ANY_FLOATS(f) {&f<float>, &f<double>, &f<BFloat16>, &f<Float16>}
#define PYDL_ANY_NUMBERS(f)                                          \
  {&f<float>,   &f<double>,  &f<BFloat16>, &f<Float16>, &f<int64_t>, \
   &f<int32_t>, &f<int16_t>, &f<int8_t>,   &f<uint8_t>, &f<uint8_t>}
#define PYDL_ALL(f)                                                \
  {&f<float>,   &f<double>,  nullptr,    nullptr,     &f<int64_t>, \
   &f<int32_t>, &f<int16_t>, &f<int8_t>, &f<uint8_t>, &f<bool>}
#define PYDL_WORDS(f)                                                    \
  {&f<uint32_t>, &f<uint64_t>, &f<uint16_t>, &f<uint16_t>, &f<uint64_t>, \
   &f<uint32_t>, &f<uint16_t>, &f<uint8_t>,  &f<uint8_t>,  &f<uint8_t>}
#define PYDL_CASTS(f)                                                \
  {&f<float>,   &f<double>,  &f<BFloat16>, &f<Float16>, &f<int64_t>, \
   &f<int32_t>, &f<int16_t>, &f<int8_t>,   &f<uint8_t>, &f<bool>}
#define PYDL_BFLOAT16(f) {nullptr, nullptr, &f<BFloat16>}
#define PYDL_INT64(f) {nullptr, nullptr, nullptr, nullptr, &f<int64_t>}

#define PYDL_STRING_(x) #x
#define PYDL_STRING(x) PYDL_STRING_(x)

extern const KernelTable kKernels;
const KernelTable kKernels = {
    "cpu",
    PYDL_STRING(PYDL_ISA),
#define PYDL_KERNEL(name, types, args) {#name, PYDL_##types(name)},
#include "kernels.def"
#undef PYDL_KERNEL
};

}  // namespace pydl::PYDL_ISA

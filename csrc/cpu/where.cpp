#include "cpu/walk.h"

namespace pydl::PYDL_ISA {

template <class T>
void where(const Loop& loop, void* z, const bool* condition, const void* x, const void* y) {
  StretchBody body = [](const void*, int64_t n, void* const* operands, uint32_t) {
    T* z = static_cast<T*>(operands[0]);
    const uint8_t* condition = static_cast<const uint8_t*>(operands[1]);
    const T *x = static_cast<const T*>(operands[2]), *y = static_cast<const T*>(operands[3]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) {
      T a = x[i], b = y[i];  // both, for a load under a condition is not vectorised
      z[i] = condition[i] != 0 ? a : b;
    }
  };
  void* data[] = {z, const_cast<bool*>(condition), const_cast<void*>(x), const_cast<void*>(y)};
  const int sizes[] = {sizeof(T), 1, sizeof(T), sizeof(T)};
  walk(loop, 4, data, sizes, 1, body, nullptr);
}

PYDL_FOR_WORDS(where)

}  // namespace pydl::PYDL_ISA

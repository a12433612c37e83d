#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

template <class T, class F>
void map_three(const Loop& loop, void* z, const void* x, const void* y, const void* w, const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands, uint32_t) {
    const F f = *static_cast<const F*>(context);
    T* z = static_cast<T*>(operands[0]);
    const T *x = static_cast<const T*>(operands[1]), *y = static_cast<const T*>(operands[2]);
    const T* w = static_cast<const T*>(operands[3]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) z[i] = f(x[i], y[i], w[i]);
  };
  void* data[] = {z, const_cast<void*>(x), const_cast<void*>(y), const_cast<void*>(w)};
  const int sizes[] = {sizeof(T), sizeof(T), sizeof(T), sizeof(T)};
  walk(loop, 4, data, sizes, 2, body, &f);
}

}  // namespace

template <class T>
void blend(BlendOp op, const Loop& loop, void* z, const void* x, const void* y, const void* w,
           double factor) {
  const T scale = T(factor);
  switch (op) {
    case BlendOp::kProduct:
      return map_three<T>(loop, z, x, y, w, [scale](T x, T y, T w) { return x + y * w * scale; });
    case BlendOp::kRatio:
      return map_three<T>(loop, z, x, y, w, [scale](T x, T y, T w) { return x + y / w * scale; });
    case BlendOp::kFrom:
      return map_three<T>(loop, z, x, y, w, [scale](T x, T y, T w) { return x + (y - w) * scale; });
  }
}

PYDL_FOR_FLOATS(blend)

}  // namespace pydl::PYDL_ISA

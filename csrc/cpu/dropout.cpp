#include "cpu/kernels.h"
#include "cpu/philox.h"

namespace pydl::PYDL_ISA {

// Kept where the element's word is below (1 - p) 2^32. Zeroed elements are products by 0 as well,
// so NaN and infinities in x come through as NaN.
template <class T>
void dropout(void* y, uint8_t* mask, const void* x, int64_t count, double p, uint64_t seed,
             uint64_t offset) {
  const double keep = 1 - p;
  const T scale = static_cast<T>(keep > 0 ? 1 / keep : 0);
  const double limit = keep * 0x1p32;
  const uint64_t whole = static_cast<uint64_t>(limit < 0 ? 0 : limit);
  const uint64_t kept = whole + (static_cast<double>(whole) < limit);  // rounded up
  for_random_tiles(count, 1, seed, offset, [=](int64_t first, int64_t n, const uint32_t* words) {
    T* out = static_cast<T*>(y) + first;
    const T* in = static_cast<const T*>(x) + first;
    uint8_t* __restrict bits = mask + first;  // otherwise bytes may alias everything
    // kept may be 2^32: compare with the last word that is kept instead, or with none.
    const uint32_t last = static_cast<uint32_t>(kept - 1);
    const uint32_t any = kept > 0;
    const T factor = scale;
    for (int64_t i = 0; i < n; ++i) {
      const uint32_t bit = (words[i] <= last) & any;
      bits[i] = static_cast<uint8_t>(bit);
      out[i] = in[i] * (static_cast<T>(static_cast<int32_t>(bit)) * factor);
    }
  });
}
PYDL_FOR_FLOATS(dropout)

template <class T>
void dropout_backward(void* dx, const void* g, const uint8_t* mask, int64_t count, double scale) {
  parallel(count, 32768, [=](int64_t begin, int64_t end) {
    T* out = static_cast<T*>(dx);
    const T* in = static_cast<const T*>(g);
    const uint8_t* __restrict bits = mask;
    const T factor = static_cast<T>(scale);
    for (int64_t i = begin; i < end; ++i) {
      out[i] = in[i] * (static_cast<T>(static_cast<int32_t>(bits[i])) * factor);
    }
  });
}
PYDL_FOR_FLOATS(dropout_backward)

}  // namespace pydl::PYDL_ISA

// The gradient of a table of rows that were picked by index; the forward pass is index_select.
#include "cpu/columns.h"

namespace pydl::PYDL_ISA {

template <class T>
void embedding_backward(void* dw, const void* g, const int64_t* index, int64_t count, int64_t size,
                        int64_t, int64_t padding_idx) {
  parallel_columns(1, size, count, size, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = 0; i < count; ++i) {
      if (index[i] == padding_idx) continue;
      T* to = static_cast<T*>(dw) + index[i] * size;
      const T* from = static_cast<const T*>(g) + i * size;
      for (int64_t k = begin; k < end; ++k) to[k] += from[k];
    }
  });
}

PYDL_FOR_FLOATS(embedding_backward)

}  // namespace pydl::PYDL_ISA

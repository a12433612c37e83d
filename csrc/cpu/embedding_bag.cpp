// Sums and maxima of bags of a table's rows. With y[b] = sum(scale[i] w[index[i]]) over the i of
// bag b, the three sums here are each the derivative of the others.
#include "cpu/columns.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {

template <class T>
void embedding_bag(void* y, const void* w, const int64_t* index, const int64_t* offsets,
                   const void* scale, int64_t bags, int64_t size) {
  const int64_t count = bags ? offsets[bags] : 0;
  parallel(bags, row_grain((count / (bags ? bags : 1) + 1) * size),
           [&](int64_t begin, int64_t end) {
             for (; begin < end; ++begin) {
               T* to = static_cast<T*>(y) + begin * size;
               for (int64_t k = 0; k < size; ++k) to[k] = 0;
               for (int64_t i = offsets[begin]; i < offsets[begin + 1]; ++i) {
                 const T* from = static_cast<const T*>(w) + index[i] * size;
                 const T factor = scale ? static_cast<const T*>(scale)[i] : T(1);
                 for_vectors<T>(size, [&](int64_t k, auto part) {
                   part.store(to + k, part.load(to + k) + part.load(from + k) * factor);
                 });
               }
             }
           });
}

namespace {

// The largest of `count` rows, column by column, and which it is: their indices' places, as
// the bits of a T, so that one comparison chooses both.
template <class T>
void largest(T* to, int64_t* row, const T* w, const int64_t* index, int64_t count, int64_t size) {
  constexpr int64_t kWidest = 256;
  for (int64_t c = 0; c < size; c += kWidest) {
    const int64_t n = size - c < kWidest ? size - c : kWidest;
    T place[kWidest];
    for (int64_t i = 0; i < count; ++i) {
      const T* from = w + index[i] * size + c;
      const Vec<T> here = from_bits<T>(Vec<Bits<T>>{} + static_cast<Bits<T>>(i));
      for_vectors<T>(n, [&](int64_t k, auto part) {
        const Vec<T> x = part.load(from + k);
        if (i == 0) {
          part.store(to + c + k, x);
          part.store(place + k, here);
        } else {
          const Vec<T> most = part.load(to + c + k);
          const auto more = x > most;
          part.store(to + c + k, select<T>(more, x, most));
          part.store(place + k, select<T>(more, here, part.load(place + k)));
        }
      });
    }
    for (int64_t k = 0; k < n; ++k) {
      Bits<T> bits;
      __builtin_memcpy(&bits, place + k, sizeof(T));
      row[c + k] = index[bits];
    }
  }
}

}  // namespace

template <class T>
void embedding_bag_max(void* y, int64_t* row, const void* w, const int64_t* index,
                       const int64_t* offsets, int64_t bags, int64_t size) {
  const int64_t count = bags ? offsets[bags] : 0;
  parallel(bags, row_grain((count / (bags ? bags : 1) + 1) * size),
           [&](int64_t begin, int64_t end) {
             for (; begin < end; ++begin) {
               T* to = static_cast<T*>(y) + begin * size;
               int64_t* at = row + begin * size;
               const int64_t first = offsets[begin], many = offsets[begin + 1] - first;
               if (many > 0) {
                 largest(to, at, static_cast<const T*>(w), index + first, many, size);
               } else {
                 for (int64_t k = 0; k < size; ++k) to[k] = 0, at[k] = -1;
               }
             }
           });
}

template <class T>
void embedding_bag_backward(void* dw, const void* g, const int64_t* index, const int64_t* offsets,
                            const void* scale, int64_t bags, int64_t size) {
  const int64_t count = bags ? offsets[bags] : 0;
  parallel_columns(1, size, count, size, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t b = 0; b < bags; ++b) {
      const T* from = static_cast<const T*>(g) + b * size + begin;
      for (int64_t i = offsets[b]; i < offsets[b + 1]; ++i) {
        T* to = static_cast<T*>(dw) + index[i] * size + begin;
        const T factor = scale ? static_cast<const T*>(scale)[i] : T(1);
        for_vectors<T>(end - begin, [&](int64_t k, auto part) {
          part.store(to + k, part.load(to + k) + part.load(from + k) * factor);
        });
      }
    }
  });
}

template <class T>
void embedding_bag_scale_grad(void* dscale, const void* g, const void* w, const int64_t* index,
                              const int64_t* offsets, int64_t bags, int64_t size) {
  const int64_t count = bags ? offsets[bags] : 0;
  parallel(
      bags, row_grain((count / (bags ? bags : 1) + 1) * size), [&](int64_t begin, int64_t end) {
        for (; begin < end; ++begin) {
          const T* u = static_cast<const T*>(g) + begin * size;
          for (int64_t i = offsets[begin]; i < offsets[begin + 1]; ++i) {
            const T* v = static_cast<const T*>(w) + index[i] * size;
            static_cast<T*>(dscale)[i] = row_sum<T>(
                size, [&](int64_t k, auto part) { return part.load(u + k) * part.load(v + k); });
          }
        }
      });
}

PYDL_FOR_FLOATS(embedding_bag)
PYDL_FOR_FLOATS(embedding_bag_max)
PYDL_FOR_FLOATS(embedding_bag_backward)
PYDL_FOR_FLOATS(embedding_bag_scale_grad)

}  // namespace pydl::PYDL_ISA

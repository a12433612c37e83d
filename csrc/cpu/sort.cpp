// The stable order of rows: digit by digit, the lowest first, through as many bits as differ within
// a row, so that small integers take one or two passes. A long row is cut into parts which count
// their digits and then move their elements at once.
#include "cpu/kernels.h"
#include "cpu/keys.h"

namespace pydl::PYDL_ISA {
namespace {

template <class K, class I>
struct Item {
  K key;
  I index;
};
using Short = Item<uint32_t, uint32_t>;
using Long = Item<uint64_t, int64_t>;

constexpr int kWidest = 11;       // bits of a digit
constexpr int64_t kTiny = 40;     // elements up to which each is put in its place
constexpr int64_t kParts = 16;    // of a long row
constexpr int64_t kPart = 32768;  // elements of a part, at least

template <class T>
struct Keys {
  const T* x;
  Key<T> flip;
  Key<T> operator()(int64_t i) const { return static_cast<Key<T>>(key_of(x[i]) ^ flip); }
};

template <class T>
void tiny_row(int64_t* index, Keys<T> key, int64_t n) {
  Item<Key<T>, int64_t> items[kTiny];
  for (int64_t i = 0; i < n; ++i) {
    const Key<T> k = key(i);
    int64_t at = i;
    for (; at > 0 && items[at - 1].key > k; --at) items[at] = items[at - 1];
    items[at] = {k, i};
  }
  for (int64_t i = 0; i < n; ++i) index[i] = items[i].index;
}

// The bits, from `low` on, in which keys differ.
struct Span {
  int low, bits;
};

template <class T>
Span span_of(Keys<T> key, int64_t n) {
  Key<T> all = key(0), any = all;
  for (int64_t i = 1; i < n; ++i) {
    const Key<T> k = key(i);
    all &= k, any |= k;
  }
  const uint64_t differ = static_cast<uint64_t>(static_cast<Key<T>>(all ^ any));
  if (differ == 0) return {0, 0};
  const int low = __builtin_ctzll(differ);
  return {low, 64 - __builtin_clzll(differ) - low};
}

// What becomes of [0, n) in parts: the same for one part, run here, and for several, in parallel.
template <class F>
void for_parts(int64_t n, int64_t parts, const F& body) {
  if (parts == 1) return body(0, 0, n);
  const int64_t size = (n + parts - 1) / parts;
  parallel(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      body(p, p * size < n ? p * size : n, (p + 1) * size < n ? (p + 1) * size : n);
    }
  });
}

// items, other: n each, scratch. counts[parts][1 << width] too.
template <class P, class T>
void radix_row(int64_t* index, Keys<T> key, int64_t n, Span span, P* items, P* other,
               uint32_t* counts, int64_t parts) {
  const int widest = n < 4096 ? 8 : kWidest;
  const int passes = (span.bits + widest - 1) / widest;
  const int width = (span.bits + passes - 1) / passes;
  const int64_t digits = int64_t(1) << width;
  for_parts(n, parts, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      items[i].key = static_cast<decltype(P::key)>(key(i) >> span.low);
      items[i].index = static_cast<decltype(P::index)>(i);
    }
  });
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * width;
    for_parts(n, parts, [&](int64_t part, int64_t begin, int64_t end) {
      uint32_t* count = counts + part * digits;
      for (int64_t d = 0; d < digits; ++d) count[d] = 0;
      for (int64_t i = begin; i < end; ++i) {
        ++count[static_cast<int64_t>(items[i].key >> shift) & (digits - 1)];
      }
    });
    uint32_t before = 0;
    for (int64_t d = 0; d < digits; ++d) {
      for (int64_t part = 0; part < parts; ++part) {
        const uint32_t here = counts[part * digits + d];
        counts[part * digits + d] = before;
        before += here;
      }
    }
    const bool last = pass + 1 == passes;
    for_parts(n, parts, [&](int64_t part, int64_t begin, int64_t end) {
      uint32_t* at = counts + part * digits;
      if (last) {
        for (int64_t i = begin; i < end; ++i) {
          index[at[static_cast<int64_t>(items[i].key >> shift) & (digits - 1)]++] = items[i].index;
        }
        return;
      }
      for (int64_t i = begin; i < end; ++i) {
        const P item = items[i];
        other[at[static_cast<int64_t>(item.key >> shift) & (digits - 1)]++] = item;
      }
    });
    P* swap = items;
    items = other, other = swap;
  }
}

template <class T>
void sort_row(int64_t* index, Keys<T> key, int64_t n, char* scratch, uint32_t* counts,
              int64_t parts) {
  const Span span = span_of(key, n);
  if (span.bits == 0) {
    for (int64_t i = 0; i < n; ++i) index[i] = i;
  } else if (span.bits <= 32) {
    Short* items = reinterpret_cast<Short*>(scratch);
    radix_row(index, key, n, span, items, items + n, counts, parts);
  } else {
    Long* items = reinterpret_cast<Long*>(scratch);
    radix_row(index, key, n, span, items, items + n, counts, parts);
  }
}

}  // namespace

template <class T>
void sort(bool descending, int64_t* index, const void* x, int64_t rows, int64_t size,
          void* scratch) {
  const Key<T> flip = static_cast<Key<T>>(descending ? -1 : 0);
  auto keys_of = [=](int64_t r) { return Keys<T>{static_cast<const T*>(x) + r * size, flip}; };
  if (size <= kSortOnStack) {
    parallel(rows, row_grain(16 * size), [&](int64_t begin, int64_t end) {
      alignas(64) char items[2 * kSortOnStack * sizeof(Long)];
      uint32_t counts[1 << 8];
      for (int64_t r = begin; r < end; ++r) {
        if (size <= kTiny) {
          tiny_row(index + r * size, keys_of(r), size);
        } else {
          sort_row(index + r * size, keys_of(r), size, items, counts, 1);
        }
      }
    });
    return;
  }
  constexpr int64_t kCounts = kParts << kWidest;
  char* items = static_cast<char*>(scratch);
  if (size >= 4 * kPart || rows == 1) {
    int64_t parts = size / kPart;
    parts = parts < 1 ? 1 : parts > kParts ? kParts : parts;
    uint32_t* counts = reinterpret_cast<uint32_t*>(items + 2 * size * int64_t(sizeof(Long)));
    for (int64_t r = 0; r < rows; ++r) {
      sort_row(index + r * size, keys_of(r), size, items, counts, parts);
    }
    return;
  }
  // As many rows at a time as there is scratch for.
  const int64_t bytes = 2 * size * int64_t(sizeof(Long)) + kCounts * int64_t(sizeof(uint32_t));
  for (int64_t first = 0; first < rows; first += kSortTogether) {
    const int64_t count = rows - first < kSortTogether ? rows - first : kSortTogether;
    parallel(count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        char* own = items + r * bytes;
        sort_row(index + (first + r) * size, keys_of(first + r), size, own,
                 reinterpret_cast<uint32_t*>(own + 2 * size * int64_t(sizeof(Long))), 1);
      }
    });
  }
}

PYDL_FOR_NUMBERS(sort)

}  // namespace pydl::PYDL_ISA

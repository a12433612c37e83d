// What follows from the order of elements: running extremes, the first ones, the k-th one, places
// in ordered rows. And log(cumsum(exp(x))), which goes along its rows as they do.
#include "cpu/columns.h"
#include "cpu/keys.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kColumns = 256;

// Whether x takes the place of the best so far: also where it equals that, and NaN always.
template <bool kMaximum, class T>
bool takes_over(T x, T best) {
  bool behind = kMaximum ? x < best : x > best;
  return (!behind) & ((x != x) | (best == best));
}

// New extremes are rare: a block without one is filled at once.
template <bool kMaximum, class T>
void extremes_of_row(T* y, int64_t* index, const T* x, int64_t size) {
  constexpr int64_t kBlock = 32;
  T best = x[0];
  int64_t at = 0;
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    int64_t end = size - begin > kBlock ? begin + kBlock : size;
    if (end - begin == kBlock) {
      int any = 0;
      for (int64_t k = 0; k < kBlock; ++k) any |= takes_over<kMaximum>(x[begin + k], best);
      if (!any) {
        for (int64_t k = 0; k < kBlock; ++k) y[begin + k] = best;
        for (int64_t k = 0; k < kBlock; ++k) index[begin + k] = at;
        continue;
      }
    }
    for (int64_t i = begin; i < end; ++i) {
      bool ahead = takes_over<kMaximum>(x[i], best);
      best = ahead ? x[i] : best;
      at = ahead ? i : at;
      y[i] = best;
      index[i] = at;
    }
  }
}

template <bool kMaximum, class T>
void extremes(T* y, int64_t* index, const T* x, int64_t outer, int64_t size, int64_t inner) {
  if (inner == 1) {
    parallel(outer, row_grain(2 * size), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * size; i < end * size; i += size)
        extremes_of_row<kMaximum>(y + i, index + i, x + i, size);
    });
    return;
  }
  parallel_columns(outer, inner, 2 * size, kColumns, [&](int64_t o, int64_t begin, int64_t end) {
    T best[kColumns];
    int64_t at[kColumns];
    int64_t from = o * size * inner + begin, columns = end - begin;
    for (int64_t k = 0; k < columns; ++k) best[k] = x[from + k], at[k] = 0;
    for (int64_t i = 0; i < size; ++i, from += inner) {
      for (int64_t k = 0; k < columns; ++k) {
        bool ahead = takes_over<kMaximum>(x[from + k], best[k]);
        y[from + k] = best[k] = ahead ? x[from + k] : best[k];
        index[from + k] = at[k] = ahead ? i : at[k];
      }
    }
  });
}

struct Pair {
  uint64_t key;
  int64_t index;
};

// In the order of the keys; equal ones keep theirs. other: as much scratch.
void sort_pairs(Pair* pairs, Pair* other, int64_t n) {
  constexpr int64_t kRun = 12;
  for (int64_t begin = 0; begin < n; begin += kRun) {
    int64_t end = n - begin > kRun ? begin + kRun : n;
    for (int64_t i = begin + 1; i < end; ++i) {
      Pair pair = pairs[i];
      int64_t k = i;
      for (; k > begin && pairs[k - 1].key > pair.key; --k) pairs[k] = pairs[k - 1];
      pairs[k] = pair;
    }
  }
  Pair *from = pairs, *to = other;
  for (int64_t run = kRun; run < n; run *= 2) {
    for (int64_t begin = 0; begin < n; begin += 2 * run) {
      int64_t middle = n - begin > run ? begin + run : n;
      int64_t end = n - middle > run ? middle + run : n;
      int64_t a = begin, b = middle;
      for (int64_t i = begin; i < end; ++i) {
        bool second = a == middle || (b < end && from[b].key < from[a].key);
        to[i] = from[second ? b++ : a++];
      }
    }
    Pair* swap = from;
    from = to, to = swap;
  }
  if (from != pairs) __builtin_memcpy(pairs, from, static_cast<size_t>(n) * sizeof(Pair));
}

// Selection digit by digit, the highest first: of the keys those stay whose digit is that of the
// one at `rank`. Gives that key, and rank becomes its place among equal ones. keys[size]: scratch.
template <class T>
Key<T> key_at_rank(const T* x, int64_t size, Key<T> flip, int64_t& rank, Key<T>* keys) {
  constexpr int kWidest = sizeof(T) == 1 ? 8 : 11;
  int64_t counts[int64_t(1) << kWidest];
  const int width = size < 4096 ? 8 : kWidest;
  int shift = 8 * static_cast<int>(sizeof(T));
  int64_t n = size;
  auto narrow = [&](auto key) {
    const int next = shift > width ? shift - width : 0;
    const int64_t digits = int64_t(1) << (shift - next);
    auto digit = [&](Key<T> k) { return static_cast<int64_t>(k >> next) & (digits - 1); };
    for (int64_t d = 0; d < digits; ++d) counts[d] = 0;
    for (int64_t i = 0; i < n; ++i) ++counts[digit(key(i))];
    int64_t d = 0;
    while (rank >= counts[d]) rank -= counts[d++];
    int64_t kept = 0;
    for (int64_t i = 0; i < n; ++i) {
      Key<T> k = key(i);
      keys[kept] = k;
      kept += digit(k) == d;
    }
    n = kept;
    shift = next;
  };
  narrow([&](int64_t i) { return static_cast<Key<T>>(key_of(x[i]) ^ flip); });
  while (shift > 0 && n > 1) narrow([&](int64_t i) { return keys[i]; });
  return keys[0];
}

// As many pairs fit on the stack.
constexpr int64_t kFew = kFewPairs;

// Pairs that may be among the first k are gathered; when there is no more room, the first k stay,
// and the k-th is the bound that others have to be below.
template <class T>
void few_of_row(int64_t* index, const T* x, int64_t size, int64_t k, Key<T> flip) {
  constexpr int64_t kBlock = 64;
  Pair found[kFew], other[kFew];
  const int64_t room = 2 * k > 64 ? 2 * k : 64;
  Key<T> bound = 0;
  bool bounded = false;
  int64_t n = 0;
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    int64_t end = size - begin > kBlock ? begin + kBlock : size;
    if (bounded && end - begin == kBlock) {
      int any = 0;
      for (int64_t i = 0; i < kBlock; ++i)
        any |= static_cast<Key<T>>(key_of(x[begin + i]) ^ flip) < bound;
      if (!any) continue;
    }
    for (int64_t i = begin; i < end; ++i) {
      const Key<T> key = static_cast<Key<T>>(key_of(x[i]) ^ flip);
      if (bounded && key >= bound) continue;
      found[n++] = {key, i};
      if (n < room) continue;
      sort_pairs(found, other, n);
      n = k;
      bound = static_cast<Key<T>>(found[k - 1].key);
      bounded = true;
    }
  }
  sort_pairs(found, other, n);
  for (int64_t i = 0; i < k; ++i) index[i] = found[i].index;
}

// The first k, few of them, kept in order: each that belongs among them is put in its place.
constexpr int64_t kInserted = 24;

template <class T>
void inserted_of_row(int64_t* index, const T* x, int64_t size, int64_t k, Key<T> flip) {
  constexpr int64_t kBlock = 32;
  Key<T> best[kInserted];
  int64_t place[kInserted];
  auto key = [&](int64_t i) { return static_cast<Key<T>>(key_of(x[i]) ^ flip); };
  int64_t n = 0;
  auto insert = [&](Key<T> v, int64_t i) {
    int64_t at = n < k ? n++ : k - 1;
    for (; at > 0 && best[at - 1] > v; --at) best[at] = best[at - 1], place[at] = place[at - 1];
    best[at] = v, place[at] = i;
  };
  int64_t begin = k;
  for (int64_t i = 0; i < k; ++i) insert(key(i), i);
  for (; begin < size; begin += kBlock) {
    const int64_t end = size - begin > kBlock ? begin + kBlock : size;
    const Key<T> bound = best[k - 1];
    if (end - begin == kBlock) {
      int any = 0;
      for (int64_t i = 0; i < kBlock; ++i) any |= key(begin + i) < bound;
      if (!any) continue;
    }
    for (int64_t i = begin; i < end; ++i) {
      const Key<T> v = key(i);
      if (v < best[k - 1]) insert(v, i);
    }
  }
  for (int64_t i = 0; i < k; ++i) index[i] = place[i];
}

// The first of the smallest keys.
template <class T>
int64_t first_of_row(const T* x, int64_t size, Key<T> flip) {
  Key<T> best = static_cast<Key<T>>(key_of(x[0]) ^ flip);
  for (int64_t i = 1; i < size; ++i) {
    const Key<T> key = static_cast<Key<T>>(key_of(x[i]) ^ flip);
    best = key < best ? key : best;
  }
  int64_t i = 0;
  constexpr int64_t kBlock = 32;
  for (; i + kBlock <= size; i += kBlock) {
    int any = 0;
    for (int64_t k = 0; k < kBlock; ++k)
      any |= static_cast<Key<T>>(key_of(x[i + k]) ^ flip) == best;
    if (any) break;
  }
  while (static_cast<Key<T>>(key_of(x[i]) ^ flip) != best) ++i;
  return i;
}

// keys[size], pairs[2 * k]: scratch
template <class T>
void many_of_row(int64_t* index, const T* x, int64_t size, int64_t k, Key<T> flip, Key<T>* keys,
                 Pair* pairs) {
  int64_t equal = k - 1;
  const Key<T> last = key_at_rank(x, size, flip, equal, keys);
  int64_t n = 0;
  for (int64_t i = 0; i < size; ++i) {
    const Key<T> key = static_cast<Key<T>>(key_of(x[i]) ^ flip);
    if (key < last || (key == last && equal-- >= 0)) pairs[n++] = {key, i};
  }
  sort_pairs(pairs, pairs + k, k);
  for (int64_t i = 0; i < k; ++i) index[i] = pairs[i].index;
}

template <class T>
int64_t rank_in(RankRule rule, int64_t k, const T* x, int64_t size) {
  if (rule == RankRule::kFixed) return k;
  int64_t numbers = 0;
  for (int64_t i = 0; i < size; ++i) numbers += x[i] == x[i];
  if (rule == RankRule::kMedian && numbers < size) return numbers;  // the first NaN
  return numbers ? (numbers - 1) / 2 : 0;
}

// keys[size]: scratch where size > kFew
template <class T>
int64_t place_at_rank(const T* x, int64_t size, int64_t rank, Key<T>* keys) {
  Key<T> few[kFew];
  const Key<T> key = key_at_rank(x, size, Key<T>(0), rank, size <= kFew ? few : keys);
  int64_t i = 0;
  while (key_of(x[i]) != key || rank-- > 0) ++i;
  return i;
}

// Bisection of kTogether values at a time: while one waits for memory the others go on. Steps and
// comparisons are PyTorch's, so that a row that is not in order, or has NaN, gives the same.
constexpr int64_t kTogether = 16;

template <bool kRight, class I, class T>
void places_in_row(int64_t* index, const T* row, I size, const T* values, int64_t count) {
  I low[kTogether] = {}, left[kTogether];
  T v[kTogether];
  for (int64_t k = 0; k < kTogether; ++k) left[k] = size, v[k] = values[k < count ? k : 0];
  for (I rest = size; rest > 0; rest /= 2) {
    for (int k = 0; k < kTogether; ++k) {
      I half = left[k] / 2, middle = low[k] + half, odd = left[k] & 1;
      T there = row[middle - (middle == size)];
      // Numbers rather than conditions, of which the compiler would make jumps.
      I after = 1 - (kRight ? there > v[k] : there >= v[k]);
      after &= left[k] > 0;
      low[k] += (half + 1) & -after;
      left[k] = half - (after & (1 - odd));
    }
  }
  for (int64_t k = 0; k < kTogether && k < count; ++k) index[k] = low[k];
}

template <bool kRight, class T>
void places(int64_t* index, const T* x, const T* values, int64_t rows, int64_t size,
            int64_t count) {
  const int64_t chunks = (count + kTogether - 1) / kTogether;
  const int64_t cost = kTogether * 2 * (64 - __builtin_clzll(static_cast<uint64_t>(size) | 1));
  parallel(rows * chunks, row_grain(cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t r = i / chunks, first = (i - r * chunks) * kTogether;
      int64_t* to = index + r * count + first;
      const T *row = x + r * size, *v = values + r * count + first;
      if (size <= INT32_MAX) {
        places_in_row<kRight>(to, row, static_cast<int32_t>(size), v, count - first);
      } else {
        places_in_row<kRight>(to, row, size, v, count - first);
      }
    }
  });
}

double log_of(double x) { return vlog(splat(x))[0]; }
double exp_of(double x) { return exp_below(splat(x))[0]; }

// log(exp(a) + exp(b))
double log_add(double a, double b) {
  if (a != a || b != b) return a + b;
  const double most = a > b ? a : b, least = a > b ? b : a;
  if (most - most != 0 || least < most - 746) return most;  // infinite, or nothing beside it
  return most + vlog1p(splat(exp_of(least - most)))[0];
}

// Blocks in which the sums do not fall far behind the largest that is to come are added up
// directly, in double and relative to that; others step by step.
template <class T>
void logcumsumexp_of_row(T* y, const T* x, int64_t size) {
  constexpr int64_t kBlock = 128;
  // A sum is off by the last place of that largest; and it must not underflow.
  constexpr double kReach = sizeof(T) == 4 ? 600 : 4;
  alignas(64) double e[kBlock];
  double so_far = -kInfinity<double>;
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    const int64_t n = size - begin > kBlock ? kBlock : size - begin;
    const T* from = x + begin;
    T* to = y + begin;
    double most = from[0] > so_far ? static_cast<double>(from[0]) : so_far;
    const double first = most;
    bool numbers = so_far == so_far;
    for (int64_t i = 0; i < n; ++i) {
      e[i] = from[i];
      numbers &= e[i] == e[i];
      most = e[i] > most ? e[i] : most;
    }
    // Also where most is infinite.
    if (!numbers || !(first > most - kReach) || most - most != 0) {
      for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(so_far = log_add(so_far, e[i]));
      continue;
    }
    for_vectors<double>(n, [&](int64_t i, auto part) {
      part.store(e + i, exp_below(part.load(e + i) - splat(most)));
    });
    double sum = exp_of(so_far - most);
    for (int64_t i = 0; i < n; ++i) e[i] = sum += e[i];
    for_vectors<double>(n, [&](int64_t i, auto part) {
      part.store(e + i, splat(most) + vlog(part.load(e + i, 1.0)));
    });
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(e[i]);
    so_far = most + log_of(sum);
  }
}

}  // namespace

template <class T>
void running_extreme(bool maximum, void* y, int64_t* index, const void* x, int64_t outer,
                     int64_t size, int64_t inner) {
  if (outer * size * inner == 0) return;
  auto run = maximum ? extremes<true, T> : extremes<false, T>;
  run(static_cast<T*>(y), index, static_cast<const T*>(x), outer, size, inner);
}

template <class T>
void topk(bool largest, int64_t* index, const void* x, int64_t rows, int64_t size, int64_t k,
          void* keys, void* pairs) {
  const Key<T> flip = static_cast<Key<T>>(largest ? -1 : 0);
  parallel(rows, row_grain(4 * size), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* row = static_cast<const T*>(x) + r * size;
      if (k == 1) {
        index[r] = first_of_row(row, size, flip);
      } else if (k <= kInserted) {
        inserted_of_row(index + r * k, row, size, k, flip);
      } else if (size <= kFew) {
        Key<T> few[kFew];
        Pair few_pairs[2 * kFew];
        many_of_row(index + r * k, row, size, k, flip, few, few_pairs);
      } else if (2 * k <= kFew) {
        few_of_row(index + r * k, row, size, k, flip);
      } else {
        many_of_row(index + r * k, row, size, k, flip, static_cast<Key<T>*>(keys) + r * size,
                    static_cast<Pair*>(pairs) + r * 2 * k);
      }
    }
  });
}

template <class T>
void kthvalue(RankRule rule, int64_t k, int64_t* index, const void* x, int64_t rows, int64_t size,
              void* keys) {
  parallel(rows, row_grain(4 * size), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* row = static_cast<const T*>(x) + r * size;
      index[r] = place_at_rank(row, size, rank_in(rule, k, row, size),
                               static_cast<Key<T>*>(keys) + (size > kFew ? r * size : 0));
    }
  });
}

template <class T>
void searchsorted(bool right, int64_t* index, const void* x, const void* values, int64_t rows,
                  int64_t size, int64_t count) {
  auto run = right ? places<true, T> : places<false, T>;
  run(index, static_cast<const T*>(x), static_cast<const T*>(values), rows, size, count);
}

template <class T>
void logcumsumexp(void* y, const void* x, int64_t rows, int64_t size) {
  parallel(rows, row_grain(40 * size), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * size; i < end * size; i += size)
      logcumsumexp_of_row(static_cast<T*>(y) + i, static_cast<const T*>(x) + i, size);
  });
}

PYDL_FOR_NUMBERS(running_extreme)
PYDL_FOR_NUMBERS(topk)
PYDL_FOR_NUMBERS(kthvalue)
PYDL_FOR_NUMBERS(searchsorted)
PYDL_FOR_FLOATS(logcumsumexp)

}  // namespace pydl::PYDL_ISA

// Every element is a function of the seed, the offset and its own place. The words of each block
// are turned into numbers by operations that IEEE 754 defines to the bit, without contraction into
// fused multiply-adds, which not every instruction set has: the results are the same on all of
// them.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

#include <math.h>

#include "cpu/kernels.h"
#include "cpu/philox.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {
namespace {

// How words become the T of a lane: a float takes one, a double two.
template <class T>
struct Draw;

template <>
struct Draw<float> {
  using Word = uint32_t;
  static constexpr float kHalfPi = 1.57079632679489661923f;
  static constexpr float kSqrtHalf = 0.70710678118654752440f;

  // [0, 1) in steps of 2^-24.
  static Vec<float> unit(Vec<uint32_t> w) {
    return __builtin_convertvector(reinterpret_cast<Vec<int32_t>>(w >> 8), Vec<float>) * 0x1p-24f;
  }
  // (0, 1], down to 2^-32.
  static Vec<float> positive_unit(Vec<uint32_t> w) {
    const auto number = __builtin_convertvector(reinterpret_cast<Vec<int32_t>>(w >> 1), Vec<float>);
    return (number + 0.5f) * 0x1p-31f;
  }
  static Vec<float> from_exponent(Vec<uint32_t> biased) {
    return __builtin_convertvector(reinterpret_cast<Vec<int32_t>>(biased), Vec<float>) - 127.0f;
  }
  // fdlibm's and Cephes' coefficients.
  static constexpr float kLn2High = 6.9313812256e-01f, kLn2Low = 9.0580006145e-06f;
  static Vec<float> log_series(Vec<float> z) {
    return z *
           (0xaaaaaa.0p-24f + z * (0xccce13.0p-25f + z * (0x91e9ee.0p-25f + z * 0xf89e26.0p-26f)));
  }
  static Vec<float> sin(Vec<float> x) {
    const Vec<float> z = x * x;
    return x + x * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
  }
  static Vec<float> cos(Vec<float> x) {
    const Vec<float> z = x * x;
    return (1.0f - 0.5f * z) +
           z * z *
               (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f));
  }
};

template <>
struct Draw<double> {
  using Word = uint64_t;
  static constexpr double kHalfPi = 1.57079632679489661923;
  static constexpr double kSqrtHalf = 0.70710678118654752440;

  // w < 2^53 as a double: each half is exact below a power of two, and so is their sum. Not every
  // instruction set has a conversion.
  static Vec<double> number(Vec<uint64_t> w) {
    const Vec<uint64_t> low = (w & 0xffffffff) | 0x4330000000000000;  // 2^52 + low
    const Vec<uint64_t> high = (w >> 32) | 0x4530000000000000;        // 2^84 + 2^32 high
    return (reinterpret_cast<Vec<double>>(high) - (0x1p84 + 0x1p52)) +
           reinterpret_cast<Vec<double>>(low);
  }
  // [0, 1) in steps of 2^-53.
  static Vec<double> unit(Vec<uint64_t> w) { return number(w >> 11) * 0x1p-53; }
  // (0, 1], down to 2^-54.
  static Vec<double> positive_unit(Vec<uint64_t> w) { return (number(w >> 11) + 0.5) * 0x1p-53; }
  static Vec<double> from_exponent(Vec<uint64_t> biased) { return number(biased) - 1023.0; }

  static constexpr double kLn2High = 6.93147180369123816490e-01,
                          kLn2Low = 1.90821492927058770002e-10;
  static Vec<double> log_series(Vec<double> z) {
    const Vec<double> w = z * z;
    const Vec<double> even = w * (3.999999999940941908e-01 +
                                  w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const Vec<double> odd =
        z * (6.666666666666735130e-01 +
             w * (2.857142874366239149e-01 +
                  w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return even + odd;
  }
  static Vec<double> sin(Vec<double> x) {
    const Vec<double> z = x * x;
    const Vec<double> series =
        8.33333333332248946124e-03 +
        z * (-1.98412698298579493134e-04 +
             z * (2.75573137070700676789e-06 +
                  z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return x + x * z * (-1.66666666666666324348e-01 + z * series);
  }
  static Vec<double> cos(Vec<double> x) {
    const Vec<double> z = x * x;
    const Vec<double> series =
        4.16666666666666019037e-02 +
        z * (-1.38888888888741095749e-03 +
             z * (2.48015872894767294178e-05 +
                  z * (-2.75573143513906633035e-07 +
                       z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))));
    return (1.0 - 0.5 * z) + z * z * series;
  }
};

template <class T>
using Words = Vec<typename Draw<T>::Word>;
template <class T>
constexpr int kWordsEach = sizeof(T) / 4;
template <class T>
constexpr int kSignificand = sizeof(T) == 4 ? 23 : 52;

template <class T>
Words<T> load_words(const uint32_t* words, int64_t element) {
  return load(reinterpret_cast<const typename Draw<T>::Word*>(words + element * kWordsEach<T>));
}

// Those of x that lie before `end`, which may be none.
template <class T>
void store_before(T* p, T* end, Vec<T> x) {
  if (end - p >= kLanes<T>) {
    store(p, x);
  } else if (end > p) {
    store_n(p, x, static_cast<int>(end - p));
  }
}

// log of a positive normal number, as fdlibm: 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), and a
// series in f / (2 + f).
template <class T>
Vec<T> log_positive(Vec<T> x) {
  using D = Draw<T>;
  const Words<T> one = reinterpret_cast<Words<T>>(splat(T(1)));
  const Words<T> shift = one - reinterpret_cast<Words<T>>(splat(D::kSqrtHalf));
  const Words<T> bits = reinterpret_cast<Words<T>>(x);
  const Words<T> exponent = (bits + shift) >> kSignificand<T>;
  const Vec<T> k = D::from_exponent(exponent);
  const Vec<T> f = reinterpret_cast<Vec<T>>(bits + one - (exponent << kSignificand<T>)) - T(1);
  const Vec<T> s = f / (f + T(2));
  const Vec<T> half = T(0.5) * f * f;
  return k * D::kLn2High - ((half - (s * (half + D::log_series(s * s)) + k * D::kLn2Low)) - f);
}

// Two independent normal numbers, by Box and Muller: a radius, and an angle of which the top two
// bits choose the quadrant and the others a place in it, from -pi/4 to pi/4.
template <class T>
struct Pair {
  Vec<T> first, second;
};
template <class T>
Pair<T> normal_pair(Words<T> for_radius, Words<T> for_angle) {
  using D = Draw<T>;
  constexpr int kSignBit = 8 * sizeof(T) - 1;
  const Vec<T> radius = sqrt(log_positive<T>(D::positive_unit(for_radius)) * T(-2));
  const Vec<T> angle = (D::unit(for_angle << 2) - T(0.5)) * D::kHalfPi;
  const Vec<T> s = D::sin(angle), c = D::cos(angle);
  const Words<T> quadrant = for_angle >> (kSignBit - 1);
  const auto odd = (quadrant & 1) != 0;
  const Words<T> cos_sign = ((quadrant + 1) >> 1) << kSignBit, sin_sign = (quadrant >> 1)
                                                                          << kSignBit;
  const auto signed_by = [](Vec<T> x, Words<T> sign) {
    return reinterpret_cast<Vec<T>>(reinterpret_cast<Words<T>>(x) ^ sign);
  };
  return {radius * signed_by(odd ? s : c, cos_sign), radius * signed_by(odd ? c : s, sin_sign)};
}

float next_below(float x) { return ::nextafterf(x, -INFINITY); }
// INFINITY is a float: nextafter(double, float) would be a template of std.
double next_below(double x) { return __builtin_nextafter(x, -__builtin_inf()); }

// floor(u range / 2^128) of the block's 128 bits u: each of range numbers to within 2^-64 of its
// share.
uint64_t bounded(const uint32_t* block, uint64_t range) {
  __extension__ using Wide = unsigned __int128;
  const uint64_t low = block[0] | static_cast<uint64_t>(block[1]) << 32;
  const uint64_t high = block[2] | static_cast<uint64_t>(block[3]) << 32;
  const uint64_t carry = static_cast<uint64_t>((static_cast<Wide>(low) * range) >> 64);
  return static_cast<uint64_t>((static_cast<Wide>(high) * range + carry) >> 64);
}

}  // namespace

template <class T>
void uniform(void* x, int64_t count, uint64_t seed, uint64_t offset, double low, double high) {
  const T from = static_cast<T>(low), to = static_cast<T>(high), range = to - from;
  const T last = to > from ? next_below(to) : to;  // rounding up may reach `to`
  for_random_tiles(count, kWordsEach<T>, seed, offset,
                   [=](int64_t first, int64_t n, const uint32_t* words) {
                     T* out = static_cast<T*>(x) + first;
                     for (int64_t i = 0; i < n; i += kLanes<T>) {
                       const Vec<T> y = Draw<T>::unit(load_words<T>(words, i)) * range + from;
                       store_before(out + i, out + n, select<T>(y > last, splat(last), y));
                     }
                   });
}
PYDL_FOR_FLOATS(uniform)

// A group of 32 words makes 32 floats or 16 doubles: radii from its first half, angles from its
// second; the first of each pair goes to the first half of the output, the second to the second.
template <class T>
void normal(void* x, int64_t count, uint64_t seed, uint64_t offset, double mean, double std) {
  constexpr int kGroup = kPhiloxGroup / kWordsEach<T>, kHalf = kGroup / 2;
  const T center = static_cast<T>(mean), scale = static_cast<T>(std);
  for_random_tiles(
      count, kWordsEach<T>, seed, offset, [=](int64_t first, int64_t n, const uint32_t* words) {
        T* out = static_cast<T*>(x) + first;
        for (int64_t group = 0; group < n; group += kGroup) {
          for (int64_t i = group; i < group + kHalf; i += kLanes<T>) {
            const Pair<T> z =
                normal_pair<T>(load_words<T>(words, i), load_words<T>(words, i + kHalf));
            store_before(out + i, out + n, z.first * scale + center);
            store_before(out + i + kHalf, out + n, z.second * scale + center);
          }
        }
      });
}
PYDL_FOR_FLOATS(normal)

template <class T>
void bernoulli(void* x, const void* p, int64_t p_step, int64_t count, uint64_t seed,
               uint64_t offset) {
  for_random_tiles(count, 1, seed, offset, [=](int64_t first, int64_t n, const uint32_t* words) {
    T* out = static_cast<T*>(x) + first;
    const T* chance = static_cast<const T*>(p) + first * p_step;
    if (p_step == 0) {
      const double limit = static_cast<double>(*chance) * 0x1p32;
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<double>(words[i]) < limit ? T(1) : T(0);
    } else {
      for (int64_t i = 0; i < n; ++i) {
        const double limit = static_cast<double>(chance[i]) * 0x1p32;
        out[i] = static_cast<double>(words[i]) < limit ? T(1) : T(0);
      }
    }
  });
}
PYDL_FOR_FLOATS(bernoulli)

template <class T>
void randint(int64_t* x, int64_t count, uint64_t seed, uint64_t offset, int64_t low, int64_t high) {
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  for_random_tiles(count, 4, seed, offset, [=](int64_t first, int64_t n, const uint32_t* words) {
    for (int64_t i = 0; i < n; ++i) {
      x[first + i] =
          static_cast<int64_t>(static_cast<uint64_t>(low) + bounded(words + 4 * i, range));
    }
  });
}
PYDL_FOR(randint, int64_t)

// Fisher and Yates, from the inside out: each step puts i where a random earlier one was, or at the
// end.
template <class T>
void permutation(int64_t* x, int64_t count, uint64_t seed, uint64_t offset) {
  constexpr int64_t kTile = kPhiloxWords / 4;
  uint32_t words[kPhiloxWords];
  for (int64_t first = 0; first < count; first += kTile) {
    const int64_t end = count - first < kTile ? count : first + kTile;
    philox(seed, offset + static_cast<uint64_t>(first), end - first, words);
    for (int64_t i = first; i < end; ++i) {
      const uint64_t earlier = bounded(words + 4 * (i - first), static_cast<uint64_t>(i) + 1);
      const int64_t j = static_cast<int64_t>(earlier);
      if (j != i) x[i] = x[j];
      x[j] = i;
    }
  }
}
PYDL_FOR(permutation, int64_t)

}  // namespace pydl::PYDL_ISA

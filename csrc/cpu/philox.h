// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC
// 2011): block n of a seed is four random 32-bit words, a function of n and the seed alone, so any
// thread can make any part.
#pragma once

#include <cstdint>

#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

using Words64 = Vec<uint64_t>;

// Each lane is one block: c[i] holds word i in its low half, whatever above it.
struct PhiloxState {
  Words64 c[4];
};

inline void philox_rounds(PhiloxState* states, int count, uint64_t seed) {
  const Words64 m0 = splat<uint64_t>(0xD2511F53), m1 = splat<uint64_t>(0xCD9E8D57);
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Words64 key0 = splat<uint64_t>(k0), key1 = splat<uint64_t>(k1);
    for (int s = 0; s < count; ++s) {
      Words64* c = states[s].c;
      const Words64 p0 = multiply_halves(m0, c[0]), p1 = multiply_halves(m1, c[2]);
      c[0] = (p1 >> 32) ^ c[1] ^ key0;
      c[1] = p1;
      c[2] = (p0 >> 32) ^ c[3] ^ key1;
      c[3] = p0;
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

inline constexpr int kPhiloxVectors =
    2;  // in flight at once: the rounds are one chain of multiplications
inline constexpr int kPhiloxStep = kPhiloxVectors * kLanes<uint64_t>;  // blocks
inline constexpr int kPhiloxWords = 1024;                              // of the buffers below

// words[4 * count] = blocks first ... first + count - 1 of the seed, 0 < count <= kPhiloxWords / 4;
// writes up to the next multiple of kPhiloxStep.
inline void philox(uint64_t seed, uint64_t first, int64_t count, uint32_t (&words)[kPhiloxWords]) {
  // Lane 2i holds block i and lane 2i + 1 the block half a vector further, so that interleaving
  // brings the words into their order.
  constexpr int kHalf = kLanes<uint64_t> / 2;
  Words64 lanes{};
  for (int i = 0; i < kHalf; ++i) {
    lanes[2 * i] = static_cast<uint64_t>(i);
    lanes[2 * i + 1] = static_cast<uint64_t>(i + kHalf);
  }
  uint64_t* out = reinterpret_cast<uint64_t*>(words);
  int64_t block = 0;
  do {
    PhiloxState states[kPhiloxVectors];
    for (int s = 0; s < kPhiloxVectors; ++s) {
      const Words64 n = lanes + (first + static_cast<uint64_t>(block + s * kLanes<uint64_t>));
      states[s] = {{n, n >> 32, Words64{}, Words64{}}};
    }
    philox_rounds(states, kPhiloxVectors, seed);
    for (int s = 0; s < kPhiloxVectors; ++s) {
      const Words64* c = states[s].c;
      const Words64 low = (c[0] & 0xffffffff) | (c[1] << 32);
      const Words64 high = (c[2] & 0xffffffff) | (c[3] << 32);
      store(out, interleave_even(low, high));
      store(out + kLanes<uint64_t>, interleave_odd(low, high));
      out += 2 * kLanes<uint64_t>;
    }
  } while ((block += kPhiloxStep) < count);
}

// body(first, n, words) for tiles of up to kPhiloxWords / words_each elements, in parallel: words
// holds the blocks of elements first ... first + n - 1, in whole groups of kPhiloxGroup words.
inline constexpr int kPhiloxGroup = 32;
template <class F>
void for_random_tiles(int64_t count, int words_each, uint64_t seed, uint64_t offset, F body) {
  const int64_t tile = kPhiloxWords / words_each;
  parallel((count + tile - 1) / tile, 16, [&](int64_t begin, int64_t end) {
    alignas(64) uint32_t words[kPhiloxWords];
    for (int64_t t = begin; t < end; ++t) {
      const int64_t n = count - t * tile < tile ? count - t * tile : tile;
      const int64_t groups = (n * words_each + kPhiloxGroup - 1) / kPhiloxGroup;
      philox(seed, offset + static_cast<uint64_t>(t) * (kPhiloxWords / 4),
             groups * (kPhiloxGroup / 4), words);
      body(t * tile, n, words);
    }
  });
}

}  // namespace pydl::PYDL_ISA

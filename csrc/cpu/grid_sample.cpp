// Samples of images at the places that a grid names, and the gradients by both. Points are taken in
// blocks: the elements that a point is made of are worked out once for all channels.
#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int kBlock = 64;  // points
constexpr int kMost = 16;   // elements of one point: 4 x 4 of a bicubic one
constexpr int kGroup = 16;  // channels whose gradient one task adds up

// A coordinate among `size` elements, and its derivative by the one in [-1, 1].
template <class T>
struct Place {
  T at, slope;
};

// -1 and 1 are the centres of the first and last element (align) or their outer edges.
template <class T>
Place<T> unnormalized(T x, int64_t size, bool align) {
  T n = static_cast<T>(size);
  if (align) return {(x + 1) / 2 * (n - 1), (n - 1) / 2};
  return {((x + 1) * n - 1) / 2, n / 2};
}

template <class T>
Place<T> reflected(Place<T> p, int64_t size, bool align) {
  T low = align ? T(0) : T(-0.5), span = static_cast<T>(align ? size - 1 : size);
  if (span <= 0) return {0, 0};
  T x = p.at - low;
  if (x < 0) x = -x, p.slope = -p.slope;
  T turns = __builtin_floor(x / span);
  T rest = __builtin_fmod(x, span);
  if (__builtin_fmod(turns, T(2)) == 0) return {rest + low, p.slope};
  return {span - rest + low, -p.slope};
}

template <class T>
Place<T> padded(Place<T> p, int64_t size, SamplePadding padding, bool align) {
  if (padding == SamplePadding::kZeros) return p;
  if (padding == SamplePadding::kReflection) p = reflected(p, size, align);
  T last = static_cast<T>(size - 1);
  if (!(p.at > 0)) return {0, 0};
  if (p.at >= last) return {last, 0};
  return p;
}

// The index of a whole coordinate, or -1 outside; never converts what an integer cannot hold. The
// last one may have been rounded up: past 2^24 a float does not hold every index.
template <class T>
int64_t index_of(T whole, int64_t size) {
  if (!(whole >= 0 && whole <= static_cast<T>(size - 1))) return -1;
  int64_t index = static_cast<int64_t>(whole);
  return index < size ? index : size - 1;
}

// Along one dimension: up to four elements with their weights and the weights' derivatives.
template <class T>
struct Line {
  int64_t index[4];
  T weight[4], slope[4];
  int count;
};

template <class T>
Line<T> line_of(const GridSampleArgs& a, int dim, T x) {
  int64_t size = a.in[dim];
  Place<T> p = unnormalized(x, size, a.align_corners);
  Line<T> line{};
  if (a.mode != SampleMode::kBicubic) p = padded(p, size, a.padding, a.align_corners);
  if (a.mode == SampleMode::kNearest) {
    line.count = 1;
    line.index[0] = index_of(static_cast<T>(__builtin_nearbyint(p.at)), size);
    line.weight[0] = 1;
    return line;
  }
  T low = static_cast<T>(__builtin_floor(p.at)), t = p.at - low;
  if (a.mode == SampleMode::kBilinear) {
    line.count = 2;
    line.index[0] = index_of(low, size), line.index[1] = index_of(low + 1, size);
    line.weight[0] = 1 - t, line.weight[1] = t;
    line.slope[0] = -p.slope, line.slope[1] = p.slope;
    return line;
  }
  line.count = 4;  // Keys' kernel with a = -0.75
  constexpr T c = T(-0.75);
  T u = t + 1, v = 1 - t, w = 2 - t;
  line.weight[0] = ((c * u - 5 * c) * u + 8 * c) * u - 4 * c;
  line.weight[1] = ((c + 2) * t - (c + 3)) * t * t + 1;
  line.weight[2] = ((c + 2) * v - (c + 3)) * v * v + 1;
  line.weight[3] = ((c * w - 5 * c) * w + 8 * c) * w - 4 * c;
  line.slope[0] = p.slope * ((3 * c * u - 10 * c) * u + 8 * c);
  line.slope[1] = p.slope * (3 * (c + 2) * t - 2 * (c + 3)) * t;
  line.slope[2] = -p.slope * (3 * (c + 2) * v - 2 * (c + 3)) * v;
  line.slope[3] = -p.slope * ((3 * c * w - 10 * c) * w + 8 * c);
  for (int k = 0; k < 4; ++k) {
    Place<T> tap =
        padded(Place<T>{low + static_cast<T>(k - 1), 1}, size, a.padding, a.align_corners);
    line.index[k] = index_of(static_cast<T>(__builtin_floor(tap.at)), size);
  }
  return line;
}

// What a block of points is made of: [element][point]. Elements outside have index 0, and are not
// to be looked at: what is there may be infinite.
template <class T>
struct Block {
  int count = 0;  // elements of each point
  Bits<T> index[kMost][kBlock];
  Bits<T> inside[kMost][kBlock];
  T weight[kMost][kBlock];
  T slope[3][kMost][kBlock];  // by the grid's coordinates: x, y, z
};

template <class T>
void fill(const GridSampleArgs& a, Block<T>* b, const T* grid, int64_t points, bool slopes) {
  for (int64_t p = 0; p < points; ++p) {
    Line<T> lines[3] = {};  // depth, height, width
    lines[0].count = 1, lines[0].weight[0] = 1;
    for (int d = 3 - a.spaces; d < 3; ++d) lines[d] = line_of(a, d, grid[p * a.spaces + 2 - d]);
    int n = 0;
    for (int i = 0; i < lines[0].count; ++i) {
      for (int j = 0; j < lines[1].count; ++j) {
        for (int k = 0; k < lines[2].count; ++k, ++n) {
          int64_t z = lines[0].index[i], y = lines[1].index[j], x = lines[2].index[k];
          bool inside = z >= 0 && y >= 0 && x >= 0;
          b->index[n][p] = static_cast<Bits<T>>(inside ? (z * a.in[1] + y) * a.in[2] + x : 0);
          b->inside[n][p] = inside;
          T u = lines[0].weight[i], v = lines[1].weight[j], w = lines[2].weight[k];
          b->weight[n][p] = u * v * w;
          if (!slopes) continue;
          b->slope[0][n][p] = u * v * lines[2].slope[k];
          b->slope[1][n][p] = u * lines[1].slope[j] * w;
          b->slope[2][n][p] = lines[0].slope[i] * v * w;
        }
      }
    }
    b->count = n;
  }
}

// f(n, first, points) for the blocks of points of every image.
template <class F>
void for_blocks(const GridSampleArgs& a, int64_t cost, F f) {
  int64_t blocks = (a.points + kBlock - 1) / kBlock;
  if (blocks == 0) return;
  parallel(a.batch * blocks, row_grain(kBlock * cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t first = i % blocks * kBlock, rest = a.points - first;
      f(i / blocks, first, rest < kBlock ? rest : kBlock);
    }
  });
}

}  // namespace

template <class T>
void grid_sample(const GridSampleArgs& a, void* y, const void* x, const void* grid) {
  int64_t plane = a.in[0] * a.in[1] * a.in[2];
  for_blocks(a, 8 * a.channels + 32, [&](int64_t n, int64_t first, int64_t points) {
    Block<T> b;
    fill(a, &b, static_cast<const T*>(grid) + (n * a.points + first) * a.spaces, points, false);
    for (int64_t c = 0; c < a.channels; ++c) {
      const T* from = static_cast<const T*>(x) + (n * a.channels + c) * plane;
      T* to = static_cast<T*>(y) + (n * a.channels + c) * a.points + first;
      T sums[kBlock] = {};
      for (int k = 0; k < b.count; ++k) {
        for (int64_t p = 0; p < points; ++p) {
          T v = from[b.index[k][p]];
          sums[p] += b.weight[k][p] * (b.inside[k][p] ? v : T(0));
        }
      }
      for (int64_t p = 0; p < points; ++p) to[p] = sums[p];
    }
  });
}

template <class T>
void grid_sample_backward(const GridSampleArgs& a, void* dx, void* dgrid, const void* g,
                          const void* x, const void* grid) {
  int64_t plane = a.in[0] * a.in[1] * a.in[2];
  if (dgrid) {
    for_blocks(a, 16 * a.channels + 64, [&](int64_t n, int64_t first, int64_t points) {
      Block<T> b;
      int64_t at = (n * a.points + first) * a.spaces;
      fill(a, &b, static_cast<const T*>(grid) + at, points, true);
      T sums[kMost][kBlock] = {};  // of g x, element by element
      for (int64_t c = 0; c < a.channels; ++c) {
        const T* from = static_cast<const T*>(x) + (n * a.channels + c) * plane;
        const T* u = static_cast<const T*>(g) + (n * a.channels + c) * a.points + first;
        for (int k = 0; k < b.count; ++k) {
          for (int64_t p = 0; p < points; ++p) sums[k][p] += u[p] * from[b.index[k][p]];
        }
      }
      T* to = static_cast<T*>(dgrid) + at;
      for (int64_t p = 0; p < points; ++p) {
        for (int e = 0; e < a.spaces; ++e) {
          T sum = 0;
          for (int k = 0; k < b.count; ++k) {
            sum += b.inside[k][p] ? sums[k][p] * b.slope[e][k][p] : T(0);
          }
          to[p * a.spaces + e] = sum;
        }
      }
    });
  }
  if (!dx) return;
  // A task owns some planes and goes through all points in order.
  int64_t groups = (a.channels + kGroup - 1) / kGroup;
  parallel(a.batch * groups, 1, [&](int64_t begin, int64_t end) {
    Block<T> b;
    for (int64_t i = begin; i < end; ++i) {
      int64_t n = i / groups, low = i % groups * kGroup;
      int64_t high = low + kGroup < a.channels ? low + kGroup : a.channels;
      T* planes = static_cast<T*>(dx) + n * a.channels * plane;
      for (int64_t k = low * plane; k < high * plane; ++k) planes[k] = 0;
      for (int64_t first = 0; first < a.points; first += kBlock) {
        int64_t points = a.points - first < kBlock ? a.points - first : kBlock;
        fill(a, &b, static_cast<const T*>(grid) + (n * a.points + first) * a.spaces, points, false);
        for (int64_t c = low; c < high; ++c) {
          const T* u = static_cast<const T*>(g) + (n * a.channels + c) * a.points + first;
          T* to = planes + c * plane;
          for (int k = 0; k < b.count; ++k) {
            for (int64_t p = 0; p < points; ++p) {
              T part = u[p] * b.weight[k][p];
              to[b.index[k][p]] += b.inside[k][p] ? part : T(0);
            }
          }
        }
      }
    }
  });
}

PYDL_FOR_FLOATS(grid_sample)
PYDL_FOR_FLOATS(grid_sample_backward)

}  // namespace pydl::PYDL_ISA

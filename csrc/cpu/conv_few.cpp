// Convolutions that have few places (of all images together) and many weights: their time is that
// of reading the weights, or writing the weights' gradient, which the tiles of conv.cpp pass in
// pieces. Here they are operands of a matrix product as they lie, [out, steps], a step being a tap
// of a channel; the other one is a copy of the input for every step and place:
//
//   y = w columns, columns^T's gradient = g^T w, w's gradient = g columns^T.
#include "cpu/conv_few.h"

#include "cpu/activation.h"
#include "cpu/gemm.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kFewPlaces = 64, kLeastBytes = 2 << 20;

inline int64_t volume(const int64_t (&x)[3]) { return x[0] * x[1] * x[2]; }

// The scratch memory: where each tap of each place lies in its channel, or -1; the columns; g.
template <class T>
struct Few {
  const ConvArgs& p;
  int64_t taps = volume(p.kernel), steps = p.in_channels * taps;
  int64_t plane = volume(p.out), places = p.batch * plane, space = volume(p.in);
  int64_t table_bytes = ceil_div(places * taps * static_cast<int64_t>(sizeof(int64_t)), 64) * 64;
  int64_t column_items = ceil_div(places * steps, 64) * 64;
  int64_t g_items = ceil_div(places * p.out_channels, 64) * 64;
  int64_t* table = static_cast<int64_t*>(p.scratch);
  T* columns = reinterpret_cast<T*>(static_cast<char*>(p.scratch) + table_bytes);
  T* g = columns + column_items;

  explicit Few(const ConvArgs& args) : p(args) {}

  MatmulArgs product(ConvPass pass, const T* other, T* result) const {
    MatmulArgs a = {};
    a.batch = 1;
    a.activation = Activation::kNone;
    a.scratch = g + g_items;
    if (pass == ConvPass::kForward) {
      a.m = p.out_channels, a.n = places, a.k = steps;
      a.a = other, a.a_row = steps, a.a_col = 1;
      a.b = columns, a.b_row = places, a.b_col = 1;
      a.c = result, a.c_row = places;
    } else if (pass == ConvPass::kInputGrad) {
      a.m = places, a.n = steps, a.k = p.out_channels;
      a.a = g, a.a_row = 1, a.a_col = places;
      a.b = other, a.b_row = steps, a.b_col = 1;
      a.c = columns, a.c_row = steps;
    } else {
      a.m = p.out_channels, a.n = steps, a.k = places;
      a.a = g, a.a_row = places, a.a_col = 1;
      a.b = columns, a.b_row = steps, a.b_col = 1;
      a.c = result, a.c_row = steps;
    }
    return a;
  }

  size_t scratch(ConvPass pass) const {
    size_t most = 0;
    matmul_scratch<T>(product(pass, nullptr, nullptr), &most);
    return static_cast<size_t>(table_bytes) +
           static_cast<size_t>(column_items + g_items) * sizeof(T) + most;
  }

  // table[place][tap]
  void fill_table() const {
    int64_t* to = table;
    for (int64_t image = 0; image < p.batch; ++image) {
      for (int64_t q = 0; q < plane; ++q) {
        const int64_t at[3] = {q / p.out[2] / p.out[1], q / p.out[2] % p.out[1], q % p.out[2]};
        for (int64_t tap = 0; tap < taps; ++tap) {
          const int64_t k[3] = {tap / p.kernel[2] / p.kernel[1], tap / p.kernel[2] % p.kernel[1],
                                tap % p.kernel[2]};
          int64_t place = 0;
          bool inside = true;
          for (int dim = 0; dim < 3; ++dim) {
            const int64_t z = at[dim] * p.stride[dim] + k[dim] * p.dilation[dim] - p.padding[dim];
            inside = inside && z >= 0 && z < p.in[dim];
            place = place * p.in[dim] + z;
          }
          *to++ = inside ? image * p.in_channels * space + place : -1;
        }
      }
    }
  }

  // columns[step][place], or [place][step].
  void read(const T* x, bool place_first) const {
    fill_table();
    const int64_t step = place_first ? 1 : places, place = place_first ? steps : 1;
    parallel(p.in_channels, row_grain(places * taps), [&](int64_t begin, int64_t end) {
      for (int64_t channel = begin; channel < end; ++channel) {
        const T* from = x + channel * space;
        for (int64_t q = 0; q < places; ++q) {
          T* to = columns + channel * taps * step + q * place;
          const int64_t* at = table + q * taps;
          for (int64_t tap = 0; tap < taps; ++tap)
            to[tap * step] = at[tap] < 0 ? T(0) : from[at[tap]];
        }
      }
    });
  }

  // dx = the sums of columns[place][step] of each element.
  void add_up(T* dx) const {
    fill_table();
    parallel(p.in_channels, row_grain(places * taps), [&](int64_t begin, int64_t end) {
      for (int64_t channel = begin; channel < end; ++channel) {
        T* to = dx + channel * space;
        for (int64_t image = 0; image < p.batch; ++image) {
          for (int64_t i = 0; i < space; ++i) to[image * p.in_channels * space + i] = 0;
        }
        for (int64_t q = 0; q < places; ++q) {
          const T* from = columns + q * steps + channel * taps;
          const int64_t* at = table + q * taps;
          for (int64_t tap = 0; tap < taps; ++tap) {
            if (at[tap] >= 0) to[at[tap]] += from[tap];
          }
        }
      }
    });
  }

  // g[out][place] of all images.
  void gather(const T* from) const {
    for (int64_t image = 0; image < p.batch; ++image) {
      for (int64_t channel = 0; channel < p.out_channels; ++channel, from += plane) {
        T* to = g + channel * places + image * plane;
        for (int64_t q = 0; q < plane; ++q) to[q] = from[q];
      }
    }
  }
};

}  // namespace

template <class T>
bool few_places(const ConvArgs& p, ConvPass pass) {
  const int64_t places = p.batch * volume(p.out), steps = p.in_channels * volume(p.kernel);
  if (p.groups != 1 || places > kFewPlaces) return false;
  if (pass == ConvPass::kWeightGrad)
    return p.out_channels >= 4 * kLanes<T> && steps >= 16 * kLanes<T>;
  // Where the weights are in the second cache, conv.cpp's tiles do as well.
  const int64_t bytes = p.out_channels * steps * static_cast<int64_t>(sizeof(T));
  return bytes > kLeastBytes && (pass == ConvPass::kInputGrad || p.batch == 1);
}

template <class T>
size_t few_scratch(const ConvArgs& p, ConvPass pass) {
  return Few<T>(p).scratch(pass);
}

template <class T>
void few_forward(const ConvArgs& p, T* y, const T* x, const T* w, const T* bias) {
  const Few<T> few(p);
  few.read(x, false);
  matmul<T>(few.product(ConvPass::kForward, w, y));
  if (!bias && p.activation == Activation::kNone) return;
  for (int64_t channel = 0; channel < p.out_channels; ++channel) {
    T* row = y + channel * few.places;
    if (bias) {
      for (int64_t q = 0; q < few.places; ++q) row[q] += bias[channel];
    }
    activate_tile(p.activation, 1, static_cast<int>(few.places), row, few.places);
  }
}

template <class T>
void few_input_grad(const ConvArgs& p, T* dx, const T* g, const T* w) {
  const Few<T> few(p);
  few.gather(g);
  matmul<T>(few.product(ConvPass::kInputGrad, w, nullptr));
  few.add_up(dx);
}

template <class T>
void few_weight_grad(const ConvArgs& p, T* dw, const T* g, const T* x) {
  const Few<T> few(p);
  few.gather(g);
  few.read(x, true);
  matmul<T>(few.product(ConvPass::kWeightGrad, nullptr, dw));
}

#define PYDL_FEW(T)                                                             \
  template bool few_places<T>(const ConvArgs&, ConvPass);                       \
  template size_t few_scratch<T>(const ConvArgs&, ConvPass);                    \
  template void few_forward(const ConvArgs&, T*, const T*, const T*, const T*); \
  template void few_input_grad(const ConvArgs&, T*, const T*, const T*);        \
  template void few_weight_grad(const ConvArgs&, T*, const T*, const T*);
PYDL_FEW(float)
PYDL_FEW(double)
#undef PYDL_FEW

}  // namespace pydl::PYDL_ISA

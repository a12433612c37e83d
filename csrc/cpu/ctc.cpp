// Connectionist temporal classification (Graves et al., "Connectionist temporal classification:
// labelling unsegmented sequence data with recurrent neural networks", 2006): the probability of
// all ways to spread the labels over time, with blanks between them, by the forward-backward
// algorithm in logarithms.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// States of one sequence: blank, label, blank, ..., label, blank. Two states that are never reached
// stand before and after them in each row of alpha and of beta.
constexpr int64_t kPad = 2;

template <class T>
struct Sequence {
  const CtcArgs& args;
  int64_t n;
  int64_t steps = args.input_lengths[n], labels = args.target_lengths[n], states = 2 * labels + 1;
  int64_t row = args.states + 2 * kPad;
  const int64_t* target = args.targets + args.target_offsets[n];
  T* skip = static_cast<T*>(args.scratch) + n * 5 * row;  // 0 where a step may leave out a blank
  T* emission = skip + row;
  T* beta[2] = {emission + row, emission + 2 * row};
  T* share = emission + 3 * row;

  T* alpha(int64_t t) const {
    return static_cast<T*>(args.alpha) + (n * args.steps + t) * row + kPad;
  }
  const T* log_probs(int64_t t) const {
    return static_cast<const T*>(args.log_probs) + (t * args.batch + n) * args.classes;
  }
  int64_t label(int64_t s) const { return s % 2 ? target[s / 2] : args.blank; }

  void never(T* x) const {
    for (int64_t s = -kPad; s < row - kPad; ++s) x[s] = -kInfinity<T>;
  }
  void emit(int64_t t) const {
    const T* x = log_probs(t);
    for (int64_t s = 0; s < states; ++s) emission[s] = x[label(s)];
  }
  // From s to s + 2 there is a step if that is another label.
  void find_skips() const {
    for (int64_t s = 0; s < states; ++s)
      skip[s] = s % 2 && s > 1 && target[s / 2] != target[s / 2 - 1] ? T(0) : -kInfinity<T>;
    for (int64_t s = states; s < states + kPad; ++s) skip[s] = -kInfinity<T>;
  }
};

template <class T>
Vec<T> log_sum(Vec<T> a, Vec<T> b, Vec<T> c) {
  Vec<T> most = a > b ? a : b;
  most = c > most ? c : most;
  const Vec<T> from = most == -kInfinity<T> ? Vec<T>{} : most;
  return from + vlog(exp_below(a - from) + exp_below(b - from) + exp_below(c - from));
}

// log_probs of all ways together.
template <class T>
T forward(const Sequence<T>& x) {
  if (x.steps == 0) return x.labels == 0 ? T(0) : -kInfinity<T>;
  x.find_skips();
  T* first = x.alpha(0);
  x.never(first);
  x.emit(0);
  first[0] = x.emission[0];
  if (x.states > 1) first[1] = x.emission[1];
  for (int64_t t = 1; t < x.steps; ++t) {
    const T* from = x.alpha(t - 1);
    T* to = x.alpha(t);
    x.never(to);
    x.emit(t);
    for_vectors<T>(x.states, [&](int64_t s, auto part) {
      const Vec<T> sum = log_sum<T>(part.load(from + s), part.load(from + s - 1),
                                    part.load(from + s - 2) + part.load(x.skip + s));
      part.store(to + s, sum + part.load(x.emission + s));
    });
  }
  const T* last = x.alpha(x.steps - 1) + x.states;
  return log_sum<T>(splat(last[-1]), splat(last[-2]), splat(-kInfinity<T>))[0];
}

// dx[t, label(s)] -= g exp(alpha + beta - log_probs + loss): the share of each state.
template <class T>
void backward(const Sequence<T>& x, T* dx, T g, T loss) {
  x.find_skips();
  for (int64_t t = x.steps - 1; t >= 0; --t) {
    T *to = x.beta[t % 2] + kPad, *from = x.beta[1 - t % 2] + kPad;
    x.never(to);
    x.emit(t);
    if (t == x.steps - 1) {
      for (int64_t s = x.states > 1 ? x.states - 2 : 0; s < x.states; ++s) to[s] = x.emission[s];
    } else {
      for_vectors<T>(x.states, [&](int64_t s, auto part) {
        const Vec<T> sum = log_sum<T>(part.load(from + s), part.load(from + s + 1),
                                      part.load(from + s + 2) + part.load(x.skip + s + 2));
        part.store(to + s, sum + part.load(x.emission + s));
      });
    }
    const T* a = x.alpha(t);
    for_vectors<T>(x.states, [&](int64_t s, auto part) {
      // A state that nothing reaches counts for nothing, however unlikely its label is.
      const Vec<T> both = part.load(a + s) + part.load(to + s);
      const Vec<T> e = exp_below(both - part.load(x.emission + s) + loss) * g;
      part.store(x.share + s, both == -kInfinity<T> && loss != kInfinity<T> ? Vec<T>{} : e);
    });
    T* row = dx + (t * x.args.batch + x.n) * x.args.classes;
    for (int64_t s = 0; s < x.states; ++s) row[x.label(s)] -= x.share[s];
  }
}

}  // namespace

template <class T>
void ctc_loss(const CtcArgs& args) {
  const int64_t cost = args.steps * args.states * 40;
  parallel(args.batch, row_grain(cost), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin)
      static_cast<T*>(args.loss)[begin] = -forward(Sequence<T>{args, begin});
  });
}

template <class T>
void ctc_loss_backward(const CtcArgs& args, void* dx, const void* g) {
  const int64_t cost = args.steps * args.states * 40;
  parallel(args.batch, row_grain(cost), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const T loss = static_cast<const T*>(args.loss)[begin];
      if (args.zero_infinity && loss == kInfinity<T>) continue;
      backward(Sequence<T>{args, begin}, static_cast<T*>(dx), static_cast<const T*>(g)[begin],
               loss);
    }
  });
}

PYDL_FOR_FLOATS(ctc_loss)
PYDL_FOR_FLOATS(ctc_loss_backward)

}  // namespace pydl::PYDL_ISA

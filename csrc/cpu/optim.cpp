// One pass over each parameter, its gradient and its state; all the items of a call form one range
// of elements, so that many small parameters are one parallel loop. The formulas are PyTorch's.
#include <math.h>

#include "cpu/kernels.h"
#include "cpu/math.h"

namespace pydl::PYDL_ISA {
namespace {

// The lanes from element i on that a step works on: all of them, or the n last ones.
template <class T>
struct Span {
  int64_t i;
  int n;
  Vec<T> get(const void* p) const {
    const T* from = static_cast<const T*>(p) + i;
    return n == kLanes<T> ? load(from) : load_n(from, n);
  }
  void put(void* p, Vec<T> x) const {
    T* to = static_cast<T*>(p) + i;
    n == kLanes<T> ? store(to, x) : store_n(to, x, n);
  }
};

// What all of them begin with; each rule's start(item) sets what depends on the item's step.
template <class T>
struct Rule {
  explicit Rule(const OptimizerArgs& args) : args(args) {}

  const OptimizerArgs args;
  const bool decoupled = args.kind == Optimizer::kAdamW || args.kind == Optimizer::kNAdamW ||
                         args.kind == Optimizer::kRAdamW;
  const T sign = args.maximize ? T(-1) : T(1);
  const T decay = decoupled ? T(0) : static_cast<T>(args.weight_decay);
  const T keep = decoupled ? static_cast<T>(1 - args.lr * args.weight_decay) : T(1);

  void start(const OptimizerItem&) {}
  Vec<T> grad(Span<T> span, const OptimizerItem& item, Vec<T> p) const {
    const Vec<T> g = span.get(item.grad) * sign;
    return decay != 0 ? g + p * decay : g;
  }
};

// a + weight (b - a), exact at both ends.
template <class T>
Vec<T> lerp(Vec<T> a, Vec<T> b, double weight) {
  return weight < 0.5 ? a + (b - a) * static_cast<T>(weight)
                      : b - (b - a) * static_cast<T>(1 - weight);
}

// decay * average + (1 - decay) * x^2
template <class T>
Vec<T> average_square(Vec<T> average, Vec<T> x, double decay) {
  return average * static_cast<T>(decay) + x * x * static_cast<T>(1 - decay);
}

// state: momentum
template <class T>
struct Sgd : Rule<T> {
  using Rule<T>::Rule;
  const T lr = static_cast<T>(this->args.lr), momentum = static_cast<T>(this->args.momentum);
  const T damped = static_cast<T>(1 - this->args.dampening);
  bool first = false;

  void start(const OptimizerItem& item) { first = item.step == 1; }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    const Vec<T> p = span.get(item.parameter);
    Vec<T> g = this->grad(span, item, p);
    if (momentum != 0) {
      const Vec<T> m = first ? g : span.get(item.state[0]) * momentum + g * damped;
      span.put(item.state[0], m);
      g = this->args.nesterov ? g + m * momentum : m;
    }
    span.put(item.parameter, p - g * lr);
  }
};

// state: sum of squares
template <class T>
struct Adagrad : Rule<T> {
  using Rule<T>::Rule;
  const T eps = static_cast<T>(this->args.eps);
  T lr = 0;

  void start(const OptimizerItem& item) {
    const double before = static_cast<double>(item.step - 1);
    lr = static_cast<T>(this->args.lr / (1 + before * this->args.lr_decay));
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    const Vec<T> p = span.get(item.parameter), g = this->grad(span, item, p);
    const Vec<T> sum = span.get(item.state[0]) + g * g;
    span.put(item.state[0], sum);
    span.put(item.parameter, p - g * lr / (sqrt(sum) + eps));
  }
};

// state: average of g^2, average of the steps' squares
template <class T>
struct Adadelta : Rule<T> {
  using Rule<T>::Rule;
  const T lr = static_cast<T>(this->args.lr), eps = static_cast<T>(this->args.eps);

  void operator()(Span<T> span, const OptimizerItem& item) const {
    const double rho = this->args.beta2;
    const Vec<T> p = span.get(item.parameter), g = this->grad(span, item, p);
    const Vec<T> square = average_square<T>(span.get(item.state[0]), g, rho);
    const Vec<T> steps = span.get(item.state[1]);
    const Vec<T> delta = sqrt(steps + eps) / sqrt(square + eps) * g;
    span.put(item.state[0], square);
    span.put(item.state[1], average_square<T>(steps, delta, rho));
    span.put(item.parameter, p - delta * lr);
  }
};

// state: average of g^2, momentum, average of g
template <class T>
struct Rmsprop : Rule<T> {
  using Rule<T>::Rule;
  const T lr = static_cast<T>(this->args.lr), eps = static_cast<T>(this->args.eps);
  const T momentum = static_cast<T>(this->args.momentum);

  void operator()(Span<T> span, const OptimizerItem& item) const {
    const double alpha = this->args.beta2;
    const Vec<T> p = span.get(item.parameter), g = this->grad(span, item, p);
    Vec<T> square = average_square<T>(span.get(item.state[0]), g, alpha);
    span.put(item.state[0], square);
    if (this->args.centered) {
      const Vec<T> average = lerp<T>(span.get(item.state[2]), g, 1 - alpha);
      span.put(item.state[2], average);
      square -= average * average;
    }
    Vec<T> delta = g / (sqrt(square) + eps);
    if (momentum > 0) {
      delta += span.get(item.state[1]) * momentum;
      span.put(item.state[1], delta);
    }
    span.put(item.parameter, p - delta * lr);
  }
};

// Adam and AdamW. state: average of g, average of g^2, and with amsgrad the largest of the latter
template <class T>
struct Adam : Rule<T> {
  using Rule<T>::Rule;
  const T eps = static_cast<T>(this->args.eps);
  T lr = 0, correction = 1;

  void start(const OptimizerItem& item) {
    const double n = static_cast<double>(item.step);
    lr = static_cast<T>(this->args.lr / (1 - ::pow(this->args.beta1, n)));
    correction = static_cast<T>(::sqrt(1 - ::pow(this->args.beta2, n)));
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    Vec<T> p = span.get(item.parameter);
    const Vec<T> g = this->grad(span, item, p);
    p *= this->keep;
    const Vec<T> average = lerp<T>(span.get(item.state[0]), g, 1 - this->args.beta1);
    Vec<T> square = average_square<T>(span.get(item.state[1]), g, this->args.beta2);
    span.put(item.state[0], average);
    span.put(item.state[1], square);
    if (this->args.amsgrad) {
      const Vec<T> largest = span.get(item.state[2]);
      square = select<T>((largest > square) | (largest != largest), largest, square);
      span.put(item.state[2], square);
    }
    span.put(item.parameter, p - average * lr / (sqrt(square) / correction + eps));
  }
};

// state: average of g, the largest |g| of late
template <class T>
struct Adamax : Rule<T> {
  using Rule<T>::Rule;
  const T eps = static_cast<T>(this->args.eps), beta2 = static_cast<T>(this->args.beta2);
  T lr = 0;

  void start(const OptimizerItem& item) {
    lr = static_cast<T>(this->args.lr /
                        (1 - ::pow(this->args.beta1, static_cast<double>(item.step))));
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    const Vec<T> p = span.get(item.parameter), g = this->grad(span, item, p);
    const Vec<T> average = lerp<T>(span.get(item.state[0]), g, 1 - this->args.beta1);
    const Vec<T> largest = vmax(span.get(item.state[1]) * beta2, vabs(g) + eps);
    span.put(item.state[0], average);
    span.put(item.state[1], largest);
    span.put(item.parameter, p - average * lr / largest);
  }
};

// The momentum beta1 (1 - 0.96^(step decay) / 2) that NAdam has at a step.
double nadam_momentum(const OptimizerArgs& args, double step) {
  return args.beta1 * (1 - 0.5 * ::pow(0.96, step * args.momentum));
}

// NAdam and with decoupled weight decay. state: average of g, average of g^2
template <class T>
struct NAdam : Rule<T> {
  using Rule<T>::Rule;
  const T eps = static_cast<T>(this->args.eps);
  T of_grad = 0, of_average = 0, correction = 1;

  void start(const OptimizerItem& item) {
    const double n = static_cast<double>(item.step), product = item.scalars[0];
    const double next = nadam_momentum(this->args, n + 1);
    of_grad = static_cast<T>(this->args.lr * (1 - nadam_momentum(this->args, n)) / (1 - product));
    of_average = static_cast<T>(this->args.lr * next / (1 - product * next));
    correction = static_cast<T>(1 - ::pow(this->args.beta2, n));
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    Vec<T> p = span.get(item.parameter);
    const Vec<T> g = this->grad(span, item, p);
    p *= this->keep;
    const Vec<T> average = lerp<T>(span.get(item.state[0]), g, 1 - this->args.beta1);
    const Vec<T> square = average_square<T>(span.get(item.state[1]), g, this->args.beta2);
    span.put(item.state[0], average);
    span.put(item.state[1], square);
    const Vec<T> root = sqrt(square / correction) + eps;
    span.put(item.parameter, p - g * of_grad / root - average * of_average / root);
  }
};

// RAdam and with decoupled weight decay. state: average of g, average of g^2
template <class T>
struct RAdam : Rule<T> {
  using Rule<T>::Rule;
  const T eps = static_cast<T>(this->args.eps);
  T lr = 0, rectified = 0;
  bool adaptive = false;

  void start(const OptimizerItem& item) {
    const double n = static_cast<double>(item.step), beta2 = this->args.beta2;
    const double power = ::pow(beta2, n), correction = 1 - power;
    const double most = 2 / (1 - beta2) - 1, length = most - 2 * n * power / correction;
    lr = static_cast<T>(this->args.lr / (1 - ::pow(this->args.beta1, n)));
    adaptive = length > 5;
    if (!adaptive) return;
    const double rest = (length - 4) * (length - 2) * most;
    rectified = static_cast<T>(::sqrt(correction * rest / ((most - 4) * (most - 2) * length)));
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    Vec<T> p = span.get(item.parameter);
    const Vec<T> g = this->grad(span, item, p);
    p *= this->keep;
    const Vec<T> average = lerp<T>(span.get(item.state[0]), g, 1 - this->args.beta1);
    const Vec<T> square = average_square<T>(span.get(item.state[1]), g, this->args.beta2);
    span.put(item.state[0], average);
    span.put(item.state[1], square);
    Vec<T> delta = average * lr;
    if (adaptive) delta = delta * rectified / (sqrt(square) + eps);
    span.put(item.parameter, p - delta);
  }
};

// state: average of p
template <class T>
struct Asgd : Rule<T> {
  using Rule<T>::Rule;
  T lr = 0, shrink = 1, weight = 1;

  void start(const OptimizerItem& item) {
    lr = static_cast<T>(item.scalars[0]);
    shrink = static_cast<T>(1 - this->args.lr_decay * item.scalars[0]);
    weight = static_cast<T>(item.scalars[1]);
  }
  void operator()(Span<T> span, const OptimizerItem& item) const {
    Vec<T> p = span.get(item.parameter);
    const Vec<T> g = this->grad(span, item, p);
    p = p * shrink - g * lr;
    span.put(item.parameter, p);
    if (weight != 1) {
      const Vec<T> average = span.get(item.state[0]);
      p = average + (p - average) * weight;
    }
    span.put(item.state[0], p);
  }
};

// state: the gradient before (0 where it turned), the step
template <class T>
struct Rprop : Rule<T> {
  using Rule<T>::Rule;
  const T smaller = static_cast<T>(this->args.beta1), larger = static_cast<T>(this->args.beta2);
  const T low = static_cast<T>(this->args.eps), high = static_cast<T>(this->args.momentum);

  void operator()(Span<T> span, const OptimizerItem& item) const {
    const Vec<T> p = span.get(item.parameter), zero = splat(T(0));
    Vec<T> g = this->grad(span, item, p);
    const Vec<T> same = g * span.get(item.state[0]);
    Vec<T> step = span.get(item.state[1]);
    step = vclamp(same > zero ? step * larger : same < zero ? step * smaller : step, low, high);
    g = same < zero ? zero : g;
    span.put(item.state[0], g);
    span.put(item.state[1], step);
    span.put(item.parameter, p - (g > zero ? step : g < zero ? -step : zero));
  }
};

// Whether what a rule's start sets is the same for both.
bool same_start(const OptimizerItem& a, const OptimizerItem& b) {
  return a.step == b.step && a.scalars[0] == b.scalars[0] && a.scalars[1] == b.scalars[1];
}

template <class T, class R>
void run(const OptimizerArgs& args, const OptimizerItem* items, int64_t count) {
  int64_t total = 0;
  for (int64_t k = 0; k < count; ++k) total += items[k].size;
  parallel(total, 16384, [&](int64_t begin, int64_t end) {
    const OptimizerItem* next = items;
    int64_t before = 0;  // elements of the items that are done or not ours
    while (before + next->size <= begin) before += next++->size;
    R rule(args);
    const OptimizerItem* started = nullptr;
    for (; before < end; ++next) {
      const OptimizerItem item = *next;  // a copy: stores through its pointers cannot change it
      const int64_t first = begin > before ? begin - before : 0;
      const int64_t last = end - before < item.size ? end - before : item.size;
      before += item.size;
      if (first < last) {
        if (started == nullptr || !same_start(*started, item)) rule.start(item);
        started = next;
      }
      int64_t i = first;
      for (; i + kLanes<T> <= last; i += kLanes<T>) rule(Span<T>{i, kLanes<T>}, item);
      if (i < last) rule(Span<T>{i, static_cast<int>(last - i)}, item);
    }
  });
}

}  // namespace

template <class T>
void optimizer_step(const OptimizerArgs& args, const OptimizerItem* items, int64_t count) {
  switch (args.kind) {
    case Optimizer::kSgd:
      return run<T, Sgd<T>>(args, items, count);
    case Optimizer::kAdagrad:
      return run<T, Adagrad<T>>(args, items, count);
    case Optimizer::kAdadelta:
      return run<T, Adadelta<T>>(args, items, count);
    case Optimizer::kRmsprop:
      return run<T, Rmsprop<T>>(args, items, count);
    case Optimizer::kAdam:
    case Optimizer::kAdamW:
      return run<T, Adam<T>>(args, items, count);
    case Optimizer::kAdamax:
      return run<T, Adamax<T>>(args, items, count);
    case Optimizer::kNAdam:
    case Optimizer::kNAdamW:
      return run<T, NAdam<T>>(args, items, count);
    case Optimizer::kRAdam:
    case Optimizer::kRAdamW:
      return run<T, RAdam<T>>(args, items, count);
    case Optimizer::kAsgd:
      return run<T, Asgd<T>>(args, items, count);
    case Optimizer::kRprop:
      return run<T, Rprop<T>>(args, items, count);
  }
}
PYDL_FOR_FLOATS(optimizer_step)

}  // namespace pydl::PYDL_ISA

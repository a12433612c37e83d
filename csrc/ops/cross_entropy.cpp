#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// Shapes and classes have been checked where rows were made of them.
void check_logits(const Array& x, const Array& target, const std::optional<Array>& weight) {
  check_same_device("cross_entropy", x, target);
  if (weight) {
    check_same_device("cross_entropy", x, *weight);
    check(weight->dtype() == x.dtype(), ErrorKind::kDType,
          "cross_entropy: expected weights of dtype ", x.dtype(), ", got ", weight->dtype());
  }
}

std::optional<Array> dense(const std::optional<Array>& x) {
  return x ? std::optional<Array>(contiguous(*x)) : std::nullopt;
}

template <class T>
double weight_of_targets(const T* weight, const Array& target, int64_t ignore_index) {
  const int64_t* t = target.data_as<int64_t>();
  double total = 0;
  for (int64_t i = 0; i < target.size(); ++i) {
    if (t[i] != ignore_index) total += weight ? static_cast<double>(weight[t[i]]) : 1.0;
  }
  return total;
}

}  // namespace

Array checked_classes(const char* op, const Array& target, int64_t classes, int64_t ignore_index) {
  check(target.dtype() == DType::kInt64 || target.dtype() == DType::kUInt8, ErrorKind::kDType, op,
        ": expected classes of dtype int64 or uint8 as target, got ", target.dtype());
  const Array t = contiguous(cast(target, DType::kInt64));
  const int64_t* values = t.data_as<int64_t>();
  for (int64_t i = 0; i < t.size(); ++i) {
    if (static_cast<uint64_t>(values[i]) >= static_cast<uint64_t>(classes) &&
        values[i] != ignore_index) {
      Shape at(t.shape());
      int64_t rest = i;
      for (int d = t.ndim() - 1; d >= 0; --d) {
        at[d] = rest % t.shape(d);
        rest /= t.shape(d);
      }
      fail(ErrorKind::kIndex, op, ": expected classes from 0 to ", classes - 1,
           " (or ignore_index ", ignore_index, ") as target, got ", values[i], " at position ", at);
    }
  }
  return t;
}

double total_weight(const Array& target, const std::optional<Array>& weight, int64_t ignore_index) {
  if (!weight) return weight_of_targets<double>(nullptr, target, ignore_index);
  const Array w = contiguous(cast(*weight, DType::kFloat64));
  return weight_of_targets(w.data_as<double>(), target, ignore_index);
}

std::pair<Array, Array> cross_entropy(const Array& x, const Array& target,
                                      const std::optional<Array>& weight, int64_t ignore_index,
                                      double smoothing) {
  check_logits(x, target, weight);
  const Array logits = contiguous(x);
  const std::optional<Array> w = dense(weight);
  const int64_t rows = x.shape(0), size = x.shape(1);
  Array loss = Array::empty(Shape{rows}, x.dtype(), x.device());
  Array log_sum = Array::empty(Shape{rows}, x.dtype(), x.device());
  launch(kernels_for(x).cross_entropy, x.dtype(), 16 * x.size(), loss.data(), log_sum.data(),
         logits.data(), target.data_as<int64_t>(), w ? w->data() : nullptr, rows, size,
         ignore_index, smoothing);
  return {loss, log_sum};
}

Array cross_entropy_backward(const Array& g, double scale, const Array& x, const Array& log_sum,
                             const Array& target, const std::optional<Array>& weight,
                             int64_t ignore_index, double smoothing) {
  const Array logits = contiguous(x), g_dense = contiguous(g);
  const std::optional<Array> w = dense(weight);
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  launch(kernels_for(x).cross_entropy_backward, x.dtype(), 16 * x.size(), dx.data(), g_dense.data(),
         g.ndim() ? int64_t{1} : int64_t{0}, scale, logits.data(), log_sum.data(),
         target.data_as<int64_t>(), w ? w->data() : nullptr, x.shape(0), x.shape(1), ignore_index,
         smoothing);
  return dx;
}

}  // namespace pydl

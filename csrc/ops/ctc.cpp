#include <algorithm>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// The labels, which have been checked where the batch was put together, but log_probs may have been
// replaced since, by x.data = ...
void check_targets(const Array& log_probs, const CtcTargets& targets) {
  check(log_probs.ndim() == 3, ErrorKind::kShape,
        "ctc_loss: expected log_probs (steps, batch, classes), got ", log_probs.shape());
  const int64_t steps = log_probs.shape(0), batch = log_probs.shape(1);
  const int64_t classes = log_probs.shape(2);
  check(targets.blank >= 0 && targets.blank < classes, ErrorKind::kIndex,
        "ctc_loss: expected a blank from 0 to ", classes - 1, ", got ", targets.blank);
  for (const Array* x : {&targets.offsets, &targets.lengths, &targets.input_lengths}) {
    check(x->size() == batch, ErrorKind::kShape, "ctc_loss: expected a batch of ", x->size(),
          ", got log_probs ", log_probs.shape());
  }
  const int64_t* labels = targets.labels.data_as<int64_t>();
  for (int64_t n = 0; n < batch; ++n) {
    const int64_t first = targets.offsets.data_as<int64_t>()[n];
    const int64_t length = targets.lengths.data_as<int64_t>()[n];
    const int64_t input = targets.input_lengths.data_as<int64_t>()[n];
    check(first >= 0 && length >= 0 && first <= targets.labels.size() &&
              length <= targets.labels.size() - first && input >= 0 && input <= steps,
          ErrorKind::kValue, "ctc_loss: expected lengths from 0 to ", steps, " steps and ",
          targets.labels.size(), " labels, got ", input, " and ", length);
    for (int64_t i = first; i < first + length; ++i) {
      check(labels[i] >= 0 && labels[i] < classes, ErrorKind::kIndex,
            "ctc_loss: expected labels from 0 to ", classes - 1, ", got ", labels[i]);
    }
  }
}

CtcArgs args_of(const Array& log_probs, const CtcTargets& targets, const Array& loss,
                const Array& alpha, const Array& scratch) {
  CtcArgs args{};
  args.steps = log_probs.shape(0);
  args.batch = log_probs.shape(1);
  args.classes = log_probs.shape(2);
  args.states = alpha.shape(2) - 4;
  args.blank = targets.blank;
  args.zero_infinity = targets.zero_infinity;
  args.targets = targets.labels.data_as<int64_t>();
  args.target_offsets = targets.offsets.data_as<int64_t>();
  args.target_lengths = targets.lengths.data_as<int64_t>();
  args.input_lengths = targets.input_lengths.data_as<int64_t>();
  args.log_probs = log_probs.data();
  args.loss = loss.data();
  args.alpha = alpha.data();
  args.scratch = scratch.data();
  return args;
}

Array scratch_for(const Array& alpha) {
  return Array::empty(Shape{alpha.shape(0), 5 * alpha.shape(2)}, alpha.dtype(), alpha.device());
}

}  // namespace

std::pair<Array, Array> ctc_loss(const Array& log_probs, const CtcTargets& targets) {
  check_targets(log_probs, targets);
  const int64_t steps = log_probs.shape(0), batch = log_probs.shape(1);
  int64_t longest = 0;
  for (int64_t n = 0; n < batch; ++n)
    longest = std::max(longest, targets.lengths.data_as<int64_t>()[n]);
  const Array x = contiguous(log_probs);
  Array loss = Array::empty(Shape{batch}, x.dtype(), x.device());
  Array alpha = Array::empty(Shape{batch, steps, 2 * longest + 5}, x.dtype(), x.device());
  const Array scratch = scratch_for(alpha);
  launch(kernels_for(x).ctc_loss, x.dtype(), 40 * alpha.size(),
         args_of(x, targets, loss, alpha, scratch));
  return {loss, alpha};
}

Array ctc_loss_backward(const Array& g, const Array& log_probs, const CtcTargets& targets,
                        const Array& loss, const Array& alpha) {
  check_targets(log_probs, targets);
  check(same(g.shape(), loss.shape()) && g.dtype() == loss.dtype(), ErrorKind::kShape,
        "ctc_loss: expected a gradient of ", loss.shape(), " ", loss.dtype(), ", got ", g.shape(),
        " ", g.dtype());
  check(alpha.dtype() == log_probs.dtype() && alpha.shape(0) == log_probs.shape(1) &&
            alpha.shape(1) == log_probs.shape(0),
        ErrorKind::kShape, "ctc_loss: expected the log_probs that the loss was computed from, got ",
        log_probs.shape(), " ", log_probs.dtype());
  const Array x = contiguous(log_probs), gradient = contiguous(g);
  Array dx = Array::zeros(x.shape(), x.dtype(), x.device());
  const Array scratch = scratch_for(alpha);
  launch(kernels_for(x).ctc_loss_backward, x.dtype(), 40 * alpha.size(),
         args_of(x, targets, loss, alpha, scratch), dx.data(), gradient.data());
  return dx;
}

}  // namespace pydl

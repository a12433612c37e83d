#include <algorithm>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// The lengths have been checked, and the targets, where the batch was put together.
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
  check(same(g.shape(), loss.shape()), ErrorKind::kShape, "ctc_loss: expected a gradient of ",
        loss.shape(), ", got ", g.shape());
  const Array x = contiguous(log_probs), gradient = contiguous(g);
  Array dx = Array::zeros(x.shape(), x.dtype(), x.device());
  const Array scratch = scratch_for(alpha);
  launch(kernels_for(x).ctc_loss_backward, x.dtype(), 40 * alpha.size(),
         args_of(x, targets, loss, alpha, scratch), dx.data(), gradient.data());
  return dx;
}

}  // namespace pydl

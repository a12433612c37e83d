#include <algorithm>
#include <cmath>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// The memory of one dtype that a kernel is given in place of arrays of any dtype and strides.
class Staging {
 public:
  void* read(const Array& x, DType dtype) {
    if (x.dtype() == dtype && x.is_contiguous()) return x.data();
    copies_.push_back(contiguous(cast(x, dtype)));
    return copies_.back().data();
  }
  void* write(const Array& x, DType dtype) {
    void* memory = read(x, dtype);
    if (memory != x.data()) written_.push_back({copies_.size() - 1, &x});
    return memory;
  }
  void finish() {
    for (const auto& [copy, target] : written_) copy_into(*target, copies_[copy]);
  }

 private:
  std::vector<Array> copies_;
  std::vector<std::pair<size_t, const Array*>> written_;
};

void check_scalar(const char* what, const Array& x) {
  check(x.size() == 1 && x.dtype() == DType::kFloat32, ErrorKind::kDType,
        "optimizer step: expected one float32 as the ", what, ", got ", x.shape(), " ", x.dtype());
}

// NAdam's product of the momenta belongs to the step that it is used in; ASGD's rates are those
// of the step before. Both are kept in float32, as in PyTorch.
void scalars_before(const OptimizerArgs& args, OptimizerItem& item) {
  if (args.kind != Optimizer::kNAdam && args.kind != Optimizer::kNAdamW) return;
  const double power = std::pow(0.96, static_cast<double>(item.step) * args.momentum);
  const auto momentum = static_cast<float>(args.beta1 * (1 - 0.5 * power));
  item.scalars[0] = static_cast<float>(item.scalars[0]) * momentum;
}
void scalars_after(const OptimizerArgs& args, OptimizerItem& item) {
  if (args.kind != Optimizer::kAsgd) return;
  const auto step = static_cast<double>(item.step);
  item.scalars[0] = args.lr / std::pow(1 + args.lr_decay * args.lr * step, args.momentum);
  item.scalars[1] = 1 / std::max(1.0, step - args.dampening);
}

void check_item(const OptimizerGroup& group, size_t i) {
  const Array& x = *group.parameters[i];
  check(is_float(x.dtype()), ErrorKind::kDType,
        "optimizer step: expected floating parameters, got ", x.dtype());
  check_own_memory("optimizer.step", x);
  check(same(group.grads[i]->shape(), x.shape()), ErrorKind::kShape, "optimizer step: parameter ",
        i, " has shape ", x.shape(), ", its gradient ", group.grads[i]->shape());
  check_same_device("optimizer step", x, *group.grads[i]);
  if (!group.steps.empty()) check_scalar("step", *group.steps[i]);
  for (const Arrays& scalar : group.scalars) {
    if (!scalar.empty()) check_scalar("state of a parameter", *scalar[i]);
  }
  for (const Arrays& state : group.states) {
    check(state.empty() || same(state[i]->shape(), x.shape()), ErrorKind::kShape,
          "optimizer step: parameter ", i, " has shape ", x.shape(), ", its state ",
          state.empty() ? Extents{} : state[i]->shape());
  }
}

}  // namespace

void optimizer_step(const OptimizerArgs& args, const OptimizerGroup& group) {
  const size_t count = group.parameters.size();
  bool fits = group.grads.size() == count;
  fits &= group.steps.empty() || group.steps.size() == count;
  for (const Arrays& state : group.states) fits &= state.empty() || state.size() == count;
  for (const Arrays& state : group.scalars) fits &= state.empty() || state.size() == count;
  fits &= group.scalars[1].empty() || !group.scalars[0].empty();
  check(fits, ErrorKind::kValue, "optimizer step: expected lists of ", count, " arrays");

  // Everything is checked, and every copy made, before anything is written.
  std::vector<OptimizerItem> items[2];  // float, double
  std::vector<OptimizerItem> kept;      // with the scalars of the next step
  int64_t work[2] = {0, 0};
  Staging staging;
  for (size_t i = 0; i < count; ++i) {
    check_item(group, i);
    const Array& x = *group.parameters[i];
    const DType dtype = compute_dtype(x.dtype());
    OptimizerItem item{};
    item.parameter = staging.write(x, dtype);
    item.grad = staging.read(*group.grads[i], dtype);
    for (int k = 0; k < 3; ++k) {
      if (!group.states[k].empty()) item.state[k] = staging.write(*group.states[k][i], dtype);
    }
    item.size = x.size();
    item.step = group.steps.empty() ? group.step
                                    : static_cast<int64_t>(*group.steps[i]->data_as<float>()) + 1;
    for (int k = 0; k < 2; ++k) {
      if (!group.scalars[k].empty()) item.scalars[k] = *group.scalars[k][i]->data_as<float>();
    }
    scalars_before(args, item);
    if (!group.scalars[0].empty()) {
      kept.push_back(item);
      scalars_after(args, kept.back());
    }
    items[dtype == DType::kFloat64].push_back(item);
    work[dtype == DType::kFloat64] += x.size() * 8;
  }
  for (int k = 0; k < 2; ++k) {
    if (items[k].empty()) continue;
    launch(kernels_for(*group.parameters[0]).optimizer_step, k ? DType::kFloat64 : DType::kFloat32,
           work[k], args, items[k].data(), static_cast<int64_t>(items[k].size()));
  }
  staging.finish();
  for (const Array* step : group.steps) *step->data_as<float>() += 1;
  for (int k = 0; k < 2; ++k) {
    for (size_t i = 0; i < group.scalars[k].size(); ++i) {
      *group.scalars[k][i]->data_as<float>() = static_cast<float>(kept[i].scalars[k]);
    }
  }
  for (const Array* x : group.parameters) x->written();
}

}  // namespace pydl

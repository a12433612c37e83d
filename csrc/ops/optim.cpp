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

void check_step(const Array& step) {
  check(step.size() == 1 && step.dtype() == DType::kFloat32, ErrorKind::kDType,
        "optimizer step: expected one float32 as the step, got ", step.shape(), " ", step.dtype());
}

void check_item(const OptimizerGroup& group, size_t i) {
  const Array& x = *group.parameters[i];
  check(is_float(x.dtype()), ErrorKind::kDType,
        "optimizer step: expected floating parameters, got ", x.dtype());
  check(same(group.grads[i]->shape(), x.shape()), ErrorKind::kShape, "optimizer step: parameter ",
        i, " has shape ", x.shape(), ", its gradient ", group.grads[i]->shape());
  check_same_device("optimizer step", x, *group.grads[i]);
  if (!group.steps.empty()) check_step(*group.steps[i]);
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
  check(fits, ErrorKind::kValue, "optimizer step: expected lists of ", count, " arrays");

  // Everything is checked, and every copy made, before anything is written.
  std::vector<OptimizerItem> items[2];  // float, double
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
  for (const Array* x : group.parameters) x->written();
}

}  // namespace pydl

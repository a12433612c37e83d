#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Maybe = std::optional<Array>;

int64_t gates_of(RecurrentKind kind) {
  return kind == RecurrentKind::kLstm ? 4 : kind == RecurrentKind::kGru ? 3 : 1;
}

// An operand of a shape, contiguous, or nothing.
Maybe part(const char* what, const Maybe& x, const Array& like, const Shape& shape) {
  if (!x) return x;
  check(same(x->shape(), shape) && x->dtype() == like.dtype(), ErrorKind::kShape,
        "recurrent: expected ", what, " of shape ", shape, " ", like.dtype(), ", got ", x->shape(),
        " ", x->dtype());
  return contiguous(*x);
}
const void* data(const Maybe& x) { return x ? x->data() : nullptr; }

// What both passes read: arrays made contiguous, and what was checked of them.
struct Operands {
  RecurrentArgs args{};
  int64_t rows, batch;
  Maybe w_hh, w_hr, b_hh, h0, c0;
  Array offsets;

  Operands(RecurrentKind kind, const Array& gates, const RecurrentWeights& weights,
           const RecurrentSteps& steps)
      : offsets(contiguous(steps.offsets)) {
    check(gates.dtype() == DType::kFloat32 || gates.dtype() == DType::kFloat64, ErrorKind::kDType,
          "recurrent: expected float32 or float64, got ", gates.dtype());
    const int64_t count = gates_of(kind);
    check(gates.ndim() == 2 && gates.is_contiguous() && gates.shape(1) % count == 0 &&
              weights.w_hh.ndim() == 2,
          ErrorKind::kShape, "recurrent: expected gates of ", count,
          " equal parts, contiguous, and a matrix, got ", gates.shape(), " and ",
          weights.w_hh.shape());
    args.kind = kind;
    args.reverse = steps.reverse;
    rows = gates.shape(0);
    args.hidden = gates.shape(1) / count;
    args.size = weights.w_hh.shape(1);
    check(weights.w_hr || args.size == args.hidden, ErrorKind::kShape, "recurrent: expected ",
          args.hidden, " columns in the hidden weight, got ", args.size);
    check(!weights.w_hr || kind == RecurrentKind::kLstm, ErrorKind::kValue,
          "recurrent: only an LSTM is projected");
    check(offsets.ndim() == 1 && offsets.dtype() == DType::kInt64 && offsets.size() > 1,
          ErrorKind::kShape, "recurrent: expected offsets, int64, got ", offsets.shape(), " ",
          offsets.dtype());
    args.steps = offsets.size() - 1;
    const int64_t* at = args.offsets = offsets.data_as<int64_t>();
    batch = at[1];
    for (int64_t t = 0; t < args.steps; ++t) {
      check(at[t + 1] >= at[t] && at[t + 1] - at[t] <= (t > 0 ? at[t] - at[t - 1] : batch),
            ErrorKind::kValue, "recurrent: expected steps with ever fewer rows, got ",
            at[t + 1] - at[t], " in step ", t);
    }
    check(at[0] == 0 && at[args.steps] == rows, ErrorKind::kShape, "recurrent: expected ", rows,
          " rows in all steps, got ", at[args.steps]);
    w_hh = part("a hidden weight", weights.w_hh, gates, {count * args.hidden, args.size});
    w_hr = part("a projection", weights.w_hr, gates, {args.size, args.hidden});
    b_hh = part("a hidden bias", weights.b_hh, gates, {count * args.hidden});
    h0 = part("a state", steps.h0, gates, {batch, args.size});
    c0 = part("a cell state", steps.c0, gates, {batch, args.hidden});
    args.w_hh = data(w_hh);
    args.w_hr = data(w_hr);
    args.b_hh = data(b_hh);
    args.h0 = data(h0);
    args.c0 = data(c0);
    args.gates = gates.data();
  }
  Shape of_gates() const { return {rows, gates_of(args.kind) * args.hidden}; }

  template <class Kernel>
  void run(const KernelTable& kernels, const Kernel& kernel, const Array& x) {
    size_t bytes = 0;
    launch(kernels.recurrent_scratch, x.dtype(), 0, args, &bytes);
    const Array scratch =
        Array::empty(Shape{static_cast<int64_t>(bytes)}, DType::kUInt8, x.device());
    args.scratch = scratch.data();
    launch(kernel, x.dtype(), rows * args.hidden * (args.size + 8), args);
  }
};

}  // namespace

std::pair<Array, Maybe> recurrent_forward(RecurrentKind kind, const Array& gates,
                                          const RecurrentWeights& weights,
                                          const RecurrentSteps& steps, const Maybe& first) {
  Operands o(kind, gates, weights, steps);
  const Maybe known =
      part("the first products", first, gates, {o.batch, gates_of(kind) * o.args.hidden});
  o.args.first = data(known);
  const bool has_cells = gates_of(kind) > 1;
  Array y = gates;
  Maybe cells;
  if (has_cells) {
    y = Array::empty(Shape{o.rows, o.args.size}, gates.dtype(), gates.device());
    cells = Array::empty(Shape{o.rows, o.args.hidden}, gates.dtype(), gates.device());
    o.args.cells = cells->data();
  }
  o.args.y = y.data();
  const KernelTable& kernels = kernels_for(gates);
  o.run(kernels, kernels.recurrent_forward, gates);
  return {y, cells};
}

RecurrentGrads recurrent_backward(RecurrentKind kind, const Array& gates, const Array& y,
                                  const Maybe& cells, const RecurrentWeights& weights,
                                  const RecurrentSteps& steps, const Maybe& g_y, const Maybe& g_h,
                                  const Maybe& g_c) {
  Operands o(kind, gates, weights, steps);
  RecurrentArgs& args = o.args;
  const Maybe result = part("a result", y, gates, {o.rows, args.size});
  const Maybe inner = part("cells", cells, gates, {o.rows, args.hidden});
  check(inner || gates_of(kind) == 1, ErrorKind::kValue, "recurrent: expected cells, got none");
  const Maybe of_y = part("a gradient", g_y, gates, {o.rows, args.size});
  const Maybe of_h = part("a gradient of the state", g_h, gates, {o.batch, args.size});
  const Maybe of_c = part("a gradient of the cell state", g_c, gates, {o.batch, args.hidden});
  args.y = result->data();
  if (inner) args.cells = inner->data();
  args.g_y = data(of_y);
  args.g_h = data(of_h);
  args.g_c = data(of_c);
  const DType dtype = gates.dtype();
  RecurrentGrads out;
  out.dx = Array::empty(o.of_gates(), dtype, gates.device());
  out.dhidden = out.dx;
  if (kind == RecurrentKind::kGru) out.dhidden = Array::empty(o.of_gates(), dtype, gates.device());
  args.dx = out.dx.data();
  args.dhidden = out.dhidden.data();
  if (gates_of(kind) > 1) {
    out.carry = Array::empty(Shape{o.batch, args.hidden}, dtype, gates.device());
    args.carry = out.carry->data();
  }
  if (args.w_hr) {
    out.dh = Array::empty(Shape{o.rows, args.size}, dtype, gates.device());
    args.dh = out.dh->data();
  }
  const KernelTable& kernels = kernels_for(gates);
  o.run(kernels, kernels.recurrent_backward, gates);
  return out;
}

}  // namespace pydl

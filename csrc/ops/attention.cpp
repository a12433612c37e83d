#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Maybe = std::optional<Array>;

Shape batch_of(const Array& x) { return Shape(x.shape().first(x.ndim() - 2)); }

// x with adjacent columns.
Array rows_of(const Array& x) {
  return x.shape(x.ndim() - 1) <= 1 || x.stride(x.ndim() - 1) == 1 ? x : contiguous(x);
}

// The strides of x, of at least two dimensions, its others broadcast to `batch`.
AttentionOperand operand(const Array& x, const Shape& batch) {
  AttentionOperand out{};
  out.data = x.data();
  const int skip = batch.size() - (x.ndim() - 2);
  for (int d = 0; d < batch.size(); ++d)
    out.batch[d] = d < skip || x.shape(d - skip) == 1 ? 0 : x.stride(d - skip);
  out.row = x.shape(x.ndim() - 2) == 1 ? 0 : x.stride(x.ndim() - 2);
  return out;
}

// An array (batch..., rows, cols) laid out like x: where x's heads lie side by side within a row,
// so do its own, and what splits and joins heads is a view.
Array laid_out_like(const Array& x, const Shape& batch, int64_t rows, int64_t cols) {
  Shape shape(batch);
  shape.push_back(rows);
  const int last = batch.size() - 1;
  const bool side_by_side = x.ndim() > 2 && last >= 0 && batch[last] > 1 &&
                            x.stride(x.ndim() - 3) < x.stride(x.ndim() - 2);
  if (!side_by_side) {
    shape.push_back(cols);
    return Array::empty(shape, x.dtype(), x.device());
  }
  std::swap(shape[last], shape[last + 1]);
  shape.push_back(cols);
  return transpose(Array::empty(shape, x.dtype(), x.device()), last, last + 1);
}

struct Call {
  AttentionArgs args{};
  Shape batch;
  Array q, k, v;
  Maybe mask;

  Call(const Array& query, const Array& key, const Array& value, const Maybe& attn_mask,
       double scale, bool causal)
      : q(rows_of(query)), k(rows_of(key)), v(rows_of(value)), mask(attn_mask) {
    batch = broadcast("scaled_dot_product_attention", batch_of(q), batch_of(k));
    batch = broadcast("scaled_dot_product_attention", batch, batch_of(v));
    args.batch_dims = batch.size();
    args.batch = 1;
    for (int d = 0; d < batch.size(); ++d) args.batch *= args.batch_shape[d] = batch[d];
    args.queries = q.shape(q.ndim() - 2);
    args.size = q.shape(q.ndim() - 1);
    args.keys = k.shape(k.ndim() - 2);
    args.value_size = v.shape(v.ndim() - 1);
    args.scale = args.size ? scale : 1.0;
    args.causal = causal;
    args.q = operand(q, batch);
    args.k = operand(k, batch);
    args.v = operand(v, batch);
    if (mask) {
      args.mask = operand(*mask, batch);
      args.mask_is_bool = mask->dtype() == DType::kBool;
      args.mask_col = mask->shape(mask->ndim() - 1) == 1 ? 0 : mask->stride(mask->ndim() - 1);
    }
  }
  int64_t work() const {
    return args.batch * args.queries * args.keys * (args.size + args.value_size) / 8;
  }
};

void check_operands(const Array& q, const Array& k, const Array& v, const Maybe& mask) {
  constexpr const char* op = "scaled_dot_product_attention";
  check_same_device(op, q, k);
  check_same_device(op, q, v);
  check(q.ndim() >= 2 && k.ndim() >= 2 && v.ndim() >= 2, ErrorKind::kShape, op,
        ": expected query, key and value of 2 dimensions or more, got ", q.shape(), ", ", k.shape(),
        " and ", v.shape());
  check(is_float(q.dtype()) && q.dtype() == k.dtype() && q.dtype() == v.dtype(), ErrorKind::kDType,
        op, ": expected query, key and value of one floating dtype, got ", q.dtype(), ", ",
        k.dtype(), " and ", v.dtype());
  check(q.shape(q.ndim() - 1) == k.shape(k.ndim() - 1), ErrorKind::kShape, op,
        ": expected query and key of one size in the last dimension, got ", q.shape(), " and ",
        k.shape());
  check(k.shape(k.ndim() - 2) == v.shape(v.ndim() - 2), ErrorKind::kShape, op,
        ": expected as many keys as values, got ", k.shape(), " and ", v.shape());
  if (!mask) return;
  check(mask->ndim() >= 2, ErrorKind::kShape, op, ": expected a mask of 2 dimensions or more, got ",
        mask->shape());
  check_same_device(op, q, *mask);
  check(mask->dtype() == DType::kBool || mask->dtype() == q.dtype(), ErrorKind::kDType, op,
        ": expected a mask of dtype bool or ", q.dtype(), ", got ", mask->dtype());
}

void check_mask(const Call& call) {
  if (!call.mask) return;
  Shape scores(call.batch);
  scores.push_back(call.args.queries);
  scores.push_back(call.args.keys);
  check(broadcast("scaled_dot_product_attention", scores, call.mask->shape()) == scores,
        ErrorKind::kShape, "scaled_dot_product_attention: expected a mask that broadcasts to ",
        scores, ", got ", call.mask->shape());
}

Maybe wide(const Maybe& mask) {
  return mask && is_float(mask->dtype()) ? Maybe(cast(*mask, DType::kFloat32)) : mask;
}

}  // namespace

std::pair<Array, Array> attention(const Array& q, const Array& k, const Array& v, const Maybe& mask,
                                  double scale, bool causal) {
  check_operands(q, k, v, mask);
  if (is_half(q.dtype())) {
    const DType f = DType::kFloat32;
    auto [o, log_sum] = attention(cast(q, f), cast(k, f), cast(v, f), wide(mask), scale, causal);
    return {cast(o, q.dtype()), log_sum};
  }
  Call call(q, k, v, mask, scale, causal);
  AttentionArgs& args = call.args;
  check_mask(call);
  Array o = laid_out_like(call.q, call.batch, args.queries, args.value_size);
  Shape rows(call.batch);
  rows.push_back(args.queries);
  Array log_sum = Array::empty(rows, q.dtype(), q.device());
  if (log_sum.size() == 0) return {o, log_sum};
  args.o = operand(o, call.batch);
  args.log_sum = log_sum.data();
  launch(kernels_for(q).attention, q.dtype(), call.work(), args);
  return {o, log_sum};
}

std::tuple<Maybe, Maybe, Maybe> attention_backward(const Array& g, const Array& q, const Array& k,
                                                   const Array& v, const Maybe& mask,
                                                   const Array& o, const Array& log_sum,
                                                   double scale, bool causal, bool by_q, bool by_k,
                                                   bool by_v) {
  check_operands(q, k, v, mask);
  if (is_half(q.dtype())) {
    const DType f = DType::kFloat32;
    auto [dq, dk, dv] =
        attention_backward(cast(g, f), cast(q, f), cast(k, f), cast(v, f), wide(mask), cast(o, f),
                           log_sum, scale, causal, by_q, by_k, by_v);
    for (Maybe* d : {&dq, &dk, &dv}) {
      if (*d) *d = cast(**d, q.dtype());
    }
    return {dq, dk, dv};
  }
  Call call(q, k, v, mask, scale, causal);
  AttentionArgs& args = call.args;
  check_mask(call);
  Shape rows(call.batch);
  rows.push_back(args.queries);
  Shape expected(rows);
  expected.push_back(args.value_size);
  // The operands may have been replaced since forward, by x.data = ...
  check(same(g.shape(), expected) && same(o.shape(), expected) && same(log_sum.shape(), rows) &&
            g.dtype() == q.dtype() && o.dtype() == q.dtype() && log_sum.dtype() == q.dtype(),
        ErrorKind::kShape, "scaled_dot_product_attention: expected a gradient of ", expected, " ",
        q.dtype(), ", got ", g.shape(), " ", g.dtype(), " for a result of ", o.shape(), " ",
        o.dtype());
  const Array gradient = rows_of(g), result = rows_of(o);
  const Array delta = Array::empty(log_sum.shape(), q.dtype(), q.device());
  Maybe dq, dk, dv;
  if (by_q) dq = laid_out_like(call.q, call.batch, args.queries, args.size);
  if (by_k) dk = laid_out_like(call.k, call.batch, args.keys, args.size);
  if (by_v) dv = laid_out_like(call.v, call.batch, args.keys, args.value_size);
  if (log_sum.size() == 0 || args.keys == 0) {  // nothing looks at anything
    for (Maybe* d : {&dq, &dk, &dv}) {
      if (*d) *d = Array::zeros((*d)->shape(), q.dtype(), q.device());
    }
    return {dq, dk, dv};
  }
  args.g = operand(gradient, call.batch);
  args.o = operand(result, call.batch);
  args.log_sum = log_sum.data();
  args.delta = delta.data();
  if (dq) args.dq = operand(*dq, call.batch);
  if (dk) args.dk = operand(*dk, call.batch);
  if (dv) args.dv = operand(*dv, call.batch);
  launch(kernels_for(q).attention_backward, q.dtype(), 2 * call.work(), args);
  return {dq, dk, dv};
}

}  // namespace pydl

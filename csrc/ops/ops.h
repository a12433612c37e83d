// The C++ API: arrays in, new arrays out; arguments checked, results allocated, kernels called. One
// section for each family, in the order of the files.
#pragma once

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/array.h"
#include "core/kernel_args.h"

namespace pydl {

// --- copy.cpp
Array cast(const Array& x, DType dtype);
Array clone(const Array& x);
Array contiguous(const Array& x);
void copy_into(const Array& y, const Array& x);  // y[...] = x, broadcast and converted
Array scalar(double value, DType dtype);
Array scalar(int64_t value, DType dtype);
Array full(Extents shape, const Array& value);
Array arange(double start, double step, int64_t size, DType dtype);
Array arange(int64_t start, int64_t step, int64_t size, DType dtype);

// --- view.cpp
Array as_strided(const Array& x, const Shape& shape, const Shape& strides, int64_t offset);
Array expand(const Array& x, const Shape& shape);
Array permute(const Array& x, const Shape& dims);
Array transpose(const Array& x, int64_t dim0, int64_t dim1);
Array select(const Array& x, int64_t dim, int64_t index);
Array slice(const Array& x, int64_t dim, int64_t start, int64_t step, int64_t size);
Array unsqueeze(const Array& x, int64_t dim);
bool can_view(const Array& x, const Shape& shape);
Array view(const Array& x, const Shape& shape);
Array reshape(const Array& x, const Shape& shape);

// --- unary.cpp
Array unary(UnaryOp op, const Array& x, double a = 0, double b = 0);
void unary_into(UnaryOp op, const Array& y, const Array& x, double a = 0, double b = 0);
Array unary_backward(UnaryOp op, const Array& g, const Array& v, double a = 0, double b = 0);
Array clamp(const Array& x, double low, double high);
void clamp_into(const Array& y, const Array& x, double low, double high);

// --- binary.cpp: both operands of one dtype; they broadcast
Array binary(BinaryOp op, const Array& x, const Array& y);
void binary_into(BinaryOp op, const Array& z, const Array& x, const Array& y);
Array compare(CompareOp op, const Array& x, const Array& y);
Array where(const Array& condition, const Array& x, const Array& y);
bool any_nonzero(const Array& x);  // of a bool array on the host

// --- reduce.cpp: over dims, or over all where there are none
Array reduce(ReduceOp op, const Array& x, const Shape& dims, bool keepdim);
std::pair<Array, Array> moments(const Array& x, const Shape& dims, bool keepdim);
Array arg_reduce(bool maximum, const Array& x, int64_t dim, bool keepdim);
Array cumsum(const Array& x, int64_t dim);

// --- matmul.cpp
// act(x y + bias): matrices in the last two dimensions, the others broadcast; bias (n,) or none.
Array matmul(const Array& x, const Array& y, const std::optional<Array>& bias = {},
             Activation activation = Activation::kNone);

}  // namespace pydl

// Storage, dtype, shape, strides (in elements, negative ones too), offset: what the kernels work
// on.
#pragma once

#include <initializer_list>

#include "core/check.h"
#include "core/dtype.h"
#include "core/loop.h"
#include "core/storage.h"

namespace pydl {

// Extents or strides of at most kMaxDims dimensions, by value.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) {
    for (int64_t extent : extents) push_back(extent);
  }
  explicit Shape(Extents extents) {
    for (int64_t extent : extents) push_back(extent);
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int64_t& operator[](int i) { return extents_[i]; }
  int64_t operator[](int i) const { return extents_[i]; }
  const int64_t* begin() const { return extents_; }
  const int64_t* end() const { return extents_ + size_; }
  int64_t back() const { return extents_[size_ - 1]; }
  void push_back(int64_t extent);  // throws past kMaxDims
  void insert(int at, int64_t extent);
  void erase(int at);
  operator Extents() const { return {extents_, static_cast<size_t>(size_)}; }
  friend bool operator==(const Shape& x, const Shape& y);

 private:
  int size_ = 0;
  int64_t extents_[kMaxDims];
};

class Array {
 public:
  Array() = default;  // holds nothing
  Array(const Array& other) noexcept;
  Array(Array&& other) noexcept;
  Array& operator=(Array other) noexcept;
  ~Array() {
    if (storage_) storage_->drop();
  }

  // Uninitialised, row-major. Throws where an extent is negative or the size overflows.
  static Array empty(Extents shape, DType dtype, Device device = {});
  static Array zeros(Extents shape, DType dtype, Device device = {});
  // Takes over the caller's reference to storage.
  static Array over(Storage* storage, DType dtype, Extents shape, Extents strides, int64_t offset);

  explicit operator bool() const { return storage_ != nullptr; }
  DType dtype() const { return dtype_; }
  Device device() const { return storage_->device; }
  int ndim() const { return ndim_; }
  int64_t size() const { return size_; }
  int64_t offset() const { return offset_; }
  Extents shape() const { return {dims_, static_cast<size_t>(ndim_)}; }
  Extents strides() const { return {dims_ + ndim_, static_cast<size_t>(ndim_)}; }
  int64_t shape(int dim) const { return dims_[dim]; }
  int64_t stride(int dim) const { return dims_[ndim_ + dim]; }
  Storage* storage() const { return storage_; }
  void* data() const { return static_cast<char*>(storage_->data) + offset_ * item_size(dtype_); }
  template <class T>
  T* data_as() const {
    return static_cast<T*>(data());
  }
  bool is_contiguous() const;

  // The same memory seen otherwise. The caller has checked that it stays inside the storage.
  Array view(Extents shape, Extents strides, int64_t offset) const;
  Array view_as(DType dtype) const;  // of the same item size

  // In-place writes count, except through an array that `untracked` made (Tensor.data).
  uint32_t version() const { return storage_->version.load(std::memory_order_relaxed); }
  void written() const {
    if (tracked_) storage_->version.fetch_add(1, std::memory_order_relaxed);
  }
  Array untracked() const;

 private:
  Storage* storage_ = nullptr;
  DType dtype_ = DType::kFloat32;
  bool tracked_ = true;
  int16_t ndim_ = 0;
  int64_t size_ = 0;
  int64_t offset_ = 0;
  int64_t dims_[2 * kMaxDims];  // shape, then strides
};

// Row-major strides of a shape.
Shape contiguous_strides(Extents shape);
// The number of elements; throws where it or its bytes overflow or an extent is negative.
int64_t count(Extents shape, DType dtype);
inline bool same(Extents x, Extents y) {
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

}  // namespace pydl

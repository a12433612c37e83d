#include "core/array.h"

#include <algorithm>
#include <cstring>

#include "core/device.h"
#include "core/threads.h"

namespace pydl {

std::string to_string(Extents extents) {
  std::string text = "(";
  for (size_t i = 0; i < extents.size(); ++i) {
    text += (i ? ", " : "") + std::to_string(extents[i]);
  }
  return text + (extents.size() == 1 ? ",)" : ")");
}

void Shape::push_back(int64_t extent) {
  check(size_ < kMaxDims, ErrorKind::kShape, "array: expected at most ", kMaxDims,
        " dimensions, got more");
  extents_[size_++] = extent;
}

void Shape::insert(int at, int64_t extent) {
  push_back(0);
  std::copy_backward(extents_ + at, extents_ + size_ - 1, extents_ + size_);
  extents_[at] = extent;
}

void Shape::erase(int at) {
  std::copy(extents_ + at + 1, extents_ + size_, extents_ + at);
  --size_;
}

bool operator==(const Shape& x, const Shape& y) { return same(x, y); }

Storage* Storage::allocate(Device device, size_t bytes) {
  return new Storage(device, backend(device).allocate(bytes), bytes, nullptr, nullptr);
}

Storage* Storage::borrow(Device device, void* data, size_t bytes, void (*release)(void*),
                         void* context) {
  return new Storage(device, data, bytes, release, context);
}

void Storage::destroy() noexcept {
  if (release_) {
    release_(context_);
  } else {
    backend(device).free(data, bytes);
  }
  delete this;
}

Array::Array(const Array& other) noexcept
    : storage_(other.storage_),
      dtype_(other.dtype_),
      tracked_(other.tracked_),
      ndim_(other.ndim_),
      size_(other.size_),
      offset_(other.offset_) {
  std::copy_n(other.dims_, 2 * ndim_, dims_);
  if (storage_) storage_->retain();
}

Array::Array(Array&& other) noexcept
    : storage_(other.storage_),
      dtype_(other.dtype_),
      tracked_(other.tracked_),
      ndim_(other.ndim_),
      size_(other.size_),
      offset_(other.offset_) {
  std::copy_n(other.dims_, 2 * ndim_, dims_);
  other.storage_ = nullptr;
}

Array& Array::operator=(Array other) noexcept {
  std::swap(storage_, other.storage_);
  dtype_ = other.dtype_;
  tracked_ = other.tracked_;
  ndim_ = other.ndim_;
  size_ = other.size_;
  offset_ = other.offset_;
  std::copy_n(other.dims_, 2 * ndim_, dims_);
  return *this;
}

int64_t count(Extents shape, DType dtype) {
  int64_t size = 1;
  bool overflow = false;
  bool zero = false;
  for (int64_t extent : shape) {
    check(extent >= 0, ErrorKind::kShape, "empty: expected extents of 0 or more, got ", shape);
    zero |= extent == 0;
    overflow |= extent != 0 && __builtin_mul_overflow(size, extent, &size);
  }
  int64_t bytes;
  overflow |= __builtin_mul_overflow(size, static_cast<int64_t>(item_size(dtype)), &bytes);
  if (zero) return 0;
  check(!overflow, ErrorKind::kShape, "empty: the size of ", shape, " ", dtype,
        " overflows 64 bits");
  return size;
}

Shape contiguous_strides(Extents shape) {
  Shape strides(shape);
  int64_t step = 1;
  for (int d = strides.size() - 1; d >= 0; --d) {
    strides[d] = step;
    step *= shape[d] ? shape[d] : 1;
  }
  return strides;
}

Array Array::over(Storage* storage, DType dtype, Extents shape, Extents strides, int64_t offset) {
  check(shape.size() <= kMaxDims, ErrorKind::kShape, "array: expected at most ", kMaxDims,
        " dimensions, got ", shape.size());
  Array x;
  x.storage_ = storage;
  x.dtype_ = dtype;
  x.ndim_ = static_cast<int16_t>(shape.size());
  x.offset_ = offset;
  x.size_ = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    x.dims_[d] = shape[d];
    x.dims_[shape.size() + d] = strides[d];
    x.size_ *= shape[d];
  }
  return x;
}

Array Array::empty(Extents shape, DType dtype, Device device) {
  int64_t size = count(shape, dtype);
  check(shape.size() <= kMaxDims, ErrorKind::kShape, "array: expected at most ", kMaxDims,
        " dimensions, got ", shape.size());
  Storage* storage = Storage::allocate(device, static_cast<size_t>(size) * item_size(dtype));
  Array x;
  x.storage_ = storage;
  x.dtype_ = dtype;
  x.ndim_ = static_cast<int16_t>(shape.size());
  x.size_ = size;
  int64_t step = 1;
  for (int d = x.ndim_ - 1; d >= 0; --d) {
    x.dims_[d] = shape[d];
    x.dims_[x.ndim_ + d] = step;
    step *= shape[d] ? shape[d] : 1;
  }
  return x;
}

Array Array::zeros(Extents shape, DType dtype, Device device) {
  Array x = empty(shape, dtype, device);
  struct Bytes {
    char* data;
    int64_t count;
  } bytes{static_cast<char*>(x.data()), x.size() * static_cast<int64_t>(item_size(dtype))};
  constexpr int64_t kPiece = 131072;
  parallel_for(
      0, (bytes.count + kPiece - 1) / kPiece, 1,
      [](void* context, int64_t begin, int64_t end) {
        const Bytes& all = *static_cast<const Bytes*>(context);
        const int64_t from = begin * kPiece;
        const int64_t to = end * kPiece < all.count ? end * kPiece : all.count;
        std::memset(all.data + from, 0, static_cast<size_t>(to - from));
      },
      &bytes);
  return x;
}

bool Array::is_contiguous() const {
  if (size_ == 0) return true;
  int64_t step = 1;
  for (int d = ndim_ - 1; d >= 0; --d) {
    if (dims_[d] != 1 && dims_[ndim_ + d] != step) return false;
    step *= dims_[d];
  }
  return true;
}

Array Array::view(Extents shape, Extents strides, int64_t offset) const {
  Array x = over(storage_, dtype_, shape, strides, offset);
  storage_->retain();
  x.tracked_ = tracked_;
  return x;
}

Array Array::view_as(DType dtype) const {
  Array x(*this);
  x.dtype_ = dtype;
  return x;
}

Array Array::untracked() const {
  Array x(*this);
  x.tracked_ = false;
  return x;
}

}  // namespace pydl

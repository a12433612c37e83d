#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kBlock = 512;    // elements that are gathered at a time
constexpr int64_t kShortRow = 16;  // up to here rows are copied column by column
constexpr int64_t kLongRow = 128;  // from here a row is a stretch; shorter ones are put together

// Where in memory the walk stands for one operand.
struct Cursor {
  const Loop* loop;
  char* row;                  // first element of the innermost dimension
  int64_t column;             // index in it
  int64_t strides[kMaxDims];  // bytes
  int64_t index[kMaxDims];

  void start(const Loop& the_loop, int operand, void* data, int size, int64_t begin) {
    loop = &the_loop;
    row = static_cast<char*>(data);
    for (int d = loop->ndim - 1; d >= 0; --d) {
      strides[d] = loop->strides[operand][d] * size;
      index[d] = begin % loop->shape[d];
      begin /= loop->shape[d];
    }
    int last = loop->ndim - 1;
    column = index[last];
    for (int d = 0; d < last; ++d) row += index[d] * strides[d];
  }
  int64_t step() const { return strides[loop->ndim - 1]; }
  char* here() const { return row + column * step(); }
  int64_t left() const { return loop->shape[loop->ndim - 1] - column; }

  // At most left() further.
  void skip(int64_t n) {
    column += n;
    if (column < loop->shape[loop->ndim - 1]) return;
    column = 0;
    skip_rows(1);
  }
  // At most the rows that dimension ndim - 2 has left.
  void skip_rows(int64_t n) {
    for (int d = loop->ndim - 2; d >= 0; --d, n = 1) {
      row += strides[d] * n;
      index[d] += n;
      if (index[d] < loop->shape[d]) return;
      row -= strides[d] * loop->shape[d];
      index[d] = 0;
    }
  }

  // Copies the next n elements to (or from) adjacent memory and moves on.
  template <class Word, bool kGather>
  void transfer(Word* buffer, int64_t n) {
    constexpr int64_t kSize = sizeof(Word);
    const int64_t step = this->step() / kSize, extent = loop->shape[loop->ndim - 1];
    auto copy = [](Word* memory, int64_t memory_step, Word* buffer, int64_t buffer_step,
                   int64_t count) {
      PYDL_INDEPENDENT
      for (int64_t i = 0; i < count; ++i) {
        Word& m = memory[i * memory_step];
        Word& b = buffer[i * buffer_step];
        (kGather ? b : m) = kGather ? m : b;
      }
    };
    while (n > 0) {
      Word* p = reinterpret_cast<Word*>(here());
      if (extent <= kShortRow && n >= 2 * extent && column == 0 && loop->ndim > 1) {
        // Short whole rows: column by column, for the long inner loops.
        const int d = loop->ndim - 2;
        const int64_t left = loop->shape[d] - index[d];
        const int64_t rows = n / extent < left ? n / extent : left;
        for (int64_t i = 0; i < extent; ++i) {
          copy(p + i * step, strides[d] / kSize, buffer + i, extent, rows);
        }
        skip_rows(rows);
        buffer += rows * extent;
        n -= rows * extent;
      } else {
        const int64_t count = left() < n ? left() : n;
        if (step == 1) {
          copy(p, 1, buffer, 1, count);
        } else if (kGather && step == 0) {
          const Word value = *p;
          for (int64_t i = 0; i < count; ++i) buffer[i] = value;
        } else {
          copy(p, step, buffer, 1, count);
        }
        skip(count);
        buffer += count;
        n -= count;
      }
    }
  }
  template <bool kGather>
  void transfer(void* buffer, int64_t n, int size) {
    switch (size) {
      case 1:
        return transfer<uint8_t, kGather>(static_cast<uint8_t*>(buffer), n);
      case 2:
        return transfer<uint16_t, kGather>(static_cast<uint16_t*>(buffer), n);
      case 4:
        return transfer<uint32_t, kGather>(static_cast<uint32_t*>(buffer), n);
      default:
        return transfer<uint64_t, kGather>(static_cast<uint64_t*>(buffer), n);
    }
  }
};

bool dense(const Loop& loop, int operand) {
  int64_t expected = 1;
  for (int d = loop.ndim - 1; d >= 0; --d) {
    if (loop.shape[d] != 1 && loop.strides[operand][d] != expected) return false;
    expected *= loop.shape[d];
  }
  return true;
}

}  // namespace

void walk(const Loop& loop, int operands, void* const* data, const int* sizes, int64_t cost,
          StretchBody body, const void* context, bool takes_constants, Half half) {
  const int last = loop.ndim - 1;
  const int64_t row = loop.shape[last];
  int64_t total = 1;
  for (int d = 0; d < loop.ndim; ++d) total *= loop.shape[d];
  if (total <= 0) return;

  // How each operand is reached: adjacent throughout; one value for a long row; adjacent within a
  // long row; or by a buffer. One that repeats has the same in it for every stretch of whole rows.
  bool is_dense[kMaxOperands], is_direct[kMaxOperands], repeats[kMaxOperands];
  bool all_dense = true, all_direct = true;
  uint32_t constants = 0;
  for (int k = 0; k < operands; ++k) {
    is_dense[k] = dense(loop, k);
    const bool constant =
        takes_constants && !is_dense[k] && row >= kLongRow && loop.strides[k][last] == 0;
    is_direct[k] = is_dense[k] || constant || (row >= kLongRow && loop.strides[k][last] == 1);
    repeats[k] = k != 0 && row < kLongRow;
    for (int d = 0; d < last; ++d) repeats[k] = repeats[k] && loop.strides[k][d] == 0;
    constants |= static_cast<uint32_t>(constant) << k;
    all_dense = all_dense && is_dense[k];
    all_direct = all_direct && is_direct[k];
  }
  int64_t grain = row_grain(cost);
  if (half == Half::kNone && (all_dense || (all_direct && last == 0)) && total <= grain) {
    return body(context, total, data, constants);
  }

  const bool by_rows = !all_dense && row >= kLongRow;
  int64_t limit = all_direct && half == Half::kNone ? total : kBlock;
  if (!by_rows && !all_dense) {
    limit = limit / row * row;
    grain = (grain + row - 1) / row * row;
  }
  parallel(total, grain, [&](int64_t begin, int64_t end) {
    Cursor cursors[kMaxOperands];
    alignas(64) char buffers[kMaxOperands][kBlock * 8];
    alignas(64) char halves[kBlock * 2];
    void* now[kMaxOperands];
    void* out = nullptr;
    const char* filled[kMaxOperands] = {};
    int64_t filled_count[kMaxOperands] = {};
    int64_t column = begin % row;
    for (int k = 0; k < operands; ++k) {
      if (!is_dense[k]) cursors[k].start(loop, k, data[k], sizes[k], begin);
    }
    for (int64_t i = begin; i < end;) {
      int64_t n = end - i < limit ? end - i : limit;
      if (by_rows && row - column < n) n = row - column;
      for (int k = 0; k < operands; ++k) {
        const bool convert = half != Half::kNone && sizes[k] == 2;
        if (is_direct[k]) {
          if (is_dense[k]) {
            now[k] = static_cast<char*>(data[k]) + i * sizes[k];
          } else {
            now[k] = cursors[k].here();
            cursors[k].skip(n);
          }
          if (!convert) continue;
          if (k == 0) {
            out = now[0];
          } else {
            from_half(half, reinterpret_cast<float*>(buffers[k]), now[k],
                      constants >> k & 1 ? 1 : n);
          }
          now[k] = buffers[k];
        } else {
          now[k] = buffers[k];
          if (k == 0) continue;
          if (repeats[k] && n <= filled_count[k]) continue;
          // One value for the whole row stays where it is.
          bool same = by_rows && cursors[k].step() == 0;
          if (same && filled[k] == cursors[k].here() && n <= filled_count[k]) {
            cursors[k].skip(n);
            continue;
          }
          filled[k] = same ? cursors[k].here() : nullptr;
          filled_count[k] = n;
          cursors[k].transfer<true>(convert ? halves : buffers[k], n, sizes[k]);
          if (convert) from_half(half, reinterpret_cast<float*>(buffers[k]), halves, n);
        }
      }
      body(context, n, now, constants);
      const bool convert = half != Half::kNone && sizes[0] == 2;
      if (convert) {
        to_half(half, is_direct[0] ? out : halves, reinterpret_cast<float*>(buffers[0]), n);
      }
      if (!is_direct[0]) cursors[0].transfer<false>(convert ? halves : buffers[0], n, sizes[0]);
      i += n;
      column = column + n < row ? column + n : 0;  // counts by rows only
    }
  });
}

}  // namespace pydl::PYDL_ISA

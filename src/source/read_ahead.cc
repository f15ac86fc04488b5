#include "source/read_ahead.h"

#include <algorithm>
#include <cstring>

namespace costream {
namespace {

constexpr int64_t kSmallestBlock = 128 << 10, kLargestBlock = 1 << 20;
constexpr int64_t kBlockWithinBudget = 512 << 10;  // where all that will be needed may be held at once

// Whether bytes that nobody asked for are fetched along, between others, rather than with two requests: few
// of them, or few beside the others.
bool IsSmallGap(int64_t gap, int64_t others) { return gap <= 8 << 10 || gap <= others / 20; }

}  // namespace

void ReadAhead::Forget() {
  for (const Block& block : blocks_) {
    if (block.bytes.is_valid()) block.bytes.Wait();
  }
  blocks_.clear();
}

void ReadAhead::WillNeed(std::vector<arrow::io::ReadRange> ranges, int64_t budget) {
  std::erase_if(ranges, [](const auto& range) { return range.length <= 0; });
  std::ranges::sort(ranges, {}, &arrow::io::ReadRange::offset);
  Forget();
  int64_t total = 0;
  for (const auto& range : ranges) total += range.length;
  // Else of each range one block is read and one is on its way.
  const int64_t size =
      total <= budget ? kBlockWithinBudget
                      : std::clamp(budget / std::max<int64_t>(1, 2 * static_cast<int64_t>(ranges.size())),
                                   kSmallestBlock, kLargestBlock);
  for (const auto& range : ranges) {
    int64_t begin = range.offset;
    const int64_t end = range.offset + range.length;
    bool follows = false;
    if (!blocks_.empty()) {
      Block& last = blocks_.back();
      begin = std::max(begin, last.end);  // ranges that overlap are fetched once
      if (end <= begin) continue;
      if (!last.follows && IsSmallGap(begin - last.end, end - last.begin - (begin - last.end)) &&
          end - last.begin <= size) {
        last.end = end;
        continue;
      }
    }
    for (; begin < end; begin += size, follows = true) {
      const int64_t block_end = std::min(end, begin + size);
      blocks_.push_back({begin, block_end, follows, false, {}});
    }
  }
  for (Block& block : blocks_) {
    if (!block.follows) Begin(&block);
  }
}

void ReadAhead::Begin(Block* block) {
  if (!block->given_up && !block->bytes.is_valid())
    block->bytes = start_(block->begin, block->end - block->begin);
}

ReadAhead::Block* ReadAhead::BlockAt(int64_t offset) {
  const auto after =
      std::ranges::upper_bound(blocks_, offset, {}, [](const Block& block) { return block.begin; });
  if (after == blocks_.begin()) return nullptr;
  Block& block = *std::prev(after);
  return offset < block.end && !block.given_up ? &block : nullptr;
}

arrow::Status ReadAhead::ReadAt(int64_t offset, int64_t length, uint8_t* out) {
  while (length > 0) {
    Block* const block = BlockAt(offset);
    if (!block) {
      // Up to the next block that is there.
      int64_t end = offset + length;
      for (const Block& next : blocks_) {
        if (!next.given_up && next.begin > offset) end = std::min(end, next.begin);
      }
      ARROW_ASSIGN_OR_RAISE(const Bytes bytes, fetch_(offset, end - offset));
      std::memcpy(out, bytes->data(), static_cast<size_t>(end - offset));
      out += end - offset;
      length -= end - offset;
      offset = end;
      continue;
    }
    for (Block* before = block; before->follows && !(before - 1)->given_up; --before) {
      if ((before - 1)->bytes.is_valid()) (before - 1)->bytes.Wait();
      (before - 1)->bytes = {};
      (before - 1)->given_up = true;
    }
    Begin(block);
    if (block != &blocks_.back() && (block + 1)->follows) Begin(block + 1);
    ARROW_ASSIGN_OR_RAISE(const Bytes bytes, block->bytes.result());
    const int64_t part = std::min(length, block->end - offset);
    std::memcpy(out, bytes->data() + (offset - block->begin), static_cast<size_t>(part));
    out += part;
    length -= part;
    offset += part;
  }
  return arrow::Status::OK();
}

}  // namespace costream

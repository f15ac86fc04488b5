// A vector in segments: elements stay where they are, and growth copies nothing and never needs twice the
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

namespace costream {

template <typename T>
class Segments {
 public:
  T& operator[](size_t i) { return segments_[i >> kShift][i & kMask]; }
  const T& operator[](size_t i) const { return segments_[i >> kShift][i & kMask]; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  T& Append() {
    if (size_ >> kShift == segments_.size()) {
      segments_.push_back(std::make_unique_for_overwrite<T[]>(kMask + 1));
    }
    return (*this)[size_++] = T{};
  }

  // Gives the memory back.
  void Clear() {
    segments_.clear();
    segments_.shrink_to_fit();
    size_ = 0;
  }

  int64_t bytes() const { return static_cast<int64_t>(segments_.size() * (kMask + 1) * sizeof(T)); }

  template <typename Owner, typename Value>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator(Owner* owner, size_t at) : owner_(owner), at_(at) {}
    Value& operator*() const { return (*owner_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Owner* owner_;
    size_t at_;
  };
  auto begin() const { return Iterator<const Segments, const T>(this, 0); }
  auto end() const { return Iterator<const Segments, const T>(this, size_); }
  auto begin() { return Iterator<Segments, T>(this, 0); }
  auto end() { return Iterator<Segments, T>(this, size_); }

 private:
  static constexpr size_t kShift = 9;
  static constexpr size_t kMask = (size_t{1} << kShift) - 1;

  std::vector<std::unique_ptr<T[]>> segments_;
  size_t size_ = 0;
};

}  // namespace costream

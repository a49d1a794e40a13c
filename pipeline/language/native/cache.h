// N-gram counts of texts that belong to a document: a cache above the models.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace buque {

constexpr int kCacheContext = 5;  // symbols of history that the cache looks at

/// Weights by hash, in one array (open addressing, linear probing): they are looked up many times for each that is kept.
class HashTable {
 public:
  bool empty() const { return used_ == 0; }
  void Clear() { *this = HashTable(); }

  /// The value of a hash, or nullptr.
  const float* Find(std::uint64_t hash) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[Place(hash)];
    return slot.hash == hash ? &slot.value : nullptr;
  }

  /// The value of a hash, 0 at first; `fresh` says whether it was not there yet.
  float& At(std::uint64_t hash, bool* fresh) {
    if (2 * (used_ + 1) > slots_.size()) Grow();
    Slot& slot = slots_[Place(hash)];
    *fresh = slot.hash != hash;
    used_ += *fresh;
    slot.hash = hash;
    return slot.value;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;  // 0: free; that a sequence has this hash is as unlikely as that two have the same
    float value = 0.0f;
  };

  std::size_t Place(std::uint64_t hash) const {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  void Grow() {
    std::vector<Slot> before(std::max<std::size_t>(1024, 2 * slots_.size()));
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.hash != 0) slots_[Place(slot.hash)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them used
  std::size_t used_ = 0;
};

/// N-gram counts of texts that belong to the document: its own sure readings, sister documents, terms.
///
/// The estimate interpolates from short to long histories: with a history of k symbols that was counted `total` times,
/// p_k = share * count / total + (1 - share) * p_(k-1), share = most_k * total / (total + strength_k), and p_(-1) is the
/// probability of the models below. The bound most_k keeps a long text from drowning the models in its short n-grams,
/// which they know better.
class Cache {
 public:
  using Slots = std::array<std::uint64_t, kCacheContext + 1>;  // hashes of the counted contexts, 0 where not counted

  bool empty() const { return totals_.empty(); }
  void Clear() { totals_.Clear(), counts_.Clear(); }

  /// One strength and one greatest share for each context length, 0 symbols to kCacheContext.
  void Strengths(const std::vector<float>& strengths, const std::vector<float>& most) {
    if (strengths.size() != kCacheContext + 1 || most.size() != kCacheContext + 1) {
      throw std::invalid_argument("one strength and one share a context length");
    }
    strengths_ = strengths;
    most_ = most;
  }

  /// Count every n-gram of a sequence. An n-gram weighs as much as its weakest symbol. With `discount` the first time
  /// an n-gram is met does not count: a reading must not support itself when the same place is read again.
  void Add(const std::vector<int>& sequence, const std::vector<float>& weights, bool discount) {
    if (weights.size() != sequence.size()) throw std::invalid_argument("one weight a symbol");
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      std::uint64_t hash = kSeed;
      float weight = weights[i];
      for (int k = 0; k <= kCacheContext; ++k) {
        bool fresh, first;
        float& count = counts_.At(Mix(hash, sequence[i]), &fresh);
        if (!fresh || !discount) {
          count += weight;
          totals_.At(hash, &first) += weight;
        }
        if (static_cast<std::size_t>(k) == i) break;
        hash = Mix(hash, sequence[i - 1 - k]);
        weight = std::min(weight, weights[i - 1 - k]);
      }
    }
  }

  /// Find which suffixes of the history were counted.
  int Find(const std::array<int, kCacheContext>& recent, Slots* slots, std::array<float, kCacheContext + 1>* totals) const {
    std::uint64_t hash = kSeed;
    int known = 0;
    for (int k = 0; k <= kCacheContext; ++k) {
      const float* total = totals_.Find(hash);
      if (!total || *total <= 0.0f) break;
      (*slots)[k] = hash;
      (*totals)[k] = *total;
      known = k + 1;
      if (k == kCacheContext || recent[k] < 0) break;
      hash = Mix(hash, recent[k]);
    }
    return known;
  }

  float Probability(int known, const Slots& slots, const std::array<float, kCacheContext + 1>& totals, int symbol,
                    float base) const {
    float p = base;
    for (int k = 0; k < known; ++k) {
      const float* found = counts_.Find(Mix(slots[k], symbol));
      const float count = found ? *found : 0.0f;
      const float share = most_[k] * totals[k] / (totals[k] + strengths_[k]);
      p = (1 - share) * p + share * count / totals[k];
    }
    return p;
  }

 private:
  static constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15ull;
  static std::uint64_t Mix(std::uint64_t hash, int symbol) {
    hash ^= static_cast<std::uint64_t>(symbol) + 0x632BE59BD9B4E019ull;
    hash *= 0xFF51AFD7ED558CCDull;
    return hash ^ (hash >> 32);
  }

  HashTable totals_, counts_;
  std::vector<float> strengths_ = std::vector<float>(kCacheContext + 1, 1.0f);
  std::vector<float> most_ = std::vector<float>(kCacheContext + 1, 1.0f);
};

}  // namespace buque

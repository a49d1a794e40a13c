// What a symbol costs after its predecessors: a mixture of KenLM models below a cache of the document's own n-grams.
//
// Scores are log10 probabilities.

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lm/model.hh"
#include "util/murmur_hash.hh"

namespace buque {

constexpr int kMaxModels = 2;
constexpr int kCacheContext = 5;  // symbols of history that the cache looks at
constexpr float kUnknown = -7.0f;

/// The history that the next symbol is scored in.
struct Context {
  lm::ngram::State state[kMaxModels];
  std::array<int, kCacheContext> recent;  // latest symbol first; -1: none
};

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

/// The models, their weights and the cache.
class Scorer {
 public:
  Scorer(const std::vector<std::string>& paths, const std::vector<std::string>& symbols) {
    if (paths.empty() || paths.size() > kMaxModels) throw std::invalid_argument("one or two models are needed");
    lm::ngram::Config config;
    config.load_method = util::LAZY;
    config.messages = nullptr;
    for (const auto& path : paths) {
      models_.emplace_back(lm::ngram::LoadVirtual(path.c_str(), config));
      const auto& vocabulary = models_.back()->BaseVocabulary();
      std::vector<lm::WordIndex> words;
      words.reserve(symbols.size());
      for (const auto& symbol : symbols) words.push_back(vocabulary.Index(symbol));
      words_.push_back(std::move(words));
    }
    std::vector<float> even(models_.size(), 1.0f / models_.size());
    Weights(std::vector<std::vector<float>>(Buckets(), even));
  }

  std::size_t size() const { return models_.size(); }
  Cache& cache() { return cache_; }
  const Cache& cache() const { return cache_; }

  /// How many weight rows there are: one for each pair of history lengths known to the models, 0 to 5.
  std::size_t Buckets() const {
    std::size_t n = 1;
    for (std::size_t m = 0; m < models_.size(); ++m) n *= kLengths;
    return n;
  }

  std::size_t Bucket(const Context& context) const {
    std::size_t bucket = 0;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      bucket = bucket * kLengths + std::min<std::size_t>(context.state[m].length, kLengths - 1);
    }
    return bucket;
  }

  void Weights(const std::vector<std::vector<float>>& weights) {
    if (weights.size() != Buckets()) throw std::invalid_argument("one row of weights a bucket of history lengths");
    weights_.clear();
    for (const auto& row : weights) {
      if (row.size() != models_.size()) throw std::invalid_argument("one weight a model");
      weights_.insert(weights_.end(), row.begin(), row.end());
    }
  }

  void Begin(Context* context) const {
    for (std::size_t m = 0; m < models_.size(); ++m) models_[m]->BeginSentenceWrite(&context->state[m]);
    context->recent.fill(-1);
  }

  /// The history of which nothing is known.
  void Nothing(Context* context) const {
    for (std::size_t m = 0; m < models_.size(); ++m) models_[m]->NullContextWrite(&context->state[m]);
    context->recent.fill(-1);
  }

  /// The history of which only the last symbol is known.
  void After(int symbol, Context* context) const {
    for (std::size_t m = 0; m < models_.size(); ++m) {
      lm::ngram::State null;
      models_[m]->NullContextWrite(&null);
      models_[m]->BaseScore(&null, words_[m][symbol], &context->state[m]);
    }
    context->recent.fill(-1);
    context->recent[0] = symbol;
  }

  float One(std::size_t m, const lm::ngram::State& from, int symbol, lm::ngram::State* to) const {
    const lm::WordIndex word = words_[m][symbol];
    const float score = models_[m]->BaseScore(&from, word, to);
    return word == 0 ? kUnknown : score;
  }

  /// Whether a model lists a symbol behind this history of one symbol; `score`: log10 of its probability there.
  bool Lists(std::size_t m, const lm::ngram::State& from, int symbol, float* score) const {
    const lm::WordIndex word = words_[m][symbol];
    if (word == 0 || from.length == 0) return false;
    lm::ngram::State out;
    const lm::FullScoreReturn found = models_[m]->BaseFullScore(&from, word, &out);
    *score = found.prob;
    return found.ngram_length == 2;
  }

  /// Whether a model knows a symbol.
  bool Knows(std::size_t m, int symbol) const { return words_[m][symbol] != 0; }

  /// A history made ready for scoring many successors.
  struct Prepared {
    const Context* context;
    const float* weights;
    int known = 0;
    Cache::Slots slots;
    std::array<float, kCacheContext + 1> totals;
  };

  Prepared Prepare(const Context& context) const {
    Prepared prepared;
    prepared.context = &context;
    prepared.weights = WeightsAfter(context);
    if (!cache_.empty()) prepared.known = cache_.Find(context.recent, &prepared.slots, &prepared.totals);
    return prepared;
  }

  /// Whether the history bears on what follows by its last symbol at most, as one made by `After` does.
  bool KnowsLastOnly(const Prepared& from) const {
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (from.context->state[m].length > 1) return false;
    }
    return from.known <= 2;
  }

  /// The models' weights after a history.
  const float* WeightsAfter(const Context& context) const { return &weights_[Bucket(context) * models_.size()]; }

  float Step(const Prepared& from, int symbol, Context* to) const {
    const float mixed = Mixed(from, symbol, to);
    for (int k = kCacheContext - 1; k > 0; --k) to->recent[k] = from.context->recent[k - 1];
    to->recent[0] = symbol;
    return Remembering(from, symbol, mixed);
  }

  /// Probability of a symbol by the models alone; their new states go to `to`.
  float Mixed(const Prepared& from, int symbol, Context* to) const {
    float mixed = 0;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      mixed += from.weights[m] * std::exp(One(m, from.context->state[m], symbol, &to->state[m]) * 2.302585093f);
    }
    return mixed;
  }

  /// log10 of the probability of a symbol that the models gave the probability `mixed`.
  float Remembering(const Prepared& from, int symbol, float mixed) const {
    constexpr float kLog10E = 0.4342944819f;  // std::log times this is twice as fast as std::log10
    return kLog10E * std::log(from.known ? cache_.Probability(from.known, from.slots, from.totals, symbol, mixed) : mixed);
  }

  float Step(const Context& from, int symbol, Context* to) const { return Step(Prepare(from), symbol, to); }

  /// Equal keys: no later symbol can tell the two histories apart.
  std::uint64_t Key(const Context& context, std::uint64_t seed) const {
    std::uint64_t key = seed;
    for (std::size_t m = 0; m < models_.size(); ++m) key = lm::ngram::hash_value(context.state[m], key);
    if (!cache_.empty()) {
      Cache::Slots slots{};
      std::array<float, kCacheContext + 1> totals;
      const int known = cache_.Find(context.recent, &slots, &totals);
      if (known) key ^= slots[known - 1] * 0x9E3779B97F4A7C15ull;
    }
    return key;
  }

 private:
  static constexpr std::size_t kLengths = 6;

  std::vector<std::unique_ptr<lm::base::Model>> models_;
  std::vector<std::vector<lm::WordIndex>> words_;
  std::vector<float> weights_;
  Cache cache_;
};

}  // namespace buque

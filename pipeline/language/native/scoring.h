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

#include "cache.h"
#include "lm/model.hh"
#include "util/murmur_hash.hh"

namespace buque {

constexpr int kMaxModels = 2;
constexpr float kUnknown = -7.0f;

/// The history that the next symbol is scored in.
struct Context {
  lm::ngram::State state[kMaxModels];
  std::array<int, kCacheContext> recent;  // latest symbol first; -1: none
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

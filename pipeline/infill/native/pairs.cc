// The bigram tables of a document.
//
// A table has millions of pairs, and the models list one in ten of them. What they list is kept beside them in files
// (pipeline/infill/pairs.py); all else is a product of two factors, so that a row takes no look-up in a model.

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <thread>
#include <utility>

#include "decoder.h"

namespace buque::infill {

namespace {

float Power(float score) { return std::exp(score * 2.302585093f); }

/// Runs work(0) to work(size - 1) on some threads.
template <class Work>
void Share(std::size_t size, int threads, Work work) {
  const std::size_t count = std::max(1, threads);
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < count; ++t) {
    workers.emplace_back([=, &work] {
      for (std::size_t i = t; i < size; i += count) work(i);
    });
  }
  for (auto& worker : workers) worker.join();
}

}  // namespace

Pairs Decoder::Listed(std::size_t model, std::size_t symbols, int threads) const {
  if (model >= scorer_.size() || symbols > symbols_.size() || symbols > 65536) {
    throw std::invalid_argument("no such model, or more symbols than there are");
  }
  std::vector<std::vector<std::pair<std::uint16_t, float>>> found(symbols);
  Share(symbols, threads, [&](std::size_t a) {
    Context context;
    if (static_cast<int>(a) == begin_) {
      scorer_.Begin(&context);
    } else {
      scorer_.After(static_cast<int>(a), &context);
    }
    float score;
    for (std::size_t b = 0; b < symbols; ++b) {
      if (scorer_.Lists(model, context.state[model], static_cast<int>(b), &score)) found[a].emplace_back(b, score);
    }
  });
  Pairs pairs;
  for (const auto& row : found) {
    pairs.begins.push_back(static_cast<std::uint32_t>(pairs.second.size()));
    for (const auto& [second, score] : row) {
      pairs.second.push_back(second);
      pairs.score.push_back(score);
    }
  }
  pairs.begins.push_back(static_cast<std::uint32_t>(pairs.second.size()));
  return pairs;
}

void Decoder::Know(std::vector<Pairs> pairs) {
  if (pairs.size() != scorer_.size()) throw std::invalid_argument("pairs of each model are needed");
  for (const Pairs& some : pairs) {
    const std::size_t size = some.second.size();
    const bool rises = std::is_sorted(some.begins.begin(), some.begins.end());
    const bool known = std::all_of(some.second.begin(), some.second.end(), [&](auto b) { return b < symbols_.size(); });
    if (some.begins.empty() || some.begins.size() > symbols_.size() + 1 || some.begins[0] != 0 || !rises ||
        some.begins.back() != size || some.score.size() != size || !known) {
      throw std::invalid_argument("these are no pairs of the table's symbols");
    }
  }
  pairs_ = std::move(pairs);
}

void Decoder::Admit(const std::vector<int>& admissible, const std::vector<int>& seen, int width, int reach, int threads) {
  if (pairs_.empty()) throw std::logic_error("the pairs that the models list are not known");
  candidates_ = admissible;
  reach_ = reach;
  slot_.assign(symbols_.size(), -1);
  contexts_.clear();
  auto add = [&](int symbol) {
    if (slot_[symbol] < 0) {
      slot_[symbol] = static_cast<int>(contexts_.size());
      contexts_.push_back(symbol);
    }
  };
  for (int symbol : candidates_) add(symbol);
  for (int symbol : seen) add(symbol);
  add(begin_);
  add(end_);
  const std::size_t n = contexts_.size();
  FillAlone();
  bigram_.assign(n * n, kNegInf);
  successors_.assign(n, {});
  Share(n, threads, [&](std::size_t a) { FillRow(a, width); });
  column_.resize(n * n);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) column_[b * n + a] = bigram_[a * n + b];
  }
  unigram_.assign(candidates_.size(), 0.0f);
  for (std::size_t b = 0; b < candidates_.size(); ++b) unigram_[b] = bigram_[slot_[end_] * n + b];
}

void Decoder::FillAlone() {
  const std::size_t n = contexts_.size();
  Context nothing, out;
  scorer_.Nothing(&nothing);
  alone_.assign(scorer_.size(), std::vector<float>(n, 0.0f));
  for (std::size_t m = 0; m < scorer_.size(); ++m) {
    for (std::size_t b = 0; b < n; ++b) {
      if (!scorer_.Knows(m, contexts_[b])) continue;
      alone_[m][b] = Power(scorer_.One(m, nothing.state[m], contexts_[b], &out.state[m]));
    }
  }
}

/// The row of the tables for the context in slot `a`.
void Decoder::FillRow(std::size_t a, int width) {
  const std::size_t n = contexts_.size();
  const int first = contexts_[a];
  Context context;
  if (first == begin_) {
    scorer_.Begin(&context);
  } else {
    scorer_.After(first, &context);
  }
  const Scorer::Prepared before = scorer_.Prepare(context);
  std::vector<float> mixed(n, 0.0f), one(n);
  for (std::size_t m = 0; m < scorer_.size(); ++m) {
    const lm::ngram::State& state = context.state[m];
    const float backoff = state.length > 0 ? Power(state.backoff[0]) : 1.0f;
    const float unknown = Power(kUnknown);
    for (std::size_t b = 0; b < n; ++b) one[b] = alone_[m][b] > 0.0f ? alone_[m][b] * backoff : unknown;
    const Pairs& pairs = pairs_[m];
    if (static_cast<std::size_t>(first) + 1 < pairs.begins.size()) {
      for (std::uint32_t i = pairs.begins[first]; i < pairs.begins[first + 1]; ++i) {
        const int b = slot_[pairs.second[i]];
        if (b >= 0) one[b] = Power(pairs.score[i]);
      }
    }
    for (std::size_t b = 0; b < n; ++b) mixed[b] += before.weights[m] * one[b];
  }
  float* const row = &bigram_[a * n];
  for (std::size_t b = 0; b < n; ++b) {
    if (contexts_[b] != begin_) row[b] = scorer_.Remembering(before, contexts_[b], mixed[b]);
  }
  std::vector<std::pair<float, int>> order;  // best first: what is sorted lies side by side
  order.reserve(candidates_.size());
  for (int b = 0; b < static_cast<int>(candidates_.size()); ++b) order.emplace_back(-row[b], b);
  const auto keep = order.begin() + std::min<std::size_t>(width, order.size());
  std::nth_element(order.begin(), keep, order.end());
  std::sort(order.begin(), keep);
  successors_[a].clear();
  for (auto at = order.begin(); at != keep; ++at) successors_[a].push_back(at->second);
}

}  // namespace buque::infill

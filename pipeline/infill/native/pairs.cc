// The bigram tables of a document.
//
// A table has millions of pairs, and the models list one in ten of them. What they list is kept beside them in files
// (pipeline/infill/pairs.py); all else is a product of two factors, so that a row takes no look-up in a model.

#include <algorithm>
#include <cmath>
#include <cstring>
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

/// to[b * n + a] = from[a * n + b], in squares that fit the processor's cache.
void Transpose(const std::vector<float>& from, std::size_t n, std::vector<float>* to) {
  constexpr std::size_t kSide = 32;
  to->resize(n * n);
  for (std::size_t a = 0; a < n; a += kSide) {
    for (std::size_t b = 0; b < n; b += kSide) {
      for (std::size_t i = a; i < std::min(n, a + kSide); ++i) {
        for (std::size_t j = b; j < std::min(n, b + kSide); ++j) (*to)[j * n + i] = from[i * n + j];
      }
    }
  }
}

}  // namespace

std::vector<int> Best(const float* scores, std::size_t size, std::size_t keep) {
  // Most are told to be too small by a rough count; only the rest is sorted.
  constexpr std::size_t kSteps = 1024;
  constexpr float kStepsAUnit = 64.0f;
  std::vector<std::uint16_t> step(size);
  std::vector<std::uint32_t> held(kSteps, 0);
  for (std::size_t i = 0; i < size; ++i) {
    const float cost = -scores[i] * kStepsAUnit;
    step[i] = static_cast<std::uint16_t>(std::min(std::max(cost, 0.0f), kSteps - 1.0f));
    ++held[step[i]];
  }
  std::size_t last = 0, found = held[0];
  while (found < keep && last + 1 < kSteps) found += held[++last];
  // Positive floats have the order of their bits: score and number in one integer are compared at once.
  std::vector<std::uint64_t> order(size);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const float cost = std::max(0.0f, -scores[i]);
    std::uint32_t bits;
    std::memcpy(&bits, &cost, sizeof bits);
    order[taken] = static_cast<std::uint64_t>(bits) << 32 | i;
    taken += step[i] <= last;
  }
  std::sort(order.begin(), order.begin() + taken);
  return {order.begin(), order.begin() + std::min(keep, taken)};  // the lower half of each is its number
}

Pairs Decoder::Listed(std::size_t model, std::size_t symbols, int threads) const {
  if (model >= scorer_.size() || symbols > symbols_.size()) throw std::invalid_argument("no such model or symbols");
  if (symbols > 65536) throw std::invalid_argument("models of more than 65,536 symbols cannot be read; train them on fewer");
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

void Decoder::Know(std::vector<std::shared_ptr<Pairs>> pairs) {
  if (pairs.size() != scorer_.size()) throw std::invalid_argument("pairs of each model are needed");
  for (const auto& each : pairs) {
    if (!each) throw std::invalid_argument("pairs of each model are needed");
    const Pairs& some = *each;
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

int Decoder::Slot(int symbol) const {
  if (symbol < 0 || symbol >= static_cast<int>(slot_.size()) || slot_[symbol] < 0) {
    throw std::invalid_argument("symbol " + std::to_string(symbol) + " is not admitted: the document does not show it");
  }
  return slot_[symbol];
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
  Transpose(bigram_, n, &column_);
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
    const Pairs& pairs = *pairs_[m];
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
  successors_[a] = Best(row, candidates_.size(), width);
}

}  // namespace buque::infill

// What the bigram tables of a document promise of the rest of a lattice.

#include <algorithm>
#include <numeric>

#include "decoder.h"

namespace buque::infill {

namespace {

/// best[i] = max(best[i], scores[i] + more)
__attribute__((target_clones("avx2", "default")))
void Raise(const float* __restrict scores, float more, std::size_t n, float* __restrict best) {
  for (std::size_t i = 0; i < n; ++i) {
    const float score = scores[i] + more;
    best[i] = score > best[i] ? score : best[i];
  }
}

}  // namespace

Decoder::Ahead Decoder::LookAhead(const std::vector<Element>& lattice, const Effort& effort) const {
  const std::size_t n = contexts_.size();
  const int length = static_cast<int>(lattice.size());
  Ahead ahead{std::vector<std::vector<float>>(length + 1), std::vector<std::vector<std::vector<float>>>(length)};
  ahead.after[length].resize(n);
  for (std::size_t c = 0; c < n; ++c) ahead.after[length][c] = bigram_[c * n + slot_[end_]];
  for (int i = length - 1; i >= 0; --i) {
    const Element& element = lattice[i];
    const std::vector<float>& next = ahead.after[i + 1];
    std::vector<float>& here = ahead.after[i];
    if (!element.hole) {
      here.assign(n, kNegInf);
      const int s = Slot(element.symbol);
      if (i > 0 && !lattice[i - 1].hole) {  // one symbol only can stand before it
        const int c = Slot(lattice[i - 1].symbol);
        here[c] = bigram_[c * n + s] + next[s];
      } else {
        for (std::size_t c = 0; c < n; ++c) here[c] = column_[s * n + c] + next[s];
      }
      continue;
    }
    std::vector<std::vector<float>>& more = ahead.more[i];
    more.push_back(next);
    while (static_cast<int>(more.size()) <= std::min(element.most, effort.growth + element.least)) {
      more.push_back(Grow(Witnessed(more.back(), element, Cells(element) - static_cast<int>(more.size())), effort));
    }
    here = Remaining(element, more, 0);
  }
  return ahead;
}

std::vector<float> Decoder::Remaining(const Element& element, const std::vector<std::vector<float>>& more, int placed) const {
  std::vector<float> best(contexts_.size(), kNegInf);
  const int last = std::min(element.most - placed, static_cast<int>(more.size()) - 1);
  for (int r = std::max(0, element.least - placed); r <= last; ++r) {
    const float length_score = element.Length(placed + r);
    Raise(more[r].data(), length_score, best.size(), best.data());
  }
  return best;
}

std::vector<float> Decoder::Witnessed(const std::vector<float>& scores, const Element& element, int k) const {
  std::vector<float> out = scores;
  if (const float* witness = element.Witness(k, candidates_.size())) {
    for (std::size_t b = 0; b < candidates_.size(); ++b) out[b] += witness[b];
  }
  return out;
}

std::vector<float> Decoder::Grow(const std::vector<float>& from, const Effort& effort) const {
  const std::size_t n = contexts_.size();
  std::vector<float> to(n, kNegInf);
  for (std::size_t c = 0; c < n; ++c) {
    const float* row = &bigram_[c * n];
    const std::size_t some = std::min<std::size_t>(successors_[c].size(), effort.successors);
    for (std::size_t k = 0; k < some; ++k) to[c] = std::max(to[c], row[successors_[c][k]] + from[successors_[c][k]]);
  }
  for (const int b : Reachable(from)) Raise(&column_[b * n], from[b], n, to.data());
  return to;
}

std::vector<int> Decoder::Reachable(const std::vector<float>& from) const {
  std::vector<int> order(candidates_.size());
  std::iota(order.begin(), order.end(), 0);
  const std::size_t keep = std::min<std::size_t>(reach_, order.size());
  if (keep < order.size()) {
    std::nth_element(order.begin(), order.begin() + keep, order.end(),
                     [&](int x, int y) { return unigram_[x] + from[x] > unigram_[y] + from[y]; });
    order.resize(keep);
  }
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace buque::infill

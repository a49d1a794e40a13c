// Noisy-channel search over a lattice of fixed symbols and holes.
//
// Two coarse-to-fine passes. The coarse one runs from the right over bigrams and yields, for every position and every
// last symbol, the best score with which the rest of the lattice can still be reached: the look-ahead. The fine one is
// a beam over the mixture of models and cache (scoring.h). Scores are log10 probabilities throughout.
//
// The slow exact reference of this search is tests/oracle.py.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "scoring.h"

namespace py = pybind11;

namespace {

using buque::Context;
using buque::Scorer;

constexpr float kNegInf = -1e30f;
constexpr float kMargin = 6.0f;  // hypotheses this far (log10) behind the best one are dropped
constexpr float kBigramSlack = 3.0f;  // as far as the models may lift what bigrams say of a symbol
constexpr int kSpan = 6;  // a symbol is seen by the n-grams of itself and the five after it

/// How much is tried.
struct Effort {
  int beam;        // hypotheses kept at each place
  int width;       // successors of a symbol that are tried, at most as many as `Admit` keeps
  int extensions;  // symbols the models are asked about, for each hypothesis kept
  int growth;      // symbols of a hole beyond its least number that the look-ahead counts; a longer run gains little more
  int successors;  // the same as `width` in the look-ahead
};

/// One element of the lattice: a fixed symbol (hole == false) or a hole of `least` to `most` symbols.
struct Element {
  int symbol = -1;
  bool hole = false;
  int least = 0, most = 0;
  std::vector<float> length_score;  // index: number of symbols put in; empty means flat
  std::vector<float> line_score;    // on a line end: index: symbols put in since the last line end; empty: no line end
  std::vector<float> witness;       // [cell][candidate]: what another model says of the symbols put in; empty: nothing

  float Length(int k) const { return k < static_cast<int>(length_score.size()) ? length_score[k] : 0.0f; }

  /// What the witness says of the candidates in cell `k`, or nullptr.
  const float* Witness(int k, std::size_t candidates) const {
    return k >= 0 && (k + 1) * candidates <= witness.size() ? &witness[k * candidates] : nullptr;
  }
};

struct Hypothesis {
  Context context;
  float score;
  float rank;
  int node;
  int last;
  int in_line;
};

struct Node {
  int previous;
  int symbol;
  int element;  // lattice element that emitted the symbol
};

/// best[i] = max(best[i], scores[i] + more)
__attribute__((target_clones("avx2", "default")))
void Raise(const float* __restrict scores, float more, std::size_t n, float* __restrict best) {
  for (std::size_t i = 0; i < n; ++i) {
    const float score = scores[i] + more;
    best[i] = score > best[i] ? score : best[i];
  }
}

using Reading = std::pair<float, std::vector<std::pair<int, int>>>;

class Decoder {
 public:
  Decoder(const std::vector<std::string>& paths, const std::vector<std::string>& symbols)
      : symbols_(symbols), scorer_(paths, symbols) {
    begin_ = Find("<s>");
    end_ = Find("</s>");
  }

  std::size_t size() const { return symbols_.size(); }

  /// log10 P(symbol) per position of a whole sequence for each model, and the weight bucket it is mixed in:
  /// shape [models + 1][n + 1], the last position is </s>.
  std::vector<std::vector<float>> Score(const std::vector<int>& sequence) const {
    std::vector<std::vector<float>> out(scorer_.size() + 1);
    Context from, to;
    scorer_.Begin(&from);
    to = from;
    for (std::size_t i = 0; i <= sequence.size(); ++i) {
      const int symbol = i < sequence.size() ? sequence[i] : end_;
      for (std::size_t m = 0; m < scorer_.size(); ++m) out[m].push_back(scorer_.One(m, from.state[m], symbol, &to.state[m]));
      out.back().push_back(static_cast<float>(scorer_.Bucket(from)));
      from = to;
    }
    return out;
  }

  /// log10 P of the admitted pair "a b" under bigrams: how usual is it that one follows the other at once?
  float Bigram(int a, int b) const { return bigram_[slot_[a] * contexts_.size() + slot_[b]]; }

  /// For each wanted hole of a finished reading its likeliest fillings when all the rest stays as it was read.
  ///
  /// Returns per hole up to `best` pairs (symbols, log10 score over the n-grams of both sides), best first. `cells`
  /// holds for every element its first position in the sequence and the position behind its last.
  std::vector<std::vector<std::pair<std::vector<int>, float>>> Fillings(
      const std::vector<Element>& lattice, const std::vector<int>& sequence,
      const std::vector<std::pair<int, int>>& cells, const std::vector<int>& wanted,
      const Effort& effort, int best) const {
    py::gil_scoped_release release;
    const std::size_t n = contexts_.size();
    const int length = static_cast<int>(sequence.size());
    std::vector<Context> prefix(length + 1);
    scorer_.Begin(&prefix[0]);
    for (int i = 0; i < length; ++i) scorer_.Step(prefix[i], sequence[i], &prefix[i + 1]);
    std::vector<std::vector<std::pair<std::vector<int>, float>>> out;
    for (const int e : wanted) {
      const Element& element = lattice[e];
      const auto [from, behind] = cells[e];
      const int next = behind < length ? slot_[sequence[behind]] : slot_[end_];
      std::vector<std::vector<float>> more(1, std::vector<float>(&column_[next * n], &column_[next * n] + n));
      while (static_cast<int>(more.size()) <= std::min(element.most, element.least + 1)) {
        more.push_back(Grow(Witnessed(more.back(), element, Cells(element) - static_cast<int>(more.size())), effort));
      }
      std::vector<Node> nodes;
      std::vector<Hypothesis> growing(1), fresh, done;
      growing[0].context = prefix[from];
      growing[0].score = growing[0].rank = 0;
      growing[0].node = -1;
      growing[0].last = from ? slot_[sequence[from - 1]] : slot_[begin_];
      growing[0].in_line = 0;
      const Hypothesis start = growing[0];
      auto finish = [&](Hypothesis h, int k) {
        h.score += element.Length(k);
        Context now = h.context, then;
        for (int at = behind; at < behind + kSpan && at <= length; ++at) {
          h.score += scorer_.Step(now, at < length ? sequence[at] : end_, &then);
          now = then;
        }
        h.rank = h.score;
        done.push_back(h);
      };
      if (element.least == 0) finish(growing[0], 0);
      for (int k = 1; k <= element.most && !growing.empty(); ++k) {
        Expand(growing, e, element, k - 1, Remaining(element, more, std::min(k, element.most)), effort, kNegInf, false, &nodes, &fresh);
        if (k >= element.least) {
          for (const Hypothesis& h : fresh) finish(h, k);
        }
        growing.swap(fresh);
        // A longer filling is worth trying as long as its beginning alone is within reach of the best one.
        float top = kNegInf;
        for (const Hypothesis& h : done) top = std::max(top, h.score);
        growing.erase(std::remove_if(growing.begin(), growing.end(), [&](const Hypothesis& h) { return h.score < top - kMargin; }),
                      growing.end());
      }
      // The filling that was read is weighed too, even where this narrow search would have lost it.
      Hypothesis standing = start;
      for (int at = from; at < behind; ++at) {
        Context then;
        standing.score += scorer_.Step(standing.context, sequence[at], &then);
        const float* const witness = element.Witness(at - from, candidates_.size());
        if (witness && slot_[sequence[at]] < static_cast<int>(candidates_.size())) standing.score += witness[slot_[sequence[at]]];
        standing.context = then;
        nodes.push_back({standing.node, sequence[at], e});
        standing.node = static_cast<int>(nodes.size()) - 1;
      }
      finish(standing, behind - from);
      Sort(&done);
      std::vector<std::pair<std::vector<int>, float>> fillings;
      for (const Hypothesis& h : done) {
        if (static_cast<int>(fillings.size()) >= best) break;
        std::vector<int> symbols;
        for (int node = h.node; node >= 0; node = nodes[node].previous) symbols.push_back(nodes[node].symbol);
        std::reverse(symbols.begin(), symbols.end());
        const bool known = std::any_of(fillings.begin(), fillings.end(), [&](const auto& f) { return f.first == symbols; });
        if (!known) fillings.push_back({std::move(symbols), h.score});
      }
      out.push_back(std::move(fillings));
    }
    return out;
  }

  Scorer& scorer() { return scorer_; }

  /// The admissible symbols and the coarse bigram tables of a document.
  ///
  /// After a context, a hole tries up to `width` likeliest successors and, at each place, the `reach` symbols from which
  /// the rest is reached best if they are merely backed off to; together they miss next to nothing.
  void Admit(const std::vector<int>& admissible, const std::vector<int>& seen, int width, int reach, int threads) {
    py::gil_scoped_release release;
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
    bigram_.assign(n * n, kNegInf);
    successors_.assign(n, {});
    auto fill_row = [&](std::size_t a) {
      Context context, out;
      if (contexts_[a] == begin_) {
        scorer_.Begin(&context);
      } else {
        scorer_.After(contexts_[a], &context);
      }
      const Scorer::Prepared before = scorer_.Prepare(context);
      for (std::size_t b = 0; b < n; ++b) {
        if (contexts_[b] != begin_) bigram_[a * n + b] = scorer_.Step(before, contexts_[b], &out);
      }
      std::vector<int> order(candidates_.size());
      for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<int>(k);
      const std::size_t keep = std::min<std::size_t>(width, order.size());
      const float* row = &bigram_[a * n];
      std::partial_sort(order.begin(), order.begin() + keep, order.end(), [&](int x, int y) { return row[x] > row[y]; });
      order.resize(keep);
      successors_[a] = std::move(order);
    };
    std::vector<std::thread> workers;
    for (int t = 0; t < std::max(1, threads); ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t a = t; a < n; a += std::max(1, threads)) fill_row(a);
      });
    }
    for (auto& worker : workers) worker.join();
    column_.resize(n * n);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) column_[b * n + a] = bigram_[a * n + b];
    }
    unigram_.assign(candidates_.size(), 0.0f);
    for (std::size_t b = 0; b < candidates_.size(); ++b) unigram_[b] = bigram_[slot_[end_] * n + b];
  }

  /// Best readings of the lattice: score and pairs (symbol, element), best first.
  std::vector<Reading> Decode(const std::vector<Element>& lattice, const Effort& effort, int best) const {
    const int beam = effort.beam;
    py::gil_scoped_release release;
    const int length = static_cast<int>(lattice.size());
    const Ahead ahead = LookAhead(lattice, effort);
    // Symbols put in are counted only where the next line end asks for their number: where nobody does, readings that
    // differ in it alone are the same to all that follows.
    std::vector<char> counted(length, 0);
    for (int i = length - 1; i >= 0; --i) {
      counted[i] = !lattice[i].line_score.empty() ? lattice[i].line_score.size() > 1 : i + 1 < length && counted[i + 1];
    }
    std::vector<Node> nodes;
    std::vector<Hypothesis> current(1), fresh, leaving;
    scorer_.Begin(&current[0].context);
    current[0].score = current[0].rank = 0;
    current[0].node = -1;
    current[0].last = slot_[begin_];
    current[0].in_line = 0;
    for (int i = 0; i < length; ++i) {
      const Element& element = lattice[i];
      if (!element.hole) {
        fresh.clear();
        const int s = slot_[element.symbol];
        for (const Hypothesis& h : current) {
          Hypothesis out;
          out.score = h.score + scorer_.Step(h.context, element.symbol, &out.context);
          out.rank = out.score + ahead.after[i + 1][s];
          out.last = s;
          out.in_line = h.in_line;
          nodes.push_back({h.node, element.symbol, i});
          out.node = static_cast<int>(nodes.size()) - 1;
          fresh.push_back(out);
        }
        EndLine(element, &fresh);
        Prune(&fresh, beam);
        current.swap(fresh);
        continue;
      }
      leaving.clear();
      float floor = kNegInf;  // rank that a reading of this hole must reach to be worth growing
      if (element.least == 0) {
        leaving = current;
        for (Hypothesis& h : leaving) {
          h.score += element.Length(0);
          h.rank = h.score + ahead.after[i + 1][h.last];
          floor = std::max(floor, h.rank - kMargin);
        }
      }
      std::vector<Hypothesis> growing = current;
      for (int k = 1; k <= element.most && !growing.empty(); ++k) {
        Expand(growing, i, element, k - 1, Remaining(element, ahead.more[i], k), effort, floor, counted[i], &nodes, &fresh);
        if (k >= element.least) {
          for (const Hypothesis& h : fresh) {
            leaving.push_back(h);
            leaving.back().score += element.Length(k);
            leaving.back().rank = leaving.back().score + ahead.after[i + 1][h.last];
            floor = std::max(floor, leaving.back().rank - kMargin);
          }
        }
        growing.swap(fresh);
      }
      EndLine(element, &leaving);
      Prune(&leaving, beam);
      current.swap(leaving);
    }
    for (Hypothesis& h : current) {
      Context out;
      h.score += scorer_.Step(h.context, end_, &out);
      h.rank = h.score;
    }
    Sort(&current);
    std::vector<Reading> out;
    for (const Hypothesis& h : current) {
      if (static_cast<int>(out.size()) >= best) break;
      std::vector<std::pair<int, int>> path;
      for (int node = h.node; node >= 0; node = nodes[node].previous) path.push_back({nodes[node].symbol, nodes[node].element});
      std::reverse(path.begin(), path.end());
      out.push_back({h.score, std::move(path)});
    }
    return out;
  }

 private:
  /// Best bigram scores of the rest of a lattice, by the slot of the last symbol before it.
  struct Ahead {
    std::vector<std::vector<float>> after;              // [i]: elements i.. to the end
    std::vector<std::vector<std::vector<float>>> more;  // [i][r]: r more symbols of the hole i, then elements i + 1..
  };

  Ahead LookAhead(const std::vector<Element>& lattice, const Effort& effort) const {
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
        const int s = slot_[element.symbol];
        if (i > 0 && !lattice[i - 1].hole) {  // one symbol only can stand before it
          const int c = slot_[lattice[i - 1].symbol];
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

  /// The look-ahead of a hole in which `placed` symbols stand already: the best over the lengths still open to it.
  std::vector<float> Remaining(const Element& element, const std::vector<std::vector<float>>& more, int placed) const {
    std::vector<float> best(contexts_.size(), kNegInf);
    const int last = std::min(element.most - placed, static_cast<int>(more.size()) - 1);
    for (int r = std::max(0, element.least - placed); r <= last; ++r) {
      const float length_score = element.Length(placed + r);
      Raise(more[r].data(), length_score, best.size(), best.data());
    }
    return best;
  }

  /// Cells of a hole that a witness speaks of.
  int Cells(const Element& element) const {
    return candidates_.empty() ? 0 : static_cast<int>(element.witness.size() / candidates_.size());
  }

  /// Scores of the candidates and what follows them, with the witness of cell `k` where there is one.
  std::vector<float> Witnessed(const std::vector<float>& scores, const Element& element, int k) const {
    std::vector<float> out = scores;
    if (const float* witness = element.Witness(k, candidates_.size())) {
      for (std::size_t b = 0; b < candidates_.size(); ++b) out[b] += witness[b];
    }
    return out;
  }

  /// One more symbol of a hole: for each last symbol the best over the candidates put behind it.
  std::vector<float> Grow(const std::vector<float>& from, const Effort& effort) const {
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

  /// The candidates that lead on best after a context that knows nothing of them, in order of slots.
  std::vector<int> Reachable(const std::vector<float>& from) const {
    std::vector<int> order(candidates_.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<int>(k);
    const std::size_t keep = std::min<std::size_t>(reach_, order.size());
    if (keep < order.size()) {
      std::nth_element(order.begin(), order.begin() + keep, order.end(),
                       [&](int x, int y) { return unigram_[x] + from[x] > unigram_[y] + from[y]; });
      order.resize(keep);
    }
    std::sort(order.begin(), order.end());
    return order;
  }

  int Find(const std::string& symbol) const {
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      if (symbols_[i] == symbol) return static_cast<int>(i);
    }
    throw std::invalid_argument("the symbol table lacks " + symbol);
  }

  static void EndLine(const Element& element, std::vector<Hypothesis>* hypotheses) {
    if (element.line_score.empty()) return;
    for (Hypothesis& h : *hypotheses) {
      const int at = std::min<int>(h.in_line, static_cast<int>(element.line_score.size()) - 1);
      h.score += element.line_score[at];
      h.rank += element.line_score[at];
      h.in_line = 0;
    }
  }

  static void Sort(std::vector<Hypothesis>* hypotheses) {
    std::stable_sort(hypotheses->begin(), hypotheses->end(), [](const auto& a, const auto& b) { return a.rank > b.rank; });
  }

  void Prune(std::vector<Hypothesis>* hypotheses, int beam) const {
    float top = kNegInf;
    for (const Hypothesis& h : *hypotheses) top = std::max(top, h.rank);
    std::vector<std::pair<float, int>> order;  // a heap: few of many are taken off it, the best first
    order.reserve(hypotheses->size());
    for (std::size_t i = 0; i < hypotheses->size(); ++i) {
      const float rank = (*hypotheses)[i].rank;
      if (rank >= top - kMargin) order.push_back({rank, -static_cast<int>(i)});
    }
    std::make_heap(order.begin(), order.end());
    std::unordered_set<std::uint64_t> known;
    std::vector<Hypothesis> kept;
    while (!order.empty() && static_cast<int>(kept.size()) < beam) {
      const Hypothesis& h = (*hypotheses)[-order.front().second];
      if (known.insert(scorer_.Key(h.context, h.in_line)).second) kept.push_back(h);
      std::pop_heap(order.begin(), order.end());
      order.pop_back();
    }
    hypotheses->swap(kept);
  }

  /// The hypotheses with one more symbol, the one in `cell` of a hole; `behind` is the look-ahead from there.
  void Expand(const std::vector<Hypothesis>& from, int index, const Element& element, int cell, const std::vector<float>& behind,
              const Effort& effort, float floor, bool counted, std::vector<Node>* nodes, std::vector<Hypothesis>* out) const {
    const float* const witness = element.Witness(cell, candidates_.size());
    std::vector<float> witnessed;  // a copy only where there is one: this is called for every cell
    if (witness) witnessed = Witnessed(behind, element, cell);
    const std::vector<float>& ahead = witness ? witnessed : behind;
    // Bigram scores and the look-ahead choose which extensions the models are asked about at all.
    struct Extension {
      float rank;
      int parent, candidate;
    };
    const std::size_t n = contexts_.size();
    // What may follow depends on the last symbol only: it is sought once for all hypotheses that end alike.
    struct Ending {
      int last;
      float score;  // of the best hypothesis that ends so
      std::vector<std::pair<float, int>> followers;
    };
    const std::vector<int> reachable = Reachable(ahead);
    std::vector<Ending> endings;
    std::vector<int> ending(n, -1);
    for (const Hypothesis& h : from) {
      if (ending[h.last] < 0) {
        ending[h.last] = static_cast<int>(endings.size());
        endings.push_back({h.last, h.score, {}});
      }
      Ending& mine = endings[ending[h.last]];
      mine.score = std::max(mine.score, h.score);
    }
    float top = kNegInf;
    for (const Ending& e : endings) {
      const float* row = &bigram_[e.last * n];
      float best = kNegInf;
      const std::size_t some = std::min<std::size_t>(successors_[e.last].size(), effort.width);
      for (std::size_t k = 0; k < some; ++k) best = std::max(best, row[successors_[e.last][k]] + ahead[successors_[e.last][k]]);
      for (const int b : reachable) best = std::max(best, row[b] + ahead[b]);
      top = std::max(top, e.score + best);
    }
    const float least = std::max(floor, top - kMargin) - kBigramSlack;
    for (Ending& e : endings) {
      const float* row = &bigram_[e.last * n];
      const float enough = least - e.score;
      const std::size_t some = std::min<std::size_t>(successors_[e.last].size(), effort.width);
      for (std::size_t k = 0; k < some; ++k) {
        const int b = successors_[e.last][k];
        if (row[b] + ahead[b] > enough) e.followers.push_back({row[b] + ahead[b], b});
      }
      for (const int b : reachable) {
        if (row[b] + ahead[b] > enough) e.followers.push_back({row[b] + ahead[b], b});
      }
      std::sort(e.followers.begin(), e.followers.end(), std::greater<>());
      e.followers.erase(std::unique(e.followers.begin(), e.followers.end()), e.followers.end());
    }
    std::vector<Extension> extensions;
    for (int p = 0; p < static_cast<int>(from.size()); ++p) {
      for (const auto& [rank, b] : endings[ending[from[p].last]].followers) {
        if (from[p].score + rank <= least) break;
        extensions.push_back({from[p].score + rank, p, b});
      }
    }
    const std::size_t keep = std::min<std::size_t>(extensions.size(), static_cast<std::size_t>(effort.beam) * effort.extensions);
    auto better = [](const Extension& a, const Extension& b) {
      return a.rank != b.rank ? a.rank > b.rank : a.parent != b.parent ? a.parent < b.parent : a.candidate < b.candidate;
    };
    if (keep < extensions.size()) std::nth_element(extensions.begin(), extensions.begin() + keep, extensions.end(), better);
    extensions.resize(keep);
    std::sort(extensions.begin(), extensions.end(),
              [](const auto& a, const auto& b) { return a.parent != b.parent ? a.parent < b.parent : a.candidate < b.candidate; });
    std::vector<Hypothesis> scored;
    scored.reserve(keep);
    Scorer::Prepared before;
    int prepared = -1;
    for (const Extension& e : extensions) {
      const Hypothesis& h = from[e.parent];
      if (prepared != e.parent) {
        before = scorer_.Prepare(h.context);
        prepared = e.parent;
      }
      Hypothesis next;
      next.score = h.score + scorer_.Step(before, candidates_[e.candidate], &next.context);
      if (witness) next.score += witness[e.candidate];
      next.rank = next.score + behind[e.candidate];
      next.last = e.candidate;
      next.in_line = counted ? h.in_line + 1 : 0;
      next.node = e.parent;
      if (next.rank > floor) scored.push_back(next);
    }
    Prune(&scored, effort.beam);
    for (Hypothesis& h : scored) {
      nodes->push_back({from[h.node].node, candidates_[h.last], index});
      h.node = static_cast<int>(nodes->size()) - 1;
    }
    out->swap(scored);
  }

  std::vector<std::string> symbols_;
  Scorer scorer_;
  std::vector<int> candidates_, contexts_, slot_;
  std::vector<float> bigram_, column_, unigram_;  // [context][symbol], the same by column, [candidate]
  std::vector<std::vector<int>> successors_;
  int reach_ = 0;
  int begin_ = -1, end_ = -1;
};

}  // namespace


PYBIND11_MODULE(_native, module) {
  py::class_<Element>(module, "Element")
      .def(py::init([](int symbol, bool hole, int least, int most, std::vector<float> length_score,
                       std::vector<float> line_score, const py::array_t<float, py::array::c_style | py::array::forcecast>& witness) {
             return Element{symbol, hole, least, most, std::move(length_score), std::move(line_score),
                            std::vector<float>(witness.data(), witness.data() + witness.size())};
           }),
           py::arg("symbol") = -1, py::arg("hole") = false, py::arg("least") = 0, py::arg("most") = 0,
           py::arg("length_score") = std::vector<float>(), py::arg("line_score") = std::vector<float>(),
           py::arg("witness") = py::array_t<float>(0));
  py::class_<Effort>(module, "Effort")
      .def(py::init([](int beam, int width, int extensions, int growth, int successors) {
             return Effort{beam, width, extensions, growth, successors};
           }),
           py::arg("beam"), py::arg("width"), py::arg("extensions"), py::arg("growth"), py::arg("successors"));
  py::class_<Decoder>(module, "Decoder")
      .def(py::init<const std::vector<std::string>&, const std::vector<std::string>&>())
      .def("score", &Decoder::Score)
      .def("bigram", &Decoder::Bigram)
      .def("fillings", &Decoder::Fillings)
      .def("weights", [](Decoder& self, const std::vector<std::vector<float>>& rows) { self.scorer().Weights(rows); })
      .def_property_readonly("buckets", [](Decoder& self) { return self.scorer().Buckets(); })
      .def("remember", [](Decoder& self, const std::vector<int>& sequence, const std::vector<float>& weights,
                          bool discount) { self.scorer().cache().Add(sequence, weights, discount); })
      .def("forget", [](Decoder& self) { self.scorer().cache().Clear(); })
      .def("strengths", [](Decoder& self, const std::vector<float>& strengths, const std::vector<float>& most) { self.scorer().cache().Strengths(strengths, most); })
      .def("admit", &Decoder::Admit)
      .def("decode", &Decoder::Decode)
      .def("__len__", &Decoder::size);
}

// Noisy-channel search over a lattice of fixed symbols and holes.
//
// Two coarse-to-fine passes. The coarse one runs from the right over bigrams and yields, for every position and every
// last symbol, the best score with which the rest of the lattice can still be reached: the look-ahead. The fine one is
// a beam over a linear interpolation of KenLM models. Scores are log10 probabilities throughout.
//
// The slow exact reference of this search is tests/oracle.py.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lm/model.hh"
#include "util/murmur_hash.hh"

namespace py = pybind11;
using lm::ngram::State;

namespace {

constexpr int kMaxModels = 3;
constexpr float kNegInf = -1e30f;

/// One element of the lattice: a fixed symbol (hole == false) or a hole of `least` to `most` symbols.
struct Element {
  int symbol = -1;
  bool hole = false;
  int least = 0, most = 0;
  std::vector<float> length_score;  // index: number of symbols put in; empty means flat
  std::vector<float> line_score;    // on a line end: index: symbols put in since the last line end; empty: no line end
};

struct Hypothesis {
  State state[kMaxModels];
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

class Decoder {
 public:
  Decoder(const std::vector<std::string>& paths, const std::vector<std::string>& symbols) : symbols_(symbols) {
    if (paths.empty() || paths.size() > kMaxModels) throw std::invalid_argument("one to three models are needed");
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
    begin_ = Find("<s>");
    end_ = Find("</s>");
  }

  std::size_t size() const { return symbols_.size(); }

  /// log10 P(symbol) per position of a whole sequence, for each model: shape [models][n + 1], the last one is </s>.
  std::vector<std::vector<float>> Score(const std::vector<int>& sequence) const {
    std::vector<std::vector<float>> out(models_.size());
    for (std::size_t m = 0; m < models_.size(); ++m) {
      State a, b;
      models_[m]->BeginSentenceWrite(&a);
      for (std::size_t i = 0; i <= sequence.size(); ++i) {
        const int symbol = i < sequence.size() ? sequence[i] : end_;
        out[m].push_back(One(m, a, symbol, &b));
        a = b;
      }
    }
    return out;
  }

  /// For each cell of a finished reading the `width` admissible symbols that suit it best when all other cells stay as
  /// they are, with log10 scores over the n-grams of both sides; the symbol that stands there is always among them.
  std::vector<std::vector<std::pair<int, float>>> Alternatives(const std::vector<int>& sequence,
                                                               const std::vector<int>& cells, int width) const {
    py::gil_scoped_release release;
    const std::size_t n = contexts_.size();
    const int length = static_cast<int>(sequence.size());
    std::vector<Hypothesis> prefix(length + 1);
    Begin(&prefix[0]);
    for (int i = 0; i < length; ++i) Step(prefix[i], sequence[i], weights_, &prefix[i + 1]);
    std::vector<std::vector<std::pair<int, float>>> out;
    for (const int at : cells) {
      const int left = at ? slot_[sequence[at - 1]] : slot_[begin_];
      const int right = at + 1 < length ? slot_[sequence[at + 1]] : slot_[end_];
      std::vector<int> shortlist(candidates_.size());
      for (std::size_t k = 0; k < shortlist.size(); ++k) shortlist[k] = static_cast<int>(k);
      auto coarse = [&](int c) { return bigram_[left * n + c] + bigram_[c * n + right]; };
      const std::size_t keep = std::min<std::size_t>(width, shortlist.size());
      std::partial_sort(shortlist.begin(), shortlist.begin() + keep, shortlist.end(),
                        [&](int x, int y) { return coarse(x) > coarse(y); });
      shortlist.resize(keep);
      const int standing = slot_[sequence[at]];
      if (std::find(shortlist.begin(), shortlist.end(), standing) == shortlist.end()) shortlist.push_back(standing);
      std::vector<std::pair<int, float>> scored;
      for (const int c : shortlist) {
        Hypothesis now, next;
        float total = Step(prefix[at], contexts_[c], weights_, &now);
        for (int k = at + 1; k < at + kSpan && k <= length; ++k) {
          total += Step(now, k < length ? sequence[k] : end_, weights_, &next);
          now = next;
        }
        scored.push_back({contexts_[c], total});
      }
      std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
      });
      out.push_back(std::move(scored));
    }
    return out;
  }

  void Weights(const std::vector<float>& weights) {
    if (weights.size() != models_.size()) throw std::invalid_argument("one weight a model");
    weights_ = weights;
  }

  /// The admissible symbols and the coarse bigram tables of a document: `width` successors are kept for each context.
  void Admit(const std::vector<int>& admissible, const std::vector<int>& seen, int width, int threads) {
    py::gil_scoped_release release;
    candidates_ = admissible;
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
      Hypothesis context;
      for (std::size_t m = 0; m < models_.size(); ++m) {
        if (contexts_[a] == begin_) {
          models_[m]->BeginSentenceWrite(&context.state[m]);
        } else {
          State null;
          models_[m]->NullContextWrite(&null);
          models_[m]->BaseScore(&null, words_[m][contexts_[a]], &context.state[m]);
        }
      }
      Hypothesis out;
      for (std::size_t b = 0; b < n; ++b) {
        if (contexts_[b] == begin_) continue;
        bigram_[a * n + b] = Step(context, contexts_[b], weights_, &out);
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
  }

  /// Best reading of the lattice: pairs (symbol, element), its score, and up to `best` further readings.
  std::vector<std::pair<float, std::vector<std::pair<int, int>>>> Decode(const std::vector<Element>& lattice, int beam,
                                                                        int best, float bonus) const {
    py::gil_scoped_release release;
    const std::size_t n = contexts_.size();
    const int length = static_cast<int>(lattice.size());
    // ahead[i][c]: best bigram score of elements i.. to the end when the last symbol before them is c.
    std::vector<std::vector<float>> ahead(length + 1, std::vector<float>(n));
    for (std::size_t c = 0; c < n; ++c) ahead[length][c] = bigram_[c * n + slot_[end_]];
    // inside[i][c]: the same while element i, a hole, may still grow.
    std::vector<std::vector<float>> inside(length);
    for (int i = length - 1; i >= 0; --i) {
      const Element& element = lattice[i];
      const std::vector<float>& next = ahead[i + 1];
      if (!element.hole) {
        const int s = slot_[element.symbol];
        for (std::size_t c = 0; c < n; ++c) ahead[i][c] = bigram_[c * n + s] + next[s];
        continue;
      }
      auto grow = [&](const std::vector<float>& from) {
        std::vector<float> to(n, kNegInf);
        for (std::size_t c = 0; c < n; ++c) {
          const float* row = &bigram_[c * n];
          float top = kNegInf;
          for (int b : successors_[c]) top = std::max(top, row[b] + from[b] + bonus);
          to[c] = top;
        }
        return to;
      };
      std::vector<float> value = next;
      std::vector<float> any = element.least == 0 ? next : std::vector<float>(n, kNegInf);
      for (int k = 1; k <= std::min(element.most, kLookAheadGrowth + element.least); ++k) {
        value = grow(value);
        if (k >= element.least) {
          for (std::size_t c = 0; c < n; ++c) any[c] = std::max(any[c], value[c]);
        }
      }
      ahead[i] = any;
      if (element.most > 1) {
        inside[i] = next;
        for (std::size_t c = 0; c < n; ++c) inside[i][c] = std::max(next[c], any[c]);
      }
    }

    std::vector<Node> nodes;
    std::vector<Hypothesis> current(1), fresh, leaving;
    Begin(&current[0]);
    current[0].score = 0;
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
          out.score = h.score + Step(h, element.symbol, weights_, &out);
          out.rank = out.score + ahead[i + 1][s];
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
      if (element.least == 0) {
        leaving = current;
        for (Hypothesis& h : leaving) {
          h.score += LengthScore(element, 0);
          h.rank = h.score + ahead[i + 1][h.last];
        }
      }
      std::vector<Hypothesis> growing = current;
      for (int k = 1; k <= element.most && !growing.empty(); ++k) {
        Expand(growing, i, k < element.most && k >= element.least ? inside[i] : ahead[i + 1], beam, bonus, &nodes, &fresh);
        if (k >= element.least) {
          for (const Hypothesis& h : fresh) {
            Hypothesis out = h;
            out.score += LengthScore(element, k);
            out.rank = out.score + ahead[i + 1][h.last];
            leaving.push_back(out);
          }
        }
        growing.swap(fresh);
      }
      EndLine(element, &leaving);
      Prune(&leaving, beam);
      current.swap(leaving);
    }
    for (Hypothesis& h : current) {
      Hypothesis out;
      h.score += Step(h, end_, weights_, &out);
      h.rank = h.score;
    }
    std::stable_sort(current.begin(), current.end(), [](const auto& a, const auto& b) { return a.rank > b.rank; });
    std::vector<std::pair<float, std::vector<std::pair<int, int>>>> out;
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
  static constexpr int kLookAheadGrowth = 4;  // a longer run is hardly ever better under bigrams

  int Find(const std::string& symbol) const {
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      if (symbols_[i] == symbol) return static_cast<int>(i);
    }
    throw std::invalid_argument("the symbol table lacks " + symbol);
  }

  static float LengthScore(const Element& element, int k) {
    return k < static_cast<int>(element.length_score.size()) ? element.length_score[k] : 0.0f;
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

  float One(std::size_t m, const State& from, int symbol, State* to) const {
    const lm::WordIndex word = words_[m][symbol];
    const float score = models_[m]->BaseScore(&from, word, to);
    return word == 0 ? kUnknown : score;
  }

  void Begin(Hypothesis* h) const {
    for (std::size_t m = 0; m < models_.size(); ++m) models_[m]->BeginSentenceWrite(&h->state[m]);
  }

  float Step(const Hypothesis& from, int symbol, const std::vector<float>& weights, Hypothesis* to) const {
    if (models_.size() == 1) return One(0, from.state[0], symbol, &to->state[0]);
    float mixed = 0;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      mixed += weights[m] * std::exp(One(m, from.state[m], symbol, &to->state[m]) * 2.302585093f);
    }
    return std::log10(mixed);
  }

  std::uint64_t Key(const Hypothesis& h) const {
    std::uint64_t key = static_cast<std::uint64_t>(h.in_line);
    for (std::size_t m = 0; m < models_.size(); ++m) key = lm::ngram::hash_value(h.state[m], key);
    return key;
  }

  void Prune(std::vector<Hypothesis>* hypotheses, int beam) const {
    std::stable_sort(hypotheses->begin(), hypotheses->end(), [](const auto& a, const auto& b) { return a.rank > b.rank; });
    std::unordered_set<std::uint64_t> known;
    std::vector<Hypothesis> kept;
    for (const Hypothesis& h : *hypotheses) {
      if (!known.insert(Key(h)).second) continue;
      kept.push_back(h);
      if (static_cast<int>(kept.size()) >= beam) break;
    }
    hypotheses->swap(kept);
  }

  void Expand(const std::vector<Hypothesis>& from, int element, const std::vector<float>& ahead, int beam, float bonus,
              std::vector<Node>* nodes, std::vector<Hypothesis>* out) const {
    // Bigram scores and the look-ahead choose which extensions the n-gram models are asked about at all.
    struct Extension {
      float rank;
      int parent, candidate;
    };
    const std::size_t n = contexts_.size();
    std::vector<Extension> extensions;
    for (int p = 0; p < static_cast<int>(from.size()); ++p) {
      const float* row = &bigram_[from[p].last * n];
      for (int b : successors_[from[p].last]) extensions.push_back({from[p].score + row[b] + ahead[b], p, b});
    }
    const std::size_t keep = std::min<std::size_t>(extensions.size(), static_cast<std::size_t>(beam) * kExtensionsPerBeam);
    std::nth_element(extensions.begin(), extensions.begin() + (keep ? keep - 1 : 0), extensions.end(),
                     [](const auto& a, const auto& b) { return a.rank > b.rank; });
    extensions.resize(keep);
    std::vector<Hypothesis> scored;
    scored.reserve(keep);
    for (const Extension& e : extensions) {
      const Hypothesis& h = from[e.parent];
      Hypothesis next;
      next.score = h.score + Step(h, candidates_[e.candidate], weights_, &next) + bonus;
      next.rank = next.score + ahead[e.candidate];
      next.last = e.candidate;
      next.in_line = h.in_line + 1;
      next.node = e.parent;
      scored.push_back(next);
    }
    Prune(&scored, beam);
    for (Hypothesis& h : scored) {
      nodes->push_back({from[h.node].node, candidates_[h.last], element});
      h.node = static_cast<int>(nodes->size()) - 1;
    }
    out->swap(scored);
  }

  static constexpr int kSpan = 6;  // a symbol is seen by the n-grams of itself and the five after it
  static constexpr float kUnknown = -7.0f;
  static constexpr int kExtensionsPerBeam = 12;

  std::vector<std::string> symbols_;
  std::vector<std::unique_ptr<lm::base::Model>> models_;
  std::vector<std::vector<lm::WordIndex>> words_;
  std::vector<float> weights_{1.0f};
  std::vector<int> candidates_, contexts_, slot_;
  std::vector<float> bigram_;
  std::vector<std::vector<int>> successors_;
  int begin_ = -1, end_ = -1;
};

}  // namespace

PYBIND11_MODULE(_native, module) {
  py::class_<Element>(module, "Element")
      .def(py::init([](int symbol, bool hole, int least, int most, std::vector<float> length_score,
                       std::vector<float> line_score) {
             return Element{symbol, hole, least, most, std::move(length_score), std::move(line_score)};
           }),
           py::arg("symbol") = -1, py::arg("hole") = false, py::arg("least") = 0, py::arg("most") = 0,
           py::arg("length_score") = std::vector<float>(), py::arg("line_score") = std::vector<float>());
  py::class_<Decoder>(module, "Decoder")
      .def(py::init<const std::vector<std::string>&, const std::vector<std::string>&>())
      .def("score", &Decoder::Score)
      .def("alternatives", &Decoder::Alternatives)
      .def("weights", &Decoder::Weights)
      .def("admit", &Decoder::Admit)
      .def("decode", &Decoder::Decode)
      .def("__len__", &Decoder::size);
}

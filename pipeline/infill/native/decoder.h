// Noisy-channel search over a lattice of fixed symbols and holes.
//
// Two coarse-to-fine passes. The coarse one (look_ahead.cc) runs from the right over bigrams and yields, for every
// position and every last symbol, the best score with which the rest of the lattice can still be reached. The fine one
// (beam.cc) is a beam over the mixture of models and cache (scoring.h). A hole alone is weighed by fillings.cc;
// binding.cc tells Python. Scores are log10 probabilities throughout.
//
// The slow exact reference of this search is tests/oracle.py.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scoring.h"

namespace buque::infill {

constexpr float kNegInf = -1e30f;
constexpr float kMargin = 6.0f;  // hypotheses this far (log10) behind the best one are dropped

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
    return k >= 0 && candidates > 0 && (k + 1) * candidates <= witness.size() ? &witness[k * candidates] : nullptr;
  }
};

/// A reading of the beginning of a lattice.
struct Hypothesis {
  Context context;
  float score = 0.0f;
  float rank = 0.0f;  // score with the look-ahead
  int node = -1;      // its last symbol put down, -1: none
  int last = -1;      // slot of its last symbol
  int in_line = 0;    // symbols put in since the last line end, where that is asked for
  bool settled = true;  // whether `context` is known: most hypotheses are dropped before it is needed
};

struct Node {
  int previous;
  int symbol;
  int element;  // lattice element that emitted the symbol
};

using Reading = std::pair<float, std::vector<std::pair<int, int>>>;  // score, pairs (symbol, element)
using Filling = std::pair<std::vector<int>, float>;                  // symbols, score
using Span = std::pair<int, int>;                                    // first position and the one behind the last

/// The pairs of symbols that a model lists, by their first one; the probability of all others is backed off to.
struct Pairs {
  std::vector<std::uint32_t> begins;  // [symbols + 1]: where those of a symbol begin
  std::vector<std::uint16_t> second;
  std::vector<float> score;  // log10 P(second | first)
};

/// The numbers of the `keep` greatest of `size` log probabilities, the greatest first, of equal ones the first.
std::vector<int> Best(const float* scores, std::size_t size, std::size_t keep);

class Decoder {
 public:
  Decoder(const std::vector<std::string>& paths, const std::vector<std::string>& symbols);

  std::size_t size() const { return symbols_.size(); }
  std::size_t Buckets() const { return scorer_.Buckets(); }
  Cache& cache() { return scorer_.cache(); }

  /// One row of the models' weights a bucket of history lengths.
  void Weights(const std::vector<std::vector<float>>& rows);

  /// All pairs that a model lists among the first `symbols` of the table. It is asked about each there is: that takes
  /// seconds.
  Pairs Listed(std::size_t model, std::size_t symbols, int threads) const;

  /// What `Listed` says of each model, from a file: `Admit` needs it. All documents share it.
  void Know(std::vector<std::shared_ptr<Pairs>> pairs);

  /// The admissible symbols and the coarse bigram tables of a document.
  ///
  /// After a context, a hole tries up to `width` likeliest successors and, at each place, the `reach` symbols from which
  /// the rest is reached best if they are merely backed off to; together they miss next to nothing.
  void Admit(const std::vector<int>& admissible, const std::vector<int>& seen, int width, int reach, int threads);

  /// log10 P of the admitted pair "a b" under bigrams: how usual is it that one follows the other at once?
  float Bigram(int a, int b) const { return bigram_[Slot(a) * contexts_.size() + Slot(b)]; }

  /// log10 P(symbol) per position of a whole sequence for each model, and the weight bucket it is mixed in:
  /// shape [models + 1][n + 1], the last position is </s>.
  std::vector<std::vector<float>> Score(const std::vector<int>& sequence) const;

  /// Best readings of the lattice, best first.
  std::vector<Reading> Decode(const std::vector<Element>& lattice, const Effort& effort, int best) const;

  /// For each wanted hole of a finished reading its likeliest fillings when all the rest stays as it was read.
  ///
  /// Returns per hole up to `best` of them, scored over the n-grams of both sides, best first. `cells` holds for every
  /// element where it stands in the sequence.
  std::vector<std::vector<Filling>> Fillings(const std::vector<Element>& lattice, const std::vector<int>& sequence,
                                             const std::vector<Span>& cells, const std::vector<int>& wanted,
                                             const Effort& effort, int best) const;

 private:
  /// Best bigram scores of the rest of a lattice, by the slot of the last symbol before it.
  struct Ahead {
    std::vector<std::vector<float>> after;              // [i]: elements i.. to the end
    std::vector<std::vector<std::vector<float>>> more;  // [i][r]: r more symbols of the hole i, then elements i + 1..
  };

  /// A symbol behind one of the hypotheses that are expanded.
  struct Extension {
    float rank;
    int parent, candidate;
  };

  // pairs.cc
  void FillRow(std::size_t a, int width);

  /// Probabilities of all symbols in slots as each model has them alone.
  void FillAlone();

  // look_ahead.cc
  Ahead LookAhead(const std::vector<Element>& lattice, const Effort& effort) const;

  /// The look-ahead of a hole in which `placed` symbols stand already: the best over the lengths still open to it.
  std::vector<float> Remaining(const Element& element, const std::vector<std::vector<float>>& more, int placed) const;

  /// Cells of a hole that a witness speaks of.
  int Cells(const Element& element) const {
    return candidates_.empty() ? 0 : static_cast<int>(element.witness.size() / candidates_.size());
  }

  /// Scores of the candidates and what follows them, with the witness of cell `k` where there is one.
  std::vector<float> Witnessed(const std::vector<float>& scores, const Element& element, int k) const;

  /// One more symbol of a hole: for each last symbol the best over the candidates put behind it.
  std::vector<float> Grow(const std::vector<float>& from, const Effort& effort) const;

  /// The candidates that lead on best after a context that knows nothing of them, in order of slots.
  std::vector<int> Reachable(const std::vector<float>& from) const;

  // beam.cc
  static void EndLine(const Element& element, std::vector<Hypothesis>* hypotheses);
  static void Sort(std::vector<Hypothesis>* hypotheses);

  /// Keep the best hypotheses that differ in what later symbols can tell; `settle` completes those that are looked at.
  template <class Settle>
  void Prune(std::vector<Hypothesis>* hypotheses, int beam, Settle settle) const;
  void Prune(std::vector<Hypothesis>* hypotheses, int beam) const;

  /// The extensions that the models are asked about, as bigrams and the look-ahead see it, by parent and candidate.
  std::vector<Extension> Promising(const std::vector<Hypothesis>& from, const std::vector<float>& ahead,
                                   const Effort& effort, float floor) const;

  /// The hypotheses with one more symbol, the one in `cell` of a hole; `behind` is the look-ahead from there.
  void Expand(const std::vector<Hypothesis>& from, int index, const Element& element, int cell,
              const std::vector<float>& behind, const Effort& effort, float floor, bool counted,
              std::vector<Node>* nodes, std::vector<Hypothesis>* out) const;

  // fillings.cc
  std::vector<Filling> FillingsOf(const Element& element, int index, const std::vector<int>& sequence, Span cell,
                                  const Context& before, const Effort& effort, int best) const;
  int Find(const std::string& symbol) const;

  std::vector<std::string> symbols_;
  Scorer scorer_;
  /// The row of an admitted symbol; throws std::invalid_argument of any other.
  int Slot(int symbol) const;

  std::vector<int> candidates_, contexts_, slot_;
  std::vector<float> bigram_, column_, unigram_;  // [context][symbol], the same by column, [candidate]
  std::vector<std::shared_ptr<Pairs>> pairs_;     // [model]
  std::vector<std::vector<float>> alone_;         // [model][slot]: probability without a history; 0: unknown
  std::vector<std::vector<int>> successors_;
  int reach_ = 0;
  int begin_ = -1, end_ = -1;
};

}  // namespace buque::infill

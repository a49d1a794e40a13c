// Search for misread characters: a noisy channel over look-alikes.
//
// One pass of the models over a line gives what every symbol costs. Where a symbol and the next one are dear, the
// look-alikes of the symbol compete with it: log10 P(line with it) + log10 P(seen | it). Doubtful cells that see each
// other through the n-grams are read jointly by a beam. Scores are log10 probabilities throughout.
//
// misread.cc finds the doubtful cells, misread_jointly.cc reads neighbours together, misread_binding.cc tells Python.
// The slow exact reference of this search is tests/misread_oracle.py.

#pragma once

#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scoring.h"

namespace buque::misread {

constexpr int kReach = 5;  // a symbol is in the history of the five after it
constexpr float kNever = -1e30f;
constexpr int kBreak = -1;  // in a sequence: something unknown lies here
constexpr int kTables = 2;  // of look-alikes: by shape, and by shape and sound

struct Options {
  float doubt = -3.5f;   // a cell is doubtful when it and its successor cost this much together
  float wild = -5.5f;    // and so doubtful that what its neighbours propose is tried too, alike or not
  float prior = -3.0f;   // log10 P(a cell is misread)
  float floor = -4.0f;   // log10 P(seen | true, misread) of symbols that do not look alike
  float again = -1.0f;   // the same of a cell beside a misread one: errors come in pairs
  float pair = -9.0f;    // two cells and their successor that cost this much together are tried as a pair
  float report = -4.5f;  // total score against the seen symbol from which an alternative is told of
  int width = 8;         // alternatives of a cell in the beam
  int beam = 24;
};

struct Alternative {
  int symbol;
  float channel;  // log10 P(seen | symbol) with the prior
  float gain;     // log10 P(line with it) - log10 P(line as seen)
  float total() const { return channel + gain; }
};

/// A doubtful cell; `costs` are those of the seen symbol and its successors.
struct Doubt {
  int at;
  float cost, after, window, best_window;
  int seen_order, best_order;  // longest n-gram over the cell that a model knows, as seen and with the best alternative
  int changed_near;            // other cells of its group that the joint reading changes
  bool chosen;                 // the joint reading changes this cell
  float seen_left, seen_right, best_left, best_right;  // how much likelier than by chance it stands beside a neighbour
  std::vector<Alternative> alternatives;
  int partner = kBreak;  // an alternative that only fits beside another change

  /// log10 P(cell | misread by this search) against the seen symbol being right.
  double Evidence() const;
};

/// What a model says of the symbols of a line after their own predecessors, so far as these are all it looks at.
///
/// Two symbols behind an alternative most histories no longer reach back to it: what follows costs the same for all.
class Behind {
 public:
  struct Known {
    unsigned age = 0;
    float chance;         // P of the symbol
    lm::ngram::State to;  // the history behind it
  };

  explicit Behind(std::size_t size = 0) : known_(size * kMaxModels * kReach) {}

  /// The symbol at `at` under model m, after a history of `length` symbols of the line; fresh where it is to be filled.
  Known& Of(int at, std::size_t m, int length, bool* fresh) {
    Known& known = known_[(at * kMaxModels + m) * kReach + length];
    *fresh = known.age != age_;
    known.age = age_;
    return known;
  }

  /// The symbols of the line have changed.
  void Forget() { ++age_; }

 private:
  std::vector<Known> known_;
  unsigned age_ = 1;
};

/// A sequence with the history before every symbol and what the symbol costs in it.
struct Line {
  std::vector<int> symbol;
  std::vector<Context> before;  // [size + 1]
  std::vector<float> cost;      // [size + 1], the last of </s>; 0 for breaks
  std::vector<int> order;       // longest n-gram ending here that a model knows
  mutable Behind behind;
  int size() const { return static_cast<int>(symbol.size()); }
};

/// What each model says of every symbol of a document, and how long a history both know before it; breaks are left out.
class Said {
 public:
  /// Interpolation weights of the models by expectation maximisation; see language/models.py, mixture_weights.
  std::vector<double> Weights(const std::vector<double>& expected, double strength, int rounds) const;

  /// log10 P of every symbol of each sequence under the models mixed by `rows`, one a bucket; 0 for breaks.
  std::vector<std::vector<float>> Costs(const std::vector<std::vector<float>>& rows) const;

 private:
  friend class Misreader;
  std::vector<std::vector<float>> score_;  // [model][symbols of all sequences but breaks]
  std::vector<std::size_t> bucket_;        // [the same symbols]
  std::vector<std::vector<bool>> known_;   // [sequence][symbol]: it is no break
};

/// A table of look-alikes to search with, and the limits of that search.
struct Search {
  int table;
  Options options;
};

class Gains;

/// Best first; of equals the one with the lower number.
void Rank(std::vector<Alternative>* alternatives);

class Misreader {
 public:
  Misreader(const std::vector<std::string>& paths, const std::vector<std::string>& symbols)
      : scorer_(paths, symbols), alike_(kTables, Alikes(symbols.size())) {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (symbols[i] == "</s>") end_ = static_cast<int>(i);
    }
    if (end_ < 0) throw std::invalid_argument("</s> is missing");
  }

  void Weights(const std::vector<std::vector<float>>& rows) { scorer_.Weights(rows); }

  /// What a seen symbol may truly be, by one of the tables: pairs (symbol, log10 P(seen | symbol, misread)).
  void Alike(int table, int seen, const std::vector<std::pair<int, float>>& others) {
    alike_.at(table).at(seen) = others;
  }

  /// The symbols that neighbours may propose.
  void Common(const std::vector<int>& symbols);

  /// Ask the models once about every symbol of a document.
  Said Read(const std::vector<std::vector<int>>& sequences) const;

  /// Find the doubtful cells of a sequence, by each of some searches.
  ///
  /// `open` says of each position whether it may be changed at all; `offered` holds further alternatives of positions:
  /// (position, symbol, log10 chance against the seen symbol), from an engine.
  std::vector<std::vector<Doubt>> Scan(const std::vector<int>& sequence, const std::vector<bool>& open,
                                       const std::vector<std::tuple<int, int, float>>& offered,
                                       const std::vector<Search>& searches);

 private:
  using Alikes = std::vector<std::vector<std::pair<int, float>>>;
  using Offers = std::unordered_map<int, std::vector<std::pair<int, float>>>;
  friend class Gains;

  void Forward(const std::vector<int>& sequence, Line* line) const;

  /// Weigh what competes with the symbol at `i` by one search; nothing where the cell is not doubtful.
  void Doubtful(const Line& line, int i, const Offers& offers, const Search& search, Gains* gains,
                std::vector<Doubt>* doubts);

  /// Score the symbols from `from` up to `to` anew.
  void Continue(int from, int to, Line* line) const;

  int Longest(const Context& context) const;

  /// P(symbol | context), the models mixed evenly: what is proposed must not hang on the document.
  float Even(const Context& context, int symbol) const;

  /// The common symbols that likeliest follow a symbol; computed once.
  const std::vector<int>& Followers(int symbol);

  /// The common symbols that likeliest come before a symbol; computed once.
  const std::vector<int>& Preceders(int symbol);

  /// Put the gain of a symbol at `i` into `a`; false as soon as it cannot reach `least`, since what follows can cost
  /// nothing at best. `longest` gets the longest n-gram over the cell that a model knows, `window` the costs, `reach`
  /// the least that the gain could still reach on the way. `before` is the history at `i`.
  bool Gain(const Line& line, int i, const Context& before, float least, Alternative* a, int* longest = nullptr,
            float* window = nullptr, float* reach = nullptr) const;

  /// log10 P of the symbol at `at` of a line (</s> at its end) after a history whose latest `own` symbols are its own.
  float Follow(const Line& line, int at, int own, const Context& from, Context* to) const;

  bool Same(const Context& a, const Context& b) const;

  /// Try two neighbours at once where both are dear and neither has an alternative of its own.
  void Pairs(const Line& line, const std::vector<bool>& open, const Search& search, std::vector<Doubt>* doubts) const;

  /// Read each group of doubtful cells that see each other, and weigh every alternative beside the group's best reading.
  void Together(const Line& line, const Options& options, std::vector<Doubt>* doubts) const;

  void Jointly(const Line& line, const Options& options, std::size_t first, std::size_t behind,
               std::vector<Doubt>* doubts) const;

  /// Weigh the alternatives of a cell, at `at` of a line whose other cells are read otherwise, against the seen symbol.
  void Weigh(int at, Line* read, Doubt* doubt) const;

  /// log10 of how much likelier b follows a than anything; 0 beside breaks and edges.
  float Bond(int a, int b) const;

  void Describe(const Line& line, Doubt* d) const;

  Scorer scorer_;
  std::vector<Alikes> alike_;
  std::vector<int> common_;
  std::vector<Context> after_common_;
  std::vector<float> usual_;
  std::unordered_map<int, std::vector<int>> followers_, preceders_;
  int end_ = -1;
};

}  // namespace buque::misread

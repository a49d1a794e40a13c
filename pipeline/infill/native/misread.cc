// Search for misread characters: a noisy channel over look-alikes.
//
// One pass of the models over a line gives what every symbol costs. Where a symbol and the next one are dear, the
// look-alikes of the symbol compete with it: log10 P(line with it) + log10 P(seen | it). Doubtful cells that see each
// other through the n-grams are read jointly by a beam. Scores are log10 probabilities throughout.
//
// The slow exact reference of this search is tests/misread_oracle.py.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scoring.h"

namespace py = pybind11;

namespace {

using buque::Context;
using buque::Scorer;

constexpr int kReach = 5;         // a symbol is in the history of the five after it
constexpr float kSlack = 2.0f;    // alternatives this far below what is told of still compete beside changed neighbours
constexpr std::size_t kFirsts = 24;  // alternatives of the first cell of a pair that the second one is tried with
constexpr int kProposals = 48;   // symbols that a neighbour proposes for a cell where nothing alike fits
constexpr float kNever = -1e30f;
constexpr int kBreak = -1;        // in a sequence: something unknown lies here

struct Options {
  float doubt = -3.5f;   // a cell is doubtful when it and its successor cost this much together
  float wild = -4.5f;    // and so doubtful that what its neighbours propose is tried too, alike or not
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
};

class Misreader {
 public:
  Misreader(const std::vector<std::string>& paths, const std::vector<std::string>& symbols)
      : scorer_(paths, symbols), alike_(symbols.size()) {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (symbols[i] == "</s>") end_ = static_cast<int>(i);
    }
    if (end_ < 0) throw std::invalid_argument("</s> is missing");
  }

  void Weights(const std::vector<std::vector<float>>& rows) { scorer_.Weights(rows); }

  /// What a seen symbol may truly be: pairs (symbol, log10 P(seen | symbol, misread)).
  void Alike(int seen, const std::vector<std::pair<int, float>>& others) { alike_.at(seen) = others; }

  /// The symbols that neighbours may propose.
  void Common(const std::vector<int>& symbols) {
    common_ = symbols;
    followers_.clear();
    preceders_.clear();
    after_common_.resize(common_.size());
    usual_.resize(common_.size());
    Context nothing, out;
    scorer_.Nothing(&nothing);
    for (std::size_t k = 0; k < common_.size(); ++k) {
      usual_[k] = Even(nothing, common_[k]);
      scorer_.After(common_[k], &after_common_[k]);
    }
  }

  /// log10 P of every symbol of a sequence under each model; see Decoder::Score. Breaks are left out.
  std::vector<std::vector<float>> Score(const std::vector<int>& sequence) const {
    std::vector<std::vector<float>> out(scorer_.size());
    Context from, to;
    scorer_.Begin(&from);
    to = from;
    for (const int symbol : sequence) {
      if (symbol == kBreak) {
        scorer_.Nothing(&from);
        continue;
      }
      for (std::size_t m = 0; m < scorer_.size(); ++m) out[m].push_back(scorer_.One(m, from.state[m], symbol, &to.state[m]));
      from = to;
    }
    return out;
  }

  /// Mixed log10 P of every symbol of a sequence, and of </s> behind it; 0 for breaks.
  std::vector<float> Costs(const std::vector<int>& sequence) const {
    Line line;
    Forward(sequence, &line);
    return line.cost;
  }

  /// Find the doubtful cells of a sequence.
  ///
  /// `open` says of each position whether it may be changed at all; `offered` holds further alternatives of positions:
  /// (position, symbol, log10 chance against the seen symbol), from an engine.
  std::vector<Doubt> Scan(const std::vector<int>& sequence, const std::vector<bool>& open,
                          const std::vector<std::tuple<int, int, float>>& offered, const Options& options) {
    py::gil_scoped_release release;
    if (open.size() != sequence.size()) throw std::invalid_argument("one flag a position");
    Line line;
    Forward(sequence, &line);
    std::unordered_map<int, std::vector<std::pair<int, float>>> given;
    for (const auto& [at, symbol, chance] : offered) given[at].push_back({symbol, chance});
    std::vector<Doubt> doubts;
    for (int i = 0; i < line.size(); ++i) {
      if (!open[i] || line.symbol[i] == kBreak) continue;
      const auto found = given.find(i);
      const float strain = Strain(line, i);
      if (strain > options.doubt && found == given.end()) continue;
      Doubt doubt{};
      doubt.at = i;
      std::vector<Alternative> tried;
      for (const auto& [symbol, chance] : alike_[line.symbol[i]]) tried.push_back({symbol, options.prior + chance, 0});
      if (found != given.end()) {
        for (const auto& [symbol, chance] : found->second) Offer(symbol, chance, line.symbol[i], &tried);
      }
      if (strain < options.wild && std::none_of(tried.begin(), tried.end(), [&](Alternative a) {
            return Gain(line, i, -a.channel, &a) && a.total() > 0;
          })) {
        const float channel = options.prior + options.floor;
        if (i && line.symbol[i - 1] != kBreak) {
          for (const int symbol : Followers(line.symbol[i - 1])) Offer(symbol, channel, line.symbol[i], &tried);
        }
        if (i + 1 < line.size() && line.symbol[i + 1] != kBreak) {
          for (const int symbol : Preceders(line.symbol[i + 1])) Offer(symbol, channel, line.symbol[i], &tried);
        }
      }
      for (Alternative& a : tried) {
        if (Gain(line, i, options.report - kSlack - a.channel, &a)) doubt.alternatives.push_back(a);
      }
      Rank(&doubt.alternatives);
      if (!doubt.alternatives.empty()) doubts.push_back(std::move(doubt));
    }
    Pairs(line, open, options, &doubts);
    Read(line, options, &doubts);
    std::vector<Doubt> out;
    for (Doubt& d : doubts) {
      auto& a = d.alternatives;
      a.erase(std::remove_if(a.begin(), a.end(), [&](const auto& x) { return x.total() < options.report; }), a.end());
      if (a.empty()) continue;
      Describe(line, &d);
      out.push_back(std::move(d));
    }
    return out;
  }

 private:
  /// A sequence with the history before every symbol and what the symbol costs in it.
  struct Line {
    std::vector<int> symbol;
    std::vector<Context> before;  // [size + 1]
    std::vector<float> cost;      // [size + 1], the last of </s>; 0 for breaks
    std::vector<int> order;       // longest n-gram ending here that a model knows
    int size() const { return static_cast<int>(symbol.size()); }
  };

  void Forward(const std::vector<int>& sequence, Line* line) const {
    const int n = static_cast<int>(sequence.size());
    line->symbol = sequence;
    line->before.resize(n + 1);
    line->cost.assign(n + 1, 0.0f);
    line->order.assign(n + 1, 0);
    if (n && sequence[0] == kBreak) {
      scorer_.Nothing(&line->before[0]);
    } else {
      scorer_.Begin(&line->before[0]);
    }
    Continue(0, n, line);
    if (!n || sequence[n - 1] != kBreak) {
      Context out;
      line->cost[n] = scorer_.Step(line->before[n], end_, &out);
    }
  }

  /// Score the symbols from `from` up to `to` anew.
  void Continue(int from, int to, Line* line) const {
    for (int i = from; i < to; ++i) {
      if (line->symbol[i] == kBreak) {
        scorer_.Nothing(&line->before[i + 1]);
        continue;
      }
      line->cost[i] = scorer_.Step(line->before[i], line->symbol[i], &line->before[i + 1]);
      line->order[i] = Longest(line->before[i + 1]);
    }
  }

  int Longest(const Context& context) const {
    int longest = 0;
    for (std::size_t m = 0; m < scorer_.size(); ++m) longest = std::max<int>(longest, context.state[m].length);
    return longest;
  }

  /// P(symbol | context), the models mixed evenly: what is proposed must not hang on the document.
  float Even(const Context& context, int symbol) const {
    float sum = 0;
    lm::ngram::State out;
    for (std::size_t m = 0; m < scorer_.size(); ++m) sum += std::exp(scorer_.One(m, context.state[m], symbol, &out) * 2.302585093f);
    return sum;
  }

  /// The common symbols that likeliest follow a symbol; computed once.
  const std::vector<int>& Followers(int symbol) {
    const auto [found, fresh] = followers_.try_emplace(symbol);
    if (fresh) {
      Context context;
      scorer_.After(symbol, &context);
      found->second = Best([&](std::size_t k) { return Even(context, common_[k]); });
    }
    return found->second;
  }

  /// The common symbols that likeliest come before a symbol; computed once.
  const std::vector<int>& Preceders(int symbol) {
    const auto [found, fresh] = preceders_.try_emplace(symbol);
    if (fresh) {
      found->second = Best([&](std::size_t k) { return usual_[k] * Even(after_common_[k], symbol); });
    }
    return found->second;
  }

  template <typename Chance>
  std::vector<int> Best(Chance chance) const {
    std::vector<std::pair<float, int>> ranked(common_.size());
    for (std::size_t k = 0; k < common_.size(); ++k) ranked[k] = {-chance(k), common_[k]};
    const std::size_t keep = std::min<std::size_t>(kProposals, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + keep, ranked.end());
    std::vector<int> best;
    for (std::size_t k = 0; k < keep; ++k) best.push_back(ranked[k].second);
    return best;
  }

  static float Strain(const Line& line, int i) { return line.cost[i] + line.cost[i + 1]; }

  static void Offer(int symbol, float channel, int seen, std::vector<Alternative>* tried) {
    if (symbol == seen) return;
    for (Alternative& a : *tried) {
      if (a.symbol == symbol) {
        a.channel = std::max(a.channel, channel);
        return;
      }
    }
    tried->push_back({symbol, channel, 0});
  }

  static void Rank(std::vector<Alternative>* alternatives) {
    std::sort(alternatives->begin(), alternatives->end(), [](const Alternative& a, const Alternative& b) {
      return a.total() != b.total() ? a.total() > b.total() : a.symbol < b.symbol;
    });
  }

  /// Put the gain of a symbol at `i` into `a`; false as soon as it cannot reach `least`, since what follows can cost
  /// nothing at best. `longest` gets the longest n-gram over the cell that a model knows, `window` the costs.
  bool Gain(const Line& line, int i, float least, Alternative* a, int* longest = nullptr, float* window = nullptr) const {
    Context now = line.before[i], then;
    float gain = 0, cost = 0, rest = 0;
    for (int at = i + 1; at <= i + kReach && at <= line.size(); ++at) rest -= line.cost[at];
    if (longest) *longest = 0;
    for (int k = 0; k <= kReach; ++k) {
      const int at = i + k;
      if (at > line.size() || (at == line.size() && line.symbol[at - 1] == kBreak)) break;
      if (k && at < line.size() && line.symbol[at] == kBreak) break;
      const int symbol = k == 0 ? a->symbol : at < line.size() ? line.symbol[at] : end_;
      const float step = scorer_.Step(now, symbol, &then);
      cost += step;
      gain += step - line.cost[at];
      if (longest && Longest(then) > k) *longest = std::max(*longest, Longest(then));
      if (k) rest += line.cost[at];
      if (gain + rest < least) return false;
      if (at == line.size()) break;
      now = then;
      if (k && !window && Same(now, line.before[at + 1])) break;
    }
    a->gain = gain;
    if (window) *window = cost;
    return true;
  }

  bool Same(const Context& a, const Context& b) const {
    for (std::size_t m = 0; m < scorer_.size(); ++m) {
      if (a.state[m].length != b.state[m].length) return false;
      for (int k = 0; k < a.state[m].length; ++k) {
        if (a.state[m].words[k] != b.state[m].words[k]) return false;
      }
    }
    return true;
  }

  /// Try two neighbours at once where both are dear and neither has an alternative of its own.
  void Pairs(const Line& line, const std::vector<bool>& open, const Options& options, std::vector<Doubt>* doubts) const {
    auto find = [&](int at) {
      return std::lower_bound(doubts->begin(), doubts->end(), at, [](const Doubt& d, int x) { return d.at < x; });
    };
    auto settled = [&](int at) {
      const auto found = find(at);
      return found != doubts->end() && found->at == at && found->alternatives[0].total() > 0;
    };
    for (int i = 0; i + 1 < line.size(); ++i) {
      if (!open[i] || !open[i + 1] || line.cost[i] + line.cost[i + 1] + line.cost[i + 2] > options.pair) continue;
      if (settled(i) || settled(i + 1)) continue;
      std::vector<std::pair<float, Alternative>> firsts;
      std::vector<Context> after;
      const auto before = scorer_.Prepare(line.before[i]);
      for (const auto& [symbol, chance] : alike_[line.symbol[i]]) {
        Context out;
        Alternative a{symbol, options.prior + chance, 0};
        firsts.push_back({scorer_.Step(before, symbol, &out) + a.channel, a});
      }
      const std::size_t keep = std::min(kFirsts, firsts.size());
      std::partial_sort(firsts.begin(), firsts.begin() + keep, firsts.end(),
                        [](const auto& a, const auto& b) { return a.first > b.first; });
      Line read = line;
      float best = options.report;
      Alternative left{kBreak, 0, 0}, right{kBreak, 0, 0};
      for (std::size_t k = 0; k < keep; ++k) {
        const Alternative& a = firsts[k].second;
        const float so_far = scorer_.Step(before, a.symbol, &read.before[i + 1]) - line.cost[i] + a.channel;
        for (const auto& [symbol, chance] : alike_[line.symbol[i + 1]]) {
          Alternative b{symbol, options.again + chance, 0};
          if (Gain(read, i + 1, best - so_far - b.channel, &b) && so_far + b.total() > best) {
            best = so_far + b.total();
            left = a;
            right = b;
          }
        }
      }
      if (left.symbol == kBreak) continue;
      for (Alternative* a : {&left, &right}) {
        const int at = a == &left ? i : i + 1;
        a->channel += a == &left ? 0 : options.prior - options.again;
        Gain(line, at, kNever, a);
        auto found = find(at);
        if (found == doubts->end() || found->at != at) {
          Doubt doubt{};
          doubt.at = at;
          found = doubts->insert(found, std::move(doubt));
        }
        found->partner = a->symbol;
        auto& known = found->alternatives;
        if (std::none_of(known.begin(), known.end(), [&](const Alternative& x) { return x.symbol == a->symbol; })) {
          known.push_back(*a);
          Rank(&known);
        }
      }
      ++i;
    }
  }

  struct Path {
    Context context;
    float score;
    int node;
    bool changed;  // its last cell
  };
  struct Step {
    int previous, symbol;
  };

  /// Read each group of doubtful cells that see each other, and weigh every alternative beside the group's best reading.
  void Read(const Line& line, const Options& options, std::vector<Doubt>* doubts) const {
    for (std::size_t first = 0; first < doubts->size();) {
      std::size_t behind = first + 1;
      while (behind < doubts->size() && (*doubts)[behind].at - (*doubts)[behind - 1].at <= kReach) ++behind;
      if (behind - first > 1) Jointly(line, options, first, behind, doubts);
      for (std::size_t d = first; d < behind && behind - first == 1; ++d) {
        (*doubts)[d].chosen = (*doubts)[d].alternatives[0].total() > 0;
      }
      first = behind;
    }
  }

  void Jointly(const Line& line, const Options& options, std::size_t first, std::size_t behind,
               std::vector<Doubt>* doubts) const {
    const int from = (*doubts)[first].at;
    const int to = std::min(line.size(), (*doubts)[behind - 1].at + kReach + 1);
    std::vector<Path> paths{{line.before[from], 0, -1, false}}, fresh;
    std::vector<Step> steps;
    std::size_t d = first;
    for (int i = from; i < to; ++i) {
      fresh.clear();
      if (line.symbol[i] == kBreak) {
        for (Path& p : paths) {
          scorer_.Nothing(&p.context);
          steps.push_back({p.node, kBreak});
          p.node = static_cast<int>(steps.size()) - 1;
          p.changed = false;
        }
        continue;
      }
      const bool doubtful = d < behind && (*doubts)[d].at == i;
      for (const Path& p : paths) {
        const auto prepared = scorer_.Prepare(p.context);
        auto extend = [&](int symbol, float channel, bool changed) {
          Path next;
          if (changed && p.changed) channel += options.again - options.prior;
          next.changed = changed;
          next.score = p.score + channel + scorer_.Step(prepared, symbol, &next.context);
          steps.push_back({p.node, symbol});
          next.node = static_cast<int>(steps.size()) - 1;
          fresh.push_back(next);
        };
        extend(line.symbol[i], 0, false);
        if (!doubtful) continue;
        int place = 0;
        for (const Alternative& a : (*doubts)[d].alternatives) {
          if (place++ < options.width || a.symbol == (*doubts)[d].partner) extend(a.symbol, a.channel, true);
        }
      }
      if (doubtful) ++d;
      std::stable_sort(fresh.begin(), fresh.end(), [](const Path& a, const Path& b) { return a.score > b.score; });
      // Paths that no later symbol can tell apart: the best one stands for them.
      std::vector<Path> kept;
      for (Path& p : fresh) {
        if (static_cast<int>(kept.size()) >= options.beam) break;
        if (std::none_of(kept.begin(), kept.end(), [&](const Path& q) { return p.changed == q.changed && Same(p.context, q.context); })) {
          kept.push_back(p);
        }
      }
      paths.swap(kept);
    }
    if (to == line.size() && line.symbol[to - 1] != kBreak) {
      Context out;
      for (Path& p : paths) p.score += scorer_.Step(p.context, end_, &out);
      std::stable_sort(paths.begin(), paths.end(), [](const Path& a, const Path& b) { return a.score > b.score; });
    }
    Line read = line;
    int i = to;
    for (int node = paths[0].node; node >= 0; node = steps[node].previous) read.symbol[--i] = steps[node].symbol;
    int changes = 0;
    for (std::size_t k = first; k < behind; ++k) changes += read.symbol[(*doubts)[k].at] != line.symbol[(*doubts)[k].at];
    for (std::size_t k = first; k < behind; ++k) {
      Doubt& doubt = (*doubts)[k];
      const int chosen = read.symbol[doubt.at];
      doubt.chosen = chosen != line.symbol[doubt.at];
      doubt.changed_near = changes - doubt.chosen;
      if (changes == 0 || (changes == 1 && doubt.chosen)) continue;  // weighed beside these very neighbours already
      read.symbol[doubt.at] = line.symbol[doubt.at];
      auto changed = [&](int at) { return at >= 0 && at < line.size() && read.symbol[at] != line.symbol[at]; };
      if (changed(doubt.at - 1) || changed(doubt.at + 1)) {
        for (Alternative& a : doubt.alternatives) a.channel += options.again - options.prior;
      }
      Weigh(from, &read, &doubt);
      read.symbol[doubt.at] = chosen;
    }
  }

  /// Weigh the alternatives of a cell against the seen symbol beside other neighbours than were seen.
  void Weigh(int from, Line* read, Doubt* doubt) const {
    const int to = std::min(read->size(), doubt->at + kReach + 1);
    Continue(from, to, read);
    if (to == read->size() && read->symbol[to - 1] != kBreak) {
      Context out;
      read->cost[to] = scorer_.Step(read->before[to], end_, &out);
    }
    for (Alternative& a : doubt->alternatives) Gain(*read, doubt->at, kNever, &a);
    Rank(&doubt->alternatives);
  }

  /// log10 of how much likelier b follows a than anything; 0 beside breaks and edges.
  float Bond(int a, int b) const {
    if (a < 0 || b < 0) return 0;
    Context nothing, after;
    scorer_.Nothing(&nothing);
    scorer_.After(a, &after);
    return std::log10(Even(after, b) / Even(nothing, b));
  }

  void Describe(const Line& line, Doubt* d) const {
    const int before = d->at ? line.symbol[d->at - 1] : kBreak;
    const int behind = d->at + 1 < line.size() ? line.symbol[d->at + 1] : kBreak;
    const int seen_symbol = line.symbol[d->at], best_symbol = d->alternatives[0].symbol;
    d->seen_left = Bond(before, seen_symbol);
    d->seen_right = Bond(seen_symbol, behind);
    d->best_left = Bond(before, best_symbol);
    d->best_right = Bond(best_symbol, behind);
    d->cost = line.cost[d->at];
    d->after = line.cost[d->at + 1];
    Alternative seen{line.symbol[d->at], 0, 0}, best = d->alternatives[0];
    Gain(line, d->at, kNever, &seen, &d->seen_order, &d->window);
    Gain(line, d->at, kNever, &best, &d->best_order, &d->best_window);
  }

  Scorer scorer_;
  std::vector<std::vector<std::pair<int, float>>> alike_;
  std::vector<int> common_;
  std::vector<Context> after_common_;
  std::vector<float> usual_;
  std::unordered_map<int, std::vector<int>> followers_, preceders_;
  int end_ = -1;
};

}  // namespace

void BindMisreader(py::module_& module) {
  py::class_<Options>(module, "MisreadOptions")
      .def(py::init<>())
      .def_readwrite("doubt", &Options::doubt)
      .def_readwrite("wild", &Options::wild)
      .def_readwrite("prior", &Options::prior)
      .def_readwrite("floor", &Options::floor)
      .def_readwrite("again", &Options::again)
      .def_readwrite("pair", &Options::pair)
      .def_readwrite("report", &Options::report)
      .def_readwrite("width", &Options::width)
      .def_readwrite("beam", &Options::beam);
  py::class_<Alternative>(module, "Alternative")
      .def_readonly("symbol", &Alternative::symbol)
      .def_readonly("channel", &Alternative::channel)
      .def_readonly("gain", &Alternative::gain)
      .def_property_readonly("total", &Alternative::total);
  py::class_<Doubt>(module, "Doubt")
      .def_readonly("at", &Doubt::at)
      .def_readonly("cost", &Doubt::cost)
      .def_readonly("after", &Doubt::after)
      .def_readonly("window", &Doubt::window)
      .def_readonly("best_window", &Doubt::best_window)
      .def_readonly("seen_order", &Doubt::seen_order)
      .def_readonly("best_order", &Doubt::best_order)
      .def_readonly("changed_near", &Doubt::changed_near)
      .def_readonly("chosen", &Doubt::chosen)
      .def_readonly("seen_left", &Doubt::seen_left)
      .def_readonly("seen_right", &Doubt::seen_right)
      .def_readonly("best_left", &Doubt::best_left)
      .def_readonly("best_right", &Doubt::best_right)
      .def_readonly("alternatives", &Doubt::alternatives);
  py::class_<Misreader>(module, "Misreader")
      .def(py::init<const std::vector<std::string>&, const std::vector<std::string>&>())
      .def("weights", &Misreader::Weights)
      .def("alike", &Misreader::Alike)
      .def("common", &Misreader::Common)
      .def("score", &Misreader::Score)
      .def("costs", &Misreader::Costs)
      .def("scan", &Misreader::Scan);
}

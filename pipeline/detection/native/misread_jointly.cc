// Neighbouring doubtful cells, read together; see misread.h.

#include "misread.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <numeric>

namespace buque::misread {

namespace {

constexpr std::size_t kFirsts = 24;  // alternatives of the first cell of a pair that the second one is tried with

struct Path {
  Context context;
  float score;
  int node;
  bool changed;  // its last cell
};
struct Step {
  int previous, symbol;
};

/// What a model says of some symbols after the histories of many paths: paths that it cannot tell apart share it.
class Shared {
 public:
  struct Said {
    float chance;
    lm::ngram::State to;
  };

  Shared(const Scorer& scorer, const std::vector<int>& symbols) : scorer_(scorer), symbols_(symbols) {}

  /// What models say of the symbols after a history.
  std::array<const Said*, kMaxModels> After(const Context& context) {
    std::array<const Said*, kMaxModels> said{};
    for (std::size_t m = 0; m < scorer_.size(); ++m) said[m] = After(m, context.state[m]);
    return said;
  }

 private:
  struct Row {
    lm::ngram::State from;
    std::vector<Said> said;
  };

  const Said* After(std::size_t m, const lm::ngram::State& from) {
    for (const Row& row : rows_[m]) {
      if (row.from == from) return row.said.data();
    }
    Row& row = rows_[m].emplace_back();
    row.from = from;
    for (const int symbol : symbols_) {
      Said& said = row.said.emplace_back();
      said.chance = std::exp(scorer_.One(m, from, symbol, &said.to) * 2.302585093f);
    }
    return row.said.data();
  }

  const Scorer& scorer_;
  const std::vector<int>& symbols_;
  std::array<std::deque<Row>, kMaxModels> rows_;
};

/// The part of a line from `from` up to `to`, with room for what is reckoned of it.
Line Part(const Line& line, int from, int to) {
  Line part;
  part.symbol.assign(line.symbol.begin() + from, line.symbol.begin() + to);
  part.before.resize(to - from + 1);
  part.before[0] = line.before[from];
  part.cost.assign(to - from + 1, 0.0f);
  part.order.assign(to - from + 1, 0);
  part.behind = Behind(to - from + 1);
  return part;
}

}  // namespace

void Misreader::Pairs(const Line& line, const std::vector<bool>& open, const Search& search,
                      std::vector<Doubt>* doubts) const {
  const Options& options = search.options;
  const Alikes& alike = alike_.at(search.table);
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
    const auto before = scorer_.Prepare(line.before[i]);
    for (const auto& [symbol, chance] : alike[line.symbol[i]]) {
      Context out;
      Alternative a{symbol, options.prior + chance, 0};
      firsts.push_back({scorer_.Step(before, symbol, &out) + a.channel, a});
    }
    Context after;
    const std::size_t keep = std::min(kFirsts, firsts.size());
    std::partial_sort(firsts.begin(), firsts.begin() + keep, firsts.end(),
                      [](const auto& a, const auto& b) { return a.first > b.first; });
    float best = options.report;
    Alternative left{kBreak, 0, 0}, right{kBreak, 0, 0};
    for (std::size_t k = 0; k < keep; ++k) {
      const Alternative& a = firsts[k].second;
      const float so_far = scorer_.Step(before, a.symbol, &after) - line.cost[i] + a.channel;
      for (const auto& [symbol, chance] : alike[line.symbol[i + 1]]) {
        Alternative b{symbol, options.again + chance, 0};
        if (Gain(line, i + 1, after, best - so_far - b.channel, &b) && so_far + b.total() > best) {
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
      Gain(line, at, line.before[at], kNever, a);
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

void Misreader::Together(const Line& line, const Options& options, std::vector<Doubt>* doubts) const {
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

void Misreader::Jointly(const Line& line, const Options& options, std::size_t first, std::size_t behind,
             std::vector<Doubt>* doubts) const {
  const int from = (*doubts)[first].at;
  const int to = std::min(line.size(), (*doubts)[behind - 1].at + kReach + 1);
  std::vector<Path> paths{{line.before[from], 0, -1, false}}, fresh, kept;
  std::vector<Step> steps;
  std::vector<int> symbols, ranks;
  std::vector<float> channels;
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
    symbols.assign(1, line.symbol[i]);
    channels.assign(1, 0.0f);
    int place = 0;
    for (std::size_t k = 0; doubtful && k < (*doubts)[d].alternatives.size(); ++k) {
      const Alternative& a = (*doubts)[d].alternatives[k];
      if (place++ >= options.width && a.symbol != (*doubts)[d].partner) continue;
      symbols.push_back(a.symbol);
      channels.push_back(a.channel);
    }
    Shared shared(scorer_, symbols);
    for (const Path& p : paths) {
      const auto said = shared.After(p.context);
      const float* weights = scorer_.WeightsAfter(p.context);
      for (std::size_t k = 0; k < symbols.size(); ++k) {
        Path& next = fresh.emplace_back();
        float mixed = 0;
        for (std::size_t m = 0; m < scorer_.size(); ++m) {
          mixed += weights[m] * said[m][k].chance;
          next.context.state[m] = said[m][k].to;
        }
        next.changed = k > 0;
        const float channel = channels[k] + (next.changed && p.changed ? options.again - options.prior : 0.0f);
        next.score = p.score + channel + std::log10(mixed);
        steps.push_back({p.node, symbols[k]});
        next.node = static_cast<int>(steps.size()) - 1;
      }
    }
    if (doubtful) ++d;
    ranks.resize(fresh.size());
    std::iota(ranks.begin(), ranks.end(), 0);
    std::stable_sort(ranks.begin(), ranks.end(), [&](int a, int b) { return fresh[a].score > fresh[b].score; });
    // Paths that no later symbol can tell apart: the best one stands for them.
    kept.clear();
    for (const int rank : ranks) {
      const Path& p = fresh[rank];
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
  Line read = Part(line, from, to);
  int i = to - from;
  for (int node = paths[0].node; node >= 0; node = steps[node].previous) read.symbol[--i] = steps[node].symbol;
  int changes = 0;
  for (std::size_t k = first; k < behind; ++k) {
    changes += read.symbol[(*doubts)[k].at - from] != line.symbol[(*doubts)[k].at];
  }
  for (std::size_t k = first; k < behind; ++k) {
    Doubt& doubt = (*doubts)[k];
    const int at = doubt.at - from;
    const int chosen = read.symbol[at];
    doubt.chosen = chosen != line.symbol[doubt.at];
    doubt.changed_near = changes - doubt.chosen;
    if (changes == 0 || (changes == 1 && doubt.chosen)) continue;  // weighed beside these very neighbours already
    read.symbol[at] = line.symbol[doubt.at];
    auto changed = [&](int i) { return i >= 0 && i < read.size() && read.symbol[i] != line.symbol[from + i]; };
    if (changed(at - 1) || changed(at + 1)) {
      for (Alternative& a : doubt.alternatives) a.channel += options.again - options.prior;
    }
    Weigh(at, &read, &doubt);
    read.symbol[at] = chosen;
  }
}

void Misreader::Weigh(int at, Line* read, Doubt* doubt) const {
  const int to = std::min(read->size(), at + kReach + 1);
  read->behind.Forget();
  Continue(0, to, read);
  if (to == read->size() && read->symbol[to - 1] != kBreak) {
    Context out;
    read->cost[to] = scorer_.Step(read->before[to], end_, &out);
  }
  for (Alternative& a : doubt->alternatives) Gain(*read, at, read->before[at], kNever, &a);
  Rank(&doubt->alternatives);
}

float Misreader::Bond(int a, int b) const {
  if (a < 0 || b < 0) return 0;
  Context nothing, after;
  scorer_.Nothing(&nothing);
  scorer_.After(a, &after);
  return std::log10(Even(after, b) / Even(nothing, b));
}

void Misreader::Describe(const Line& line, Doubt* d) const {
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
  Gain(line, d->at, line.before[d->at], kNever, &seen, &d->seen_order, &d->window);
  Gain(line, d->at, line.before[d->at], kNever, &best, &d->best_order, &d->best_window);
}

}  // namespace buque::misread

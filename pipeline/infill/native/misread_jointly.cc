// Neighbouring doubtful cells, read together; see misread.h.

#include "misread.h"

#include <algorithm>
#include <cmath>

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
    std::vector<Context> after;
    const auto before = scorer_.Prepare(line.before[i]);
    for (const auto& [symbol, chance] : alike[line.symbol[i]]) {
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
      for (const auto& [symbol, chance] : alike[line.symbol[i + 1]]) {
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

void Misreader::Weigh(int from, Line* read, Doubt* doubt) const {
  const int to = std::min(read->size(), doubt->at + kReach + 1);
  Continue(from, to, read);
  if (to == read->size() && read->symbol[to - 1] != kBreak) {
    Context out;
    read->cost[to] = scorer_.Step(read->before[to], end_, &out);
  }
  for (Alternative& a : doubt->alternatives) Gain(*read, doubt->at, kNever, &a);
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
  Gain(line, d->at, kNever, &seen, &d->seen_order, &d->window);
  Gain(line, d->at, kNever, &best, &d->best_order, &d->best_window);
}

}  // namespace buque::misread

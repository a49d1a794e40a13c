// The beam: readings of a lattice, a symbol at a time.

#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include "decoder.h"

namespace buque::infill {

namespace {

constexpr float kBigramSlack = 3.0f;  // as far as the models may lift what bigrams say of a symbol

}  // namespace

std::vector<Reading> Decoder::Decode(const std::vector<Element>& lattice, const Effort& effort, int best) const {
  const int beam = effort.beam;
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
  current[0].last = slot_[begin_];
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

void Decoder::EndLine(const Element& element, std::vector<Hypothesis>* hypotheses) {
  if (element.line_score.empty()) return;
  for (Hypothesis& h : *hypotheses) {
    const int at = std::min<int>(h.in_line, static_cast<int>(element.line_score.size()) - 1);
    h.score += element.line_score[at];
    h.rank += element.line_score[at];
    h.in_line = 0;
  }
}

void Decoder::Sort(std::vector<Hypothesis>* hypotheses) {
  std::stable_sort(hypotheses->begin(), hypotheses->end(), [](const auto& a, const auto& b) { return a.rank > b.rank; });
}

void Decoder::Prune(std::vector<Hypothesis>* hypotheses, int beam) const {
  Prune(hypotheses, beam, [](Hypothesis*) {});
}

template <class Settle>
void Decoder::Prune(std::vector<Hypothesis>* hypotheses, int beam, Settle settle) const {
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
    Hypothesis& h = (*hypotheses)[-order.front().second];
    settle(&h);
    if (known.insert(scorer_.Key(h.context, h.in_line)).second) kept.push_back(h);
    std::pop_heap(order.begin(), order.end());
    order.pop_back();
  }
  hypotheses->swap(kept);
}

std::vector<Decoder::Extension> Decoder::Promising(const std::vector<Hypothesis>& from, const std::vector<float>& ahead,
                                                   const Effort& effort, float floor) const {
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
  std::vector<int> taken(candidates_.size(), -1);  // the last ending that a candidate follows
  for (Ending& e : endings) {
    const float* row = &bigram_[e.last * n];
    const float enough = least - e.score;
    auto take = [&](int b) {
      if (row[b] + ahead[b] > enough && taken[b] != e.last) {
        taken[b] = e.last;
        e.followers.push_back({row[b] + ahead[b], b});
      }
    };
    const std::size_t some = std::min<std::size_t>(successors_[e.last].size(), effort.width);
    for (std::size_t k = 0; k < some; ++k) take(successors_[e.last][k]);
    for (const int b : reachable) take(b);
  }
  std::vector<Extension> extensions;
  for (int p = 0; p < static_cast<int>(from.size()); ++p) {
    for (const auto& [rank, b] : endings[ending[from[p].last]].followers) {
      if (from[p].score + rank > least) extensions.push_back({from[p].score + rank, p, b});
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
  return extensions;
}

void Decoder::Expand(const std::vector<Hypothesis>& from, int index, const Element& element, int cell,
                     const std::vector<float>& behind, const Effort& effort, float floor, bool counted,
                     std::vector<Node>* nodes, std::vector<Hypothesis>* out) const {
  const float* const witness = element.Witness(cell, candidates_.size());
  std::vector<float> witnessed;  // a copy only where there is one: this is called for every cell
  if (witness) witnessed = Witnessed(behind, element, cell);
  const std::vector<float>& ahead = witness ? witnessed : behind;
  const std::size_t n = contexts_.size();
  const std::vector<Extension> extensions = Promising(from, ahead, effort, floor);
  std::vector<Hypothesis> scored;
  scored.reserve(extensions.size());
  Scorer::Prepared before;
  int prepared = -1;
  bool pair = false;  // nothing but the last symbol of the parent bears on what follows: the table of bigrams has it
  for (const Extension& e : extensions) {
    const Hypothesis& h = from[e.parent];
    if (prepared != e.parent) {
      before = scorer_.Prepare(h.context);
      prepared = e.parent;
      pair = scorer_.KnowsLastOnly(before);
    }
    Hypothesis next;
    next.score = h.score + (pair ? bigram_[h.last * n + e.candidate]
                                 : scorer_.Step(before, candidates_[e.candidate], &next.context));
    next.settled = !pair;
    if (witness) next.score += witness[e.candidate];
    next.rank = next.score + behind[e.candidate];
    next.last = e.candidate;
    next.in_line = counted ? h.in_line + 1 : 0;
    next.node = e.parent;
    if (next.rank > floor) scored.push_back(next);
  }
  Prune(&scored, effort.beam, [&](Hypothesis* h) {
    if (!h->settled) scorer_.Step(from[h->node].context, candidates_[h->last], &h->context);
    h->settled = true;
  });
  for (Hypothesis& h : scored) {
    nodes->push_back({from[h.node].node, candidates_[h.last], index});
    h.node = static_cast<int>(nodes->size()) - 1;
  }
  out->swap(scored);
}

}  // namespace buque::infill

// What whole sequences cost, and the likeliest fillings of one hole when all around it stands.

#include <algorithm>
#include <stdexcept>

#include "decoder.h"

namespace buque::infill {

namespace {

constexpr int kSpan = 6;  // a symbol is seen by the n-grams of itself and the five after it

}  // namespace

Decoder::Decoder(const std::vector<std::string>& paths, const std::vector<std::string>& symbols)
    : symbols_(symbols), scorer_(paths, symbols) {
  begin_ = Find("<s>");
  end_ = Find("</s>");
}

int Decoder::Find(const std::string& symbol) const {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (symbols_[i] == symbol) return static_cast<int>(i);
  }
  throw std::invalid_argument("the symbol table lacks " + symbol);
}

void Decoder::Weights(const std::vector<std::vector<float>>& rows) { scorer_.Weights(rows); }

std::vector<std::vector<float>> Decoder::Score(const std::vector<int>& sequence) const {
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

std::vector<std::vector<Filling>> Decoder::Fillings(const std::vector<Element>& lattice, const std::vector<int>& sequence,
                                                    const std::vector<Span>& cells, const std::vector<int>& wanted,
                                                    const Effort& effort, int best) const {
  std::vector<Context> prefix(sequence.size() + 1);
  scorer_.Begin(&prefix[0]);
  for (const int symbol : sequence) Slot(symbol);  // throws where one is not admitted
  for (std::size_t i = 0; i < sequence.size(); ++i) scorer_.Step(prefix[i], sequence[i], &prefix[i + 1]);
  std::vector<std::vector<Filling>> out;
  for (const int e : wanted) out.push_back(FillingsOf(lattice[e], e, sequence, cells[e], prefix[cells[e].first], effort, best));
  return out;
}

/// Fillings of one hole, where it stands in the sequence and what stands before it.
std::vector<Filling> Decoder::FillingsOf(const Element& element, int index, const std::vector<int>& sequence, Span cell,
                                         const Context& before, const Effort& effort, int best) const {
  const std::size_t n = contexts_.size();
  const int length = static_cast<int>(sequence.size());
  const auto [from, behind] = cell;
  const int next = behind < length ? slot_[sequence[behind]] : slot_[end_];
  std::vector<std::vector<float>> more(1, std::vector<float>(&column_[next * n], &column_[next * n] + n));
  while (static_cast<int>(more.size()) <= std::min(element.most, element.least + 1)) {
    more.push_back(Grow(Witnessed(more.back(), element, Cells(element) - static_cast<int>(more.size())), effort));
  }
  std::vector<Node> nodes;
  std::vector<Hypothesis> growing(1), fresh, done;
  growing[0].context = before;
  growing[0].last = from ? slot_[sequence[from - 1]] : slot_[begin_];
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
    const std::vector<float> ahead = Remaining(element, more, std::min(k, element.most));
    Expand(growing, index, element, k - 1, ahead, effort, kNegInf, false, &nodes, &fresh);
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
    nodes.push_back({standing.node, sequence[at], index});
    standing.node = static_cast<int>(nodes.size()) - 1;
  }
  finish(standing, behind - from);
  Sort(&done);
  std::vector<Filling> fillings;
  for (const Hypothesis& h : done) {
    if (static_cast<int>(fillings.size()) >= best) break;
    std::vector<int> symbols;
    for (int node = h.node; node >= 0; node = nodes[node].previous) symbols.push_back(nodes[node].symbol);
    std::reverse(symbols.begin(), symbols.end());
    const bool known = std::any_of(fillings.begin(), fillings.end(), [&](const auto& f) { return f.first == symbols; });
    if (!known) fillings.push_back({std::move(symbols), h.score});
  }
  return fillings;
}

}  // namespace buque::infill

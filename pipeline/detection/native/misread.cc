// Doubtful cells and what competes with them; see misread.h.

#include "misread.h"

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cmath>

namespace py = pybind11;

namespace buque::misread {

namespace {

constexpr float kSlack = 2.0f;   // alternatives this far below what is told of still compete beside changed neighbours
constexpr int kProposals = 48;   // symbols that a neighbour proposes for a cell where nothing alike fits

float Strain(const Line& line, int i) { return line.cost[i] + line.cost[i + 1]; }

void Offer(int symbol, float channel, int seen, std::vector<Alternative>* tried) {
  if (symbol == seen) return;
  for (Alternative& a : *tried) {
    if (a.symbol == symbol) {
      a.channel = std::max(a.channel, channel);
      return;
    }
  }
  tried->push_back({symbol, channel, 0});
}

/// The symbols of the greatest chances, greatest first.
template <typename Chance>
std::vector<int> Best(const std::vector<int>& symbols, Chance chance) {
  std::vector<std::pair<float, int>> ranked(symbols.size());
  for (std::size_t k = 0; k < symbols.size(); ++k) ranked[k] = {-chance(k), symbols[k]};
  const std::size_t keep = std::min<std::size_t>(kProposals, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + keep, ranked.end());
  std::vector<int> best;
  for (std::size_t k = 0; k < keep; ++k) best.push_back(ranked[k].second);
  return best;
}

}  // namespace

void Rank(std::vector<Alternative>* alternatives) {
  std::sort(alternatives->begin(), alternatives->end(), [](const Alternative& a, const Alternative& b) {
    return a.total() != b.total() ? a.total() > b.total() : a.symbol < b.symbol;
  });
}

void Misreader::Common(const std::vector<int>& symbols) {
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

double Doubt::Evidence() const {
  double sum = 0;
  for (const Alternative& a : alternatives) {
    sum += std::pow(10.0, std::min(static_cast<double>(a.gain) + static_cast<double>(a.channel), 30.0));
  }
  return std::log10(1 + sum);
}

Said Misreader::Read(const std::vector<std::vector<int>>& sequences) const {
  Said said;
  said.score_.resize(scorer_.size());
  for (const auto& sequence : sequences) {
    auto& known = said.known_.emplace_back(sequence.size());
    Context from, to;
    scorer_.Begin(&from);
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      known[i] = sequence[i] != kBreak;
      if (!known[i]) {
        scorer_.Nothing(&from);
        continue;
      }
      said.bucket_.push_back(scorer_.Bucket(from));
      for (std::size_t m = 0; m < scorer_.size(); ++m) {
        said.score_[m].push_back(scorer_.One(m, from.state[m], sequence[i], &to.state[m]));
      }
      std::swap(from, to);
    }
  }
  return said;
}

std::vector<double> Said::Weights(const std::vector<double>& expected, double strength, int rounds) const {
  const std::size_t models = score_.size(), symbols = bucket_.size();
  if (expected.size() != models) throw std::invalid_argument("one weight a model");
  std::vector<double> weights = expected, sums(models);
  if (!symbols) return weights;
  std::vector<double> chance(models * symbols);
  for (std::size_t m = 0; m < models; ++m) {
    for (std::size_t i = 0; i < symbols; ++i) chance[i * models + m] = std::pow(10.0, static_cast<double>(score_[m][i]));
  }
  for (int round = 0; round < rounds; ++round) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = 0; i < symbols; ++i) {
      double all = 0;
      for (std::size_t m = 0; m < models; ++m) all += weights[m] * chance[i * models + m];
      for (std::size_t m = 0; m < models; ++m) sums[m] += weights[m] * chance[i * models + m] / all;
    }
    double all = 0;
    for (std::size_t m = 0; m < models; ++m) all += weights[m] = sums[m] + strength * expected[m];
    for (double& weight : weights) weight /= all;
  }
  return weights;
}

std::vector<std::vector<float>> Said::Costs(const std::vector<std::vector<float>>& rows) const {
  std::vector<std::vector<float>> costs;
  std::size_t at = 0;
  for (const auto& known : known_) {
    auto& of = costs.emplace_back(known.size(), 0.0f);
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i]) continue;
      float mixed = 0;
      for (std::size_t m = 0; m < score_.size(); ++m) {
        mixed += rows.at(bucket_[at]).at(m) * std::exp(score_[m][at] * 2.302585093f);
      }
      of[i] = std::log10(mixed);
      ++at;
    }
  }
  return costs;
}

/// The gains at one position, each reckoned once for all searches.
class Gains {
 public:
  Gains(const Misreader& misreader, const Line& line, std::size_t symbols)
      : misreader_(misreader), line_(line), known_(symbols) {}

  void At(int i) { at_ = i; }

  /// As Misreader::Gain.
  bool Reaches(float least, Alternative* a) {
    Known& known = known_[a->symbol];
    if (known.at != at_ || (!known.whole && known.reach >= least)) {
      known.at = at_;
      known.whole = misreader_.Gain(line_, at_, line_.before[at_], least, a, nullptr, nullptr, &known.reach);
      known.gain = a->gain;
    }
    a->gain = known.gain;
    return known.whole && known.reach >= least;
  }

 private:
  struct Known {
    int at = -1;
    bool whole;   // the gain was reckoned to its end
    float gain, reach;
  };
  const Misreader& misreader_;
  const Line& line_;
  std::vector<Known> known_;
  int at_ = -1;
};

std::vector<std::vector<Doubt>> Misreader::Scan(const std::vector<int>& sequence, const std::vector<bool>& open,
                                                const std::vector<std::tuple<int, int, float>>& offered,
                                                const std::vector<Search>& searches) {
  py::gil_scoped_release release;
  if (open.size() != sequence.size()) throw std::invalid_argument("one flag a position");
  Line line;
  Forward(sequence, &line);
  Offers offers;
  for (const auto& [at, symbol, chance] : offered) offers[at].push_back({symbol, chance});
  Gains gains(*this, line, alike_[0].size());
  std::vector<std::vector<Doubt>> out(searches.size());
  for (int i = 0; i < line.size(); ++i) {
    if (!open[i] || line.symbol[i] == kBreak) continue;
    gains.At(i);
    for (std::size_t s = 0; s < searches.size(); ++s) Doubtful(line, i, offers, searches[s], &gains, &out[s]);
  }
  for (std::size_t s = 0; s < searches.size(); ++s) {
    std::vector<Doubt>& doubts = out[s];
    const Options& options = searches[s].options;
    Pairs(line, open, searches[s], &doubts);
    Together(line, options, &doubts);
    for (Doubt& d : doubts) {
      auto& a = d.alternatives;
      a.erase(std::remove_if(a.begin(), a.end(), [&](const auto& x) { return x.total() < options.report; }), a.end());
    }
    doubts.erase(std::remove_if(doubts.begin(), doubts.end(), [](const Doubt& d) { return d.alternatives.empty(); }),
                 doubts.end());
    for (Doubt& d : doubts) Describe(line, &d);
  }
  return out;
}

void Misreader::Doubtful(const Line& line, int i, const Offers& offers, const Search& search, Gains* gains,
                         std::vector<Doubt>* doubts) {
  const Options& options = search.options;
  const auto offered = offers.find(i);
  const float strain = Strain(line, i);
  if (strain > options.doubt && offered == offers.end()) return;
  Doubt doubt{};
  doubt.at = i;
  std::vector<Alternative> tried;
  for (const auto& [symbol, chance] : alike_.at(search.table)[line.symbol[i]]) {
    tried.push_back({symbol, options.prior + chance, 0});
  }
  if (offered != offers.end()) {
    for (const auto& [symbol, chance] : offered->second) Offer(symbol, chance, line.symbol[i], &tried);
  }
  if (strain < options.wild && std::none_of(tried.begin(), tried.end(), [&](Alternative a) {
        return gains->Reaches(-a.channel, &a) && a.total() > 0;
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
    if (gains->Reaches(options.report - kSlack - a.channel, &a)) doubt.alternatives.push_back(a);
  }
  Rank(&doubt.alternatives);
  if (!doubt.alternatives.empty()) doubts->push_back(std::move(doubt));
}

void Misreader::Forward(const std::vector<int>& sequence, Line* line) const {
  const int n = static_cast<int>(sequence.size());
  line->symbol = sequence;
  line->before.resize(n + 1);
  line->cost.assign(n + 1, 0.0f);
  line->order.assign(n + 1, 0);
  line->behind = Behind(n + 1);
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

void Misreader::Continue(int from, int to, Line* line) const {
  for (int i = from; i < to; ++i) {
    if (line->symbol[i] == kBreak) {
      scorer_.Nothing(&line->before[i + 1]);
      continue;
    }
    line->cost[i] = scorer_.Step(line->before[i], line->symbol[i], &line->before[i + 1]);
    line->order[i] = Longest(line->before[i + 1]);
  }
}

int Misreader::Longest(const Context& context) const {
  int longest = 0;
  for (std::size_t m = 0; m < scorer_.size(); ++m) longest = std::max<int>(longest, context.state[m].length);
  return longest;
}

float Misreader::Even(const Context& context, int symbol) const {
  float sum = 0;
  lm::ngram::State out;
  for (std::size_t m = 0; m < scorer_.size(); ++m) sum += std::exp(scorer_.One(m, context.state[m], symbol, &out) * 2.302585093f);
  return sum;
}

const std::vector<int>& Misreader::Followers(int symbol) {
  const auto [found, fresh] = followers_.try_emplace(symbol);
  if (fresh) {
    Context context;
    scorer_.After(symbol, &context);
    found->second = Best(common_, [&](std::size_t k) { return Even(context, common_[k]); });
  }
  return found->second;
}

const std::vector<int>& Misreader::Preceders(int symbol) {
  const auto [found, fresh] = preceders_.try_emplace(symbol);
  if (fresh) {
    found->second = Best(common_, [&](std::size_t k) { return usual_[k] * Even(after_common_[k], symbol); });
  }
  return found->second;
}

float Misreader::Follow(const Line& line, int at, int own, const Context& from, Context* to) const {
  const int symbol = at < line.size() ? line.symbol[at] : end_;
  const float* weights = scorer_.WeightsAfter(from);
  float mixed = 0;
  for (std::size_t m = 0; m < scorer_.size(); ++m) {
    const int length = from.state[m].length;
    if (length > own || length >= kReach) {
      mixed += weights[m] * std::exp(scorer_.One(m, from.state[m], symbol, &to->state[m]) * 2.302585093f);
      continue;
    }
    bool fresh;
    Behind::Known& known = line.behind.Of(at, m, length, &fresh);
    if (fresh) known.chance = std::exp(scorer_.One(m, from.state[m], symbol, &known.to) * 2.302585093f);
    to->state[m] = known.to;
    mixed += weights[m] * known.chance;
  }
  return std::log10(mixed);
}

bool Misreader::Gain(const Line& line, int i, const Context& before, float least, Alternative* a, int* longest,
                     float* window, float* reach) const {
  Context first, second;
  const Context* now = &before;
  Context* then = &first;
  float gain = 0, cost = 0, rest = 0, lowest = 0;
  for (int at = i + 1; at <= i + kReach && at <= line.size(); ++at) rest -= line.cost[at];
  if (longest) *longest = 0;
  for (int k = 0; k <= kReach; ++k) {
    const int at = i + k;
    if (at > line.size() || (at == line.size() && line.symbol[at - 1] == kBreak)) break;
    if (k && at < line.size() && line.symbol[at] == kBreak) break;
    const float step = k == 0 ? scorer_.Step(*now, a->symbol, then) : Follow(line, at, k - 1, *now, then);
    cost += step;
    gain += step - line.cost[at];
    if (longest && Longest(*then) > k) *longest = std::max(*longest, Longest(*then));
    if (k) rest += line.cost[at];
    lowest = k ? std::min(lowest, gain + rest) : gain + rest;
    if (reach) *reach = lowest;
    if (gain + rest < least) return false;
    if (at == line.size()) break;
    if (k && !window && Same(*then, line.before[at + 1])) break;
    now = then;
    then = now == &first ? &second : &first;
  }
  a->gain = gain;
  if (window) *window = cost;
  return true;
}

bool Misreader::Same(const Context& a, const Context& b) const {
  for (std::size_t m = 0; m < scorer_.size(); ++m) {
    if (a.state[m].length != b.state[m].length) return false;
    for (int k = 0; k < a.state[m].length; ++k) {
      if (a.state[m].words[k] != b.state[m].words[k]) return false;
    }
  }
  return true;
}

}  // namespace buque::misread

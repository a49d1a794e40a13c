// Placement of a line's ink on its grid of full-width cells, by exact dynamic programming. The costs are those of
// tests/grid_oracle.py, which says the same slowly; pipeline/imaging/grid.py explains them.

#include "grid.h"

#include <algorithm>
#include <cmath>

namespace buque {

namespace {

constexpr double kSpread = 0.10;       // standard deviation of a cell's place, pitches
constexpr int kLongestGroup = 6;       // runs of one character: 川, 州
constexpr double kGroupCost = 0.15;
constexpr double kGapCost = 0.15;
constexpr double kWorstStep = 14.0;
constexpr double kSpeck = 0.17;        // ems; specks are smaller, commas and stops larger
constexpr double kHanHeight = 0.86, kBracketWidth = 0.3, kTorn = 3.0;
constexpr double kLowLeft = 0.10, kOpeningRight = 0.93, kClosingLeft = 0.07;

double square(double x) { return x * x; }

int nearest(double x) { return static_cast<int>(std::nearbyint(x)); }  // half to even, as in Python

Shape shape_of(double width, double height, double middle, double lean) {
  int leaning = lean < -0.12 ? -1 : lean > 0.12 ? 1 : 0;
  return {nearest(width / 0.08), nearest(height / 0.10), nearest(middle / 0.12), leaning};
}

}  // namespace

void Grid::placements(const Run& group, std::vector<Place>* found) const {
  found->clear();
  const double left = group.left, right = group.right, lean = group.lean;
  const double width = (right - left) / pitch_, height = (group.bottom - group.top) / em_;
  const double sunk = ((group.top + group.bottom) / 2 - middle_) / em_;
  const double centre = (left + right) / 2;
  if (width <= 1.12) {
    double cost = 0.0;
    if (width > 1.0) cost += 0.5 * square((width - 1.0) / 0.05);
    if (width < 0.62) cost += 0.5 * square((0.62 - width) / 0.12);
    const bool stroke = height < 0.2 && width > 0.4 && std::abs(sunk) < 0.25;  // 一, its ends paled
    if (height < 0.5 && width < 0.6) cost += stroke ? 0.5 : 4;
    if (height < 0.35 && width >= 0.6) cost += 0.3;
    found->push_back({kFull, centre - pitch_ / 2, centre + pitch_ / 2, cost});
  } else {
    const int doubled = static_cast<int>(2 * width);
    for (int halves = std::max(3, doubled - 1); halves < doubled + 3; ++halves) {
      const double size = halves / 2.0;
      if (size - 0.45 < width && width < size + 0.12) {
        const double cost = 1.0 + 0.5 * square((width - size + 0.1) / 0.12);
        found->push_back({kMerged, centre - size * pitch_ / 2, centre + size * pitch_ / 2, cost});
      }
    }
  }
  if (width > 0.56) return;
  auto from_left = [&](Kind kind, double offset, double cost) {
    found->push_back({kind, left - offset * pitch_, left + (1 - offset) * pitch_, cost});
  };
  auto from_right = [&](double cost) {
    const double edge = right - kOpeningRight * pitch_;
    found->push_back({kOpening, edge, edge + pitch_, cost});
  };
  auto half = [&](double cost) {
    const double reach = marks_.half * pitch_ / 2;
    found->push_back({kHalf, centre - reach, centre + reach, cost});
  };
  const auto at = marks_.learnt.find(shape_of(width, height, sunk, lean));
  const bool learnt = at != marks_.learnt.end();
  if (learnt) {
    for (const auto& [offset, cost] : at->second) from_left(kLearnt, offset, cost);
  }
  if (height < 0.52 && width < 0.5) {
    if (sunk > 0.08) {
      from_left(kLow, kLowLeft, learnt ? 1.5 : 0.0);
      if (!learnt) from_left(kLow, (1 - width) / 2, 1.5);  // in the middle, as traditional fonts put it
      half(1.0);                                           // a decimal point
    } else if (sunk < -0.08) {
      from_right(0.3);
      from_left(kClosing, kClosingLeft, 0.3);
      from_left(kLow, kLowLeft, 2.0);
    } else {
      half(0.6);
      found->push_back({kFull, centre - pitch_ / 2, centre + pitch_ / 2, 0.6});
    }
    return;
  }
  if (height > 0.7 || width < 0.5) {
    const double cost = (height > 0.75 ? 0.2 : 1.2) + (learnt ? 1.0 : 0.0);
    from_right(cost + (lean > 0.12 ? 2.5 : lean < -0.12 ? 0.0 : 0.4));
    from_left(kClosing, kClosingLeft, cost + (lean < -0.12 ? 2.5 : lean > 0.12 ? 0.0 : 0.4));
  }
  if (height > 0.45) {
    // As high as a Han and no bracket: half of one.
    const double torn = height > kHanHeight && width > kBracketWidth ? kTorn : 0.0;
    half((0.55 < height && height < 0.82 ? 0.1 : 1.0) + (std::abs(lean) > 0.2 ? 0.7 : 0.0) + torn);
  }
  if (height < 0.8 && sunk > -0.05) from_left(kLow, kLowLeft, learnt ? 2.0 : 0.6);
}

// Cost of the distance between two cells: off the grid, or on it with blank cells between.
double Grid::step(const Place& before, const Place& place) const {
  if (before.kind == kNone) return 0.0;
  const double gap = (place.left - before.right) / pitch_;
  const int blanks = std::max(0, nearest(gap));
  double cost = square((gap - blanks) / kSpread);
  const int halves = (place.kind == kHalf) + (before.kind == kHalf);
  if (halves == 1) {  // between Han and Latin, typesetters leave a quarter of an em
    const double spaced = gap - 0.25;
    cost = std::min(cost, square((spaced - std::max(0, nearest(spaced))) / kSpread) + 0.8);
  } else if (halves == 2) {
    if (-0.12 < gap && gap < 0.12) cost *= 0.3;
    cost = std::min(cost, square((gap - 0.5) / kSpread) + 1.5);
  }
  return std::min(cost, kWorstStep) + (blanks ? kGapCost : 0.0);
}

double Grid::noise(const Run& run) const {
  const double area = run.area / (em_ * em_), width = run.right - run.left;
  double cost = std::max(width, run.bottom - run.top) < kSpeck * em_ ? 2.5 : area < 0.05 ? 8.0 : 30.0;
  cost = std::min(30.0, cost * marks_.dirt);
  const Shape shape =
      shape_of(width / pitch_, (run.bottom - run.top) / em_, ((run.top + run.bottom) / 2 - middle_) / em_, run.lean);
  return marks_.learnt.count(shape) ? std::max(cost, 5.0) : cost;
}

double Grid::solve(std::vector<Placed>* placed) const {
  const int count = static_cast<int>(runs_.size());
  std::vector<State> states{{0.0, {kNone, 0, 0, 0}, {}, -1}};
  std::vector<std::vector<int>> at(count + 1);  // states by the number of runs used up
  at[0] = {0};
  struct Ending {
    int first;
    Run ink;
    Place place;
  };
  std::vector<std::vector<Ending>> ending(count + 1);
  std::vector<Place> found;
  for (int first = 0; first < count; ++first) {
    Run extent = runs_[first];
    double split = 0.0;
    bool torn = true;  // parted where it was thin, but one run
    for (int last = first; last < std::min(count, first + kLongestGroup); ++last) {
      const Run& part = runs_[last];
      if (last > first) {
        torn = torn && part.left == runs_[last - 1].right;
        if (!torn && part.right - extent.left > 1.13 * pitch_) break;
        split = std::max(split, part.left - runs_[last - 1].right);
        extent.top = std::min(extent.top, part.top);
        extent.bottom = std::max(extent.bottom, part.bottom);
        extent.area += part.area;
        extent.right = part.right;
        extent.lean = 0.0;
      }
      placements(extent, &found);
      for (Place place : found) {
        place.cost += kGroupCost;
        if (last > first) {
          if (place.kind == kHalf) {
            place.cost += 1.5;
          } else if (place.kind == kLow || place.kind == kLearnt) {
            place.cost += split > 0.15 * pitch_ ? 2 : 0;
          } else if (place.kind == kOpening || place.kind == kClosing) {
            place.cost += split > 0.3 * pitch_ ? 2 : 0;
          }
        }
        if (place.kind == kFull && split > 0.34 * pitch_) {
          place.cost += 0.4 * square((split / pitch_ - 0.34) / 0.06);
        }
        ending[last + 1].push_back({first, extent, place});
      }
    }
  }
  for (int used = 1; used <= count; ++used) {
    std::vector<State> next;
    for (const Ending& end : ending[used]) {
      double best = 1e300;
      int before = -1;
      for (int s : at[end.first]) {
        const double cost = states[s].cost + step(states[s].place, end.place);
        if (cost < best) best = cost, before = s;
      }
      next.push_back({best + end.place.cost, end.place, end.ink, before});
    }
    const double dirt = noise(runs_[used - 1]);
    for (int s : at[used - 1]) {
      State state = states[s];
      state.cost += dirt;
      next.push_back(state);
    }
    double best = 1e300;
    for (const State& state : next) best = std::min(best, state.cost);
    for (const State& state : next) {
      // No step costs more than this, so a state that lies further behind cannot come out first.
      if (state.cost > best + kWorstStep + kGapCost) continue;
      at[used].push_back(static_cast<int>(states.size()));
      states.push_back(state);
    }
  }
  int last = at[count][0];
  for (int s : at[count]) {
    if (states[s].cost < states[last].cost) last = s;
  }
  const double total = states[last].cost;
  placed->clear();
  while (last >= 0 && states[last].place.kind != kNone) {
    placed->push_back({states[last].place, states[last].ink});
    last = states[last].before;
  }
  std::reverse(placed->begin(), placed->end());
  return total;
}

std::optional<double> refined(const std::vector<Grid::Placed>& cells, double pitch) {
  double products = 0.0, squares = 0.0;
  int pairs = 0;
  for (size_t i = 1; i < cells.size(); ++i) {
    const auto &a = cells[i - 1], &b = cells[i];
    if (a.place.kind != kFull || b.place.kind != kFull) continue;
    if (std::min(a.ink.right - a.ink.left, b.ink.right - b.ink.left) <= 0.6 * pitch) continue;
    const double distance = (b.ink.left + b.ink.right - a.ink.left - a.ink.right) / 2;
    const int steps = nearest(distance / pitch);
    if (steps >= 1 && steps <= 6 && std::abs(distance / pitch - steps) < 0.3) {
      products += distance * steps;
      squares += steps * steps;
      ++pairs;
    }
  }
  if (pairs < 3 || squares < 6) return std::nullopt;
  return products / squares;
}

}  // namespace buque

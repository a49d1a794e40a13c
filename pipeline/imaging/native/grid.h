// Ink runs of a line, the cells they may stand in, and the grid that places them; see grid.cc.

#ifndef BUQUE_IMAGING_GRID_H_
#define BUQUE_IMAGING_GRID_H_

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace buque {

enum Kind { kFull, kMerged, kLearnt, kLow, kOpening, kClosing, kHalf, kNone };
inline constexpr const char* kNames[] = {"full", "merged", "learnt", "low", "opening", "closing", "half"};

struct Run {
  double left, right, top, bottom, area, lean;
};

struct Place {
  Kind kind;
  double left, right, cost;
};

using Shape = std::tuple<int, int, int, int>;

struct Marks {
  std::map<Shape, std::vector<std::pair<double, double>>> learnt;  // offset and cost
  double half, dirt;
};

class Grid {
 public:
  Grid(const std::vector<Run>& runs, double pitch, double em, double middle, const Marks& marks)
      : runs_(runs), pitch_(pitch), em_(em), middle_(middle), marks_(marks) {}

  struct Placed {
    Place place;
    Run ink;
  };

  double solve(std::vector<Placed>* placed) const;

 private:
  struct State {
    double cost;
    Place place;  // kind kNone before the first ink
    Run ink;
    int before;   // state that this one follows, or -1
  };

  void placements(const Run& group, std::vector<Place>* found) const;
  double step(const Place& before, const Place& place) const;
  double noise(const Run& run) const;

  const std::vector<Run>& runs_;
  double pitch_, em_, middle_;
  const Marks& marks_;
};

// Pitch by least squares on the distances of wide characters; none with fewer than three of them.
std::optional<double> refined(const std::vector<Grid::Placed>& cells, double pitch);

}  // namespace buque

#endif  // BUQUE_IMAGING_GRID_H_

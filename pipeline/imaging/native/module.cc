// The native grid as a Python module: pipeline/imaging/_native.pyi has its types.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>

#include "grid.h"

namespace py = pybind11;
using namespace buque;

namespace {

using RunTuple = std::tuple<double, double, double, double, double, double>;
using PlacedTuple = std::tuple<const char*, double, double, RunTuple>;

std::vector<Run> runs_of(const std::vector<RunTuple>& given) {
  std::vector<Run> runs;
  for (const auto& [left, right, top, bottom, area, lean] : given) runs.push_back({left, right, top, bottom, area, lean});
  return runs;
}

std::vector<PlacedTuple> tuples(const std::vector<Grid::Placed>& cells) {
  std::vector<PlacedTuple> result;
  for (const auto& [place, ink] : cells) {
    result.emplace_back(kNames[place.kind], place.left, place.right,
                        RunTuple{ink.left, ink.right, ink.top, ink.bottom, ink.area, ink.lean});
  }
  return result;
}

std::pair<std::vector<PlacedTuple>, double> place_runs(const std::vector<RunTuple>& given, double pitch, double em,
                                                       double middle, const Marks& marks) {
  const std::vector<Run> runs = runs_of(given);
  std::vector<Grid::Placed> placed;
  const double cost = Grid(runs, pitch, em, middle, marks).solve(&placed);
  return {tuples(placed), cost};
}

std::pair<std::vector<PlacedTuple>, double> fit_line(const std::vector<RunTuple>& given, double base, double middle,
                                                     const Marks& marks, const std::vector<double>& stretches) {
  const std::vector<Run> runs = runs_of(given);
  double best = 1e300, chosen = base;
  std::vector<Grid::Placed> kept, placed;
  for (double stretch : stretches) {
    double pitch = base * stretch, cost = 0.0;
    for (int round = 0; round < 3; ++round) {
      cost = Grid(runs, pitch, base, middle, marks).solve(&placed);
      const auto better = refined(placed, pitch);
      if (!better || std::abs(*better - pitch) < 0.002 * pitch || *better <= 0.96 * base || *better >= 1.12 * base) {
        break;
      }
      pitch = *better;
    }
    cost += 0.3 * std::abs(stretch - 1.0) / 0.035;
    if (cost < best - 1e-6) best = cost, kept = placed, chosen = pitch;
  }
  return {tuples(kept), chosen};
}

Marks marks_from(const std::map<Shape, std::vector<std::pair<double, double>>>& learnt, double half, double dirt) {
  return {learnt, half, dirt};
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  py::class_<Marks>(module, "Marks").def(py::init(&marks_from), py::arg("learnt"), py::arg("half"), py::arg("dirt"));
  module.def("place_runs", &place_runs, py::arg("runs"), py::arg("pitch"), py::arg("em"), py::arg("middle"),
             py::arg("marks"), py::call_guard<py::gil_scoped_release>());
  module.def("fit_line", &fit_line, py::arg("runs"), py::arg("base"), py::arg("middle"), py::arg("marks"),
             py::arg("stretches"), py::call_guard<py::gil_scoped_release>());
}

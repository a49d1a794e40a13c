// The native grid and ink as a Python module: pipeline/imaging/_native.pyi has its types.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "grid.h"
#include "ink.h"

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

template <typename T>
using Array = py::array_t<T, py::array::c_style | py::array::forcecast>;

// Stretches (row, start, end, label), stats (left, top, width, height, area) and centres (x, y).
py::tuple connected(const Array<std::uint8_t>& ink) {
  if (ink.ndim() != 2) throw py::value_error("an image of ink has rows and columns");
  std::vector<Stretch> stretches;
  std::vector<Component> components;
  {
    const py::gil_scoped_release parallel;
    connect(ink.data(), static_cast<int>(ink.shape(0)), static_cast<int>(ink.shape(1)), &stretches, &components);
  }
  static_assert(sizeof(Stretch) == 4 * sizeof(std::int32_t));
  py::array_t<std::int32_t> rows({static_cast<py::ssize_t>(stretches.size()), py::ssize_t{4}});
  if (!stretches.empty()) std::memcpy(rows.mutable_data(), stretches.data(), stretches.size() * sizeof(Stretch));
  const auto count = static_cast<py::ssize_t>(components.size());
  py::array_t<std::int32_t> stats({count, py::ssize_t{5}});
  py::array_t<double> centres({count, py::ssize_t{2}});
  auto stat = stats.mutable_unchecked<2>();
  auto centre = centres.mutable_unchecked<2>();
  for (py::ssize_t at = 0; at < count; ++at) {
    const Component& own = components[at];
    const auto area = static_cast<std::int32_t>(own.area);
    const std::int32_t values[] = {own.left, own.top, own.right - own.left, own.bottom - own.top, area};
    for (int k = 0; k < 5; ++k) stat(at, k) = values[k];
    const double pixels = static_cast<double>(std::max<std::int64_t>(own.area, 1));
    centre(at, 0) = static_cast<double>(own.across) / pixels;
    centre(at, 1) = static_cast<double>(own.down) / pixels;
  }
  return py::make_tuple(rows, stats, centres);
}

py::array_t<std::uint8_t> painted(const Array<std::int32_t>& stretches, const Array<std::uint8_t>& chosen,
                                  py::ssize_t height, py::ssize_t width) {
  py::array_t<std::uint8_t> image({height, width});
  std::uint8_t* pixels = image.mutable_data();
  std::memset(pixels, 0, static_cast<std::size_t>(height) * width);
  const auto stretch = stretches.unchecked<2>();
  const auto taken = chosen.unchecked<1>();
  for (py::ssize_t at = 0; at < stretch.shape(0); ++at) {
    if (!taken(stretch(at, 3))) continue;
    std::memset(pixels + static_cast<std::size_t>(stretch(at, 0)) * width + stretch(at, 1), 1,
                static_cast<std::size_t>(stretch(at, 2) - stretch(at, 1)));
  }
  return image;
}

std::pair<py::array_t<double>, py::array_t<double>> row_profile(const Array<double>& rows, const Array<double>& columns,
                                                                const Array<float>& weights, double slope) {
  if (rows.size() != columns.size() || rows.size() != weights.size()) throw py::value_error("as many rows as columns");
  std::vector<double> upper, lower;
  profile(rows.data(), columns.data(), weights.data(), static_cast<std::size_t>(rows.size()), slope, &upper, &lower);
  const auto length = static_cast<py::ssize_t>(upper.size());
  return {py::array_t<double>(length, upper.data()), py::array_t<double>(length, lower.data())};
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  py::class_<Marks>(module, "Marks").def(py::init(&marks_from), py::arg("learnt"), py::arg("half"), py::arg("dirt"));
  module.def("place_runs", &place_runs, py::arg("runs"), py::arg("pitch"), py::arg("em"), py::arg("middle"),
             py::arg("marks"), py::call_guard<py::gil_scoped_release>());
  module.def("fit_line", &fit_line, py::arg("runs"), py::arg("base"), py::arg("middle"), py::arg("marks"),
             py::arg("stretches"), py::call_guard<py::gil_scoped_release>());
  module.def("connected", &connected, py::arg("ink"));
  module.def("painted", &painted, py::arg("stretches"), py::arg("chosen"), py::arg("height"), py::arg("width"));
  module.def("row_profile", &row_profile, py::arg("rows"), py::arg("columns"), py::arg("weights"), py::arg("slope"));
}

// The search for misread characters, told to Python; see misread.h.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "misread.h"

namespace py = pybind11;

using namespace buque::misread;

PYBIND11_MODULE(_native, module) {
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
      .def_readonly("alternatives", &Doubt::alternatives)
      .def_property_readonly("evidence", &Doubt::Evidence);
  py::class_<Said>(module, "Said").def("weights", &Said::Weights).def("costs", &Said::Costs);
  py::class_<Misreader>(module, "Misreader")
      .def(py::init<const std::vector<std::string>&, const std::vector<std::string>&>())
      .def("weights", &Misreader::Weights)
      .def("alike", &Misreader::Alike)
      .def("common", &Misreader::Common)
      .def("read", &Misreader::Read)
      .def(
          "scan",
          [](Misreader& misreader, const std::vector<int>& sequence, const std::vector<bool>& open,
             const std::vector<std::tuple<int, int, float>>& offered,
             const std::vector<std::pair<int, Options>>& searches) {
            std::vector<Search> all;
            for (const auto& [table, options] : searches) all.push_back({table, options});
            return misreader.Scan(sequence, open, offered, all);
          });
}

// The decoder as a Python module.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "decoder.h"

namespace py = pybind11;
using buque::infill::Decoder;
using buque::infill::Effort;
using buque::infill::Element;
using buque::infill::Pairs;

namespace {

template <class T>
using Array = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <class T>
std::vector<T> Copy(const Array<T>& array) {
  return {array.data(), array.data() + array.size()};
}

template <class T>
Array<T> Copy(const std::vector<T>& vector) {
  return Array<T>(vector.size(), vector.data());
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  py::class_<Element>(module, "Element")
      .def(py::init([](int symbol, bool hole, int least, int most, std::vector<float> length_score,
                       std::vector<float> line_score, const Array<float>& witness) {
             return Element{symbol, hole, least, most, std::move(length_score), std::move(line_score), Copy(witness)};
           }),
           py::arg("symbol") = -1, py::arg("hole") = false, py::arg("least") = 0, py::arg("most") = 0,
           py::arg("length_score") = std::vector<float>(), py::arg("line_score") = std::vector<float>(),
           py::arg("witness") = py::array_t<float>(0));
  py::class_<Effort>(module, "Effort")
      .def(py::init([](int beam, int width, int extensions, int growth, int successors) {
             return Effort{beam, width, extensions, growth, successors};
           }),
           py::arg("beam"), py::arg("width"), py::arg("extensions"), py::arg("growth"), py::arg("successors"));
  module.def("best", [](const std::vector<float>& scores, std::size_t keep) {
    return buque::infill::Best(scores.data(), scores.size(), keep);
  });
  py::class_<Pairs, std::shared_ptr<Pairs>>(module, "Pairs")
      .def(py::init([](const Array<std::uint32_t>& begins, const Array<std::uint16_t>& second, const Array<float>& score) {
             return Pairs{Copy(begins), Copy(second), Copy(score)};
           }),
           py::arg("begins"), py::arg("second"), py::arg("score"))
      .def_property_readonly("begins", [](const Pairs& self) { return Copy(self.begins); })
      .def_property_readonly("second", [](const Pairs& self) { return Copy(self.second); })
      .def_property_readonly("score", [](const Pairs& self) { return Copy(self.score); });
  py::class_<Decoder>(module, "Decoder")
      .def(py::init<const std::vector<std::string>&, const std::vector<std::string>&>())
      .def("score", &Decoder::Score)
      .def("listed", &Decoder::Listed, py::call_guard<py::gil_scoped_release>())
      .def("know", &Decoder::Know)
      .def("bigram", &Decoder::Bigram)
      .def("fillings", &Decoder::Fillings, py::call_guard<py::gil_scoped_release>())
      .def("weights", &Decoder::Weights)
      .def_property_readonly("buckets", &Decoder::Buckets)
      .def("remember", [](Decoder& self, const std::vector<int>& sequence, const std::vector<float>& weights,
                          bool discount) { self.cache().Add(sequence, weights, discount); })
      .def("forget", [](Decoder& self) { self.cache().Clear(); })
      .def("strengths", [](Decoder& self, const std::vector<float>& strengths, const std::vector<float>& most) {
             self.cache().Strengths(strengths, most);
           })
      .def("admit", &Decoder::Admit, py::call_guard<py::gil_scoped_release>())
      .def("decode", &Decoder::Decode, py::call_guard<py::gil_scoped_release>())
      .def("__len__", &Decoder::size);
}

// Connected ink by runs (Wu, Otoo and Suzuki, Two strategies to speed up connected component labeling, 2005): a page is
// nearly white, so that its inked runs are few beside its pixels. Labels go by the first pixel, row by row.

#include "ink.h"

#include <algorithm>
#include <cstring>

namespace buque {
namespace {

std::int32_t root(std::vector<std::int32_t>* parents, std::int32_t at) {
  std::vector<std::int32_t>& parent = *parents;
  while (parent[at] != at) at = parent[at] = parent[parent[at]];
  return at;
}

// Returns the first column from `at` that is inked, or width.
int inked_from(const std::uint8_t* row, int at, int width) {
  for (std::uint64_t eight; at + 8 <= width; at += 8) {
    std::memcpy(&eight, row + at, 8);
    if (eight) break;
  }
  while (at < width && !row[at]) ++at;
  return at;
}

}  // namespace

void connect(const std::uint8_t* ink, int height, int width, std::vector<Stretch>* stretches,
             std::vector<Component>* components) {
  stretches->clear();
  std::vector<std::int32_t> parents;
  std::size_t above = 0, begun = 0;  // the stretches of the row above lie from above, before begun
  for (int row = 0; row < height; ++row) {
    const std::uint8_t* pixels = ink + static_cast<std::size_t>(row) * width;
    const std::size_t first = stretches->size();
    std::size_t candidate = above;
    for (int start = inked_from(pixels, 0, width); start < width; start = inked_from(pixels, start, width)) {
      int end = start + 1;
      while (end < width && pixels[end]) ++end;
      std::int32_t label = -1;
      while (candidate < begun && (*stretches)[candidate].end < start) ++candidate;
      for (std::size_t at = candidate; at < begun && (*stretches)[at].start <= end; ++at) {
        const std::int32_t other = root(&parents, (*stretches)[at].label);
        if (label < 0) {
          label = other;
        } else if (other != label) {
          parents[std::max(label, other)] = std::min(label, other);
          label = std::min(label, other);
        }
      }
      if (label < 0) {
        label = static_cast<std::int32_t>(parents.size());
        parents.push_back(label);
      }
      stretches->push_back({row, start, end, label});
      start = end;
    }
    above = first;
    begun = stretches->size();
  }
  // A component's root is its first label, so that numbers are given in order of the first pixels.
  std::vector<std::int32_t> numbers(parents.size());
  std::int32_t count = 0;
  for (std::size_t at = 0; at < parents.size(); ++at) {
    const std::int32_t first = root(&parents, static_cast<std::int32_t>(at));
    numbers[at] = first == static_cast<std::int32_t>(at) ? ++count : numbers[first];
  }
  components->assign(count + 1, {width, height, 0, 0, 0, 0, 0});
  Component& paper = (*components)[0];
  paper = {0, 0, width, height, static_cast<std::int64_t>(width) * height,
           static_cast<std::int64_t>(width) * (width - 1) / 2 * height,
           static_cast<std::int64_t>(height) * (height - 1) / 2 * width};
  for (Stretch& stretch : *stretches) {
    stretch.label = numbers[stretch.label];
    Component& own = (*components)[stretch.label];
    const std::int64_t length = stretch.end - stretch.start;
    const std::int64_t across = (static_cast<std::int64_t>(stretch.start) + stretch.end - 1) * length / 2;
    own.left = std::min(own.left, stretch.start), own.right = std::max(own.right, stretch.end);
    own.top = std::min(own.top, stretch.row), own.bottom = std::max(own.bottom, stretch.row + 1);
    own.area += length, own.across += across, own.down += length * stretch.row;
    paper.area -= length, paper.across -= across, paper.down -= length * stretch.row;
  }
}

void profile(const double* rows, const double* columns, const float* weights, std::size_t count, double slope,
             std::vector<double>* upper, std::vector<double>* lower) {
  upper->clear();
  lower->clear();
  for (std::size_t at = 0; at < count; ++at) {
    const double slant = slope * columns[at];  // of its own, so that no compiler rounds once where numpy rounds twice
    const double row = rows[at] - slant;
    double floor = static_cast<double>(static_cast<std::int64_t>(row));  // a call of std::floor takes thrice the time
    if (floor > row) floor -= 1.0;
    const double part = row - floor;
    const std::size_t index = floor > 0.0 ? static_cast<std::size_t>(floor) : 0;
    if (index >= upper->size()) upper->resize(index + 1), lower->resize(index + 1);
    const double weight = weights[at];
    (*upper)[index] += weight * (1.0 - part);
    (*lower)[index] += weight * part;
  }
}

}  // namespace buque

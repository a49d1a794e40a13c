// Connected ink of a page as runs of pixels, and the row profile of slanting ink; see ink.cc.

#ifndef BUQUE_IMAGING_INK_H_
#define BUQUE_IMAGING_INK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace buque {

struct Stretch {
  std::int32_t row, start, end, label;  // columns from start, before end
};

struct Component {
  std::int32_t left, top, right, bottom;  // right and bottom exclusive
  std::int64_t area, across, down;        // pixels, and the sums of their columns and rows
};

// Inked stretches of an image, row by row, and their components, 8-connected; component 0 is all that is not inked.
void connect(const std::uint8_t* ink, int height, int width, std::vector<Stretch>* stretches,
             std::vector<Component>* components);

// Adds weights to the rows that points lie in once lines of that slope are level, shared by the two rows about each
// point: `upper` has the share of the row above, `lower` that of the row below, at the number of the row above.
void profile(const double* rows, const double* columns, const float* weights, std::size_t count, double slope,
             std::vector<double>* upper, std::vector<double>* lower);

}  // namespace buque

#endif  // BUQUE_IMAGING_INK_H_

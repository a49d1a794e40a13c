"""The native ink against slow exact references: components by OpenCV, row profiles and runs of ink by numpy."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.imaging import _native
from pipeline.imaging.cleaning import Components
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run, _necks
from pipeline.imaging.looks import _weight
from pipeline.imaging.marks import GridLine
from pipeline.imaging.regions import has_stroke

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
INK = SHAPES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1)))


@st.composite
def sparse_ink(draw: st.DrawFn) -> np.ndarray:
    """Ink as pages have it, with white that is skipped eight pixels at a time."""
    height, width = draw(st.integers(1, 60)), draw(st.integers(1, 120))
    ink = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(0, 25))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        ink[top : top + draw(st.integers(1, 6)), left : left + draw(st.integers(1, 30))] = 1
    return ink


def by_opencv(ink):
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return labels, stats[1:], centres[1:]


@given(INK | sparse_ink())
def test_components_are_those_of_opencv(ink):
    parts = Components.of(ink)
    _, stats, centres = by_opencv(ink)
    expected = sorted(map(tuple, np.hstack([stats, centres]).tolist()))
    assert sorted(map(tuple, np.hstack([parts.stats, parts.centres])[1:].tolist())) == expected
    assert parts.stats[0].tolist() == [0, 0, ink.shape[1], ink.shape[0], ink.size - np.count_nonzero(ink)]


@given(INK | sparse_ink(), st.randoms())
def test_chosen_components_are_painted_whole(ink, random):
    parts = Components.of(ink)
    chosen = np.array([random.random() < 0.5 for _ in parts.stats])
    labels, stats, _ = by_opencv(ink)
    taken = {tuple(row) for row, wanted in zip(parts.stats[1:].tolist(), chosen[1:], strict=True) if wanted}
    if len({tuple(row) for row in stats.tolist()}) == len(stats):  # boxes and areas name them
        names = [label for label, row in enumerate(stats.tolist(), 1) if tuple(row) in taken]
        assert np.array_equal(parts.painted(chosen), np.isin(labels, names).astype(np.uint8))
    assert np.array_equal(parts.painted(np.ones_like(chosen)), ink)


def test_components_go_by_their_first_pixel():
    ink = np.zeros((6, 20), np.uint8)
    ink[0, 9] = ink[1:4, 2] = ink[3, 2:8] = ink[2, 7] = 1  # a U whose arms meet in row 3
    parts = Components.of(ink)
    assert parts.stats[1:, :2].tolist() == [[9, 0], [2, 1]]
    assert parts.stats[2].tolist() == [2, 1, 6, 3, 9]


def test_ink_of_no_two_dimensions():
    with pytest.raises(ValueError, match="rows and columns"):
        _native.connected(np.zeros((2, 2, 2), np.uint8))


@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(-400, 400), st.floats(0, 255, width=32)), min_size=1, max_size=80),
    st.floats(-0.06, 0.06),
)
def test_row_profile_is_that_of_bins(points, slope):
    rows, columns = (np.array([point[k] for point in points]) for k in (0, 1))
    weights = np.array([point[2] for point in points], np.float32)
    upper, lower = _native.row_profile(rows, columns, weights, slope)
    level = rows - slope * columns
    index, part = np.clip(np.floor(level).astype(np.int64), 0, None), level - np.floor(level)
    assert np.array_equal(upper, np.bincount(index, weights * (1 - part)))
    assert np.array_equal(lower, np.bincount(index, weights * part))


@given(INK | sparse_ink(), st.integers(1, 40))
def test_a_stroke_is_what_an_erosion_leaves(ink, length):
    for turned in (ink, ink.T):
        left = cv2.erode(np.ascontiguousarray(turned), np.ones((1, length), np.uint8))
        assert has_stroke(turned, length) == left.any()


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(2, 90)), elements=st.sampled_from([0, 90, 200, 255])))
def test_necks_are_the_thinnest_columns_between_darker_ones(grey):
    ink = (grey < 255).astype(np.uint8)
    if not ink.any():
        return
    em = 12.0
    rows = np.flatnonzero(ink.any(1))
    dark = [sum(max(0.0, 225.0 - v) for v in column) for column in grey[rows[0] : rows[-1] + 1].T.astype(float)]
    necks: list[int] = []
    for column in sorted(range(len(dark)), key=dark.__getitem__):
        if 2 <= column <= len(dark) - 2 and all(abs(column - other) >= 2 for other in necks):
            around = min(max(dark[max(0, column - 4) : column]), max(dark[column + 1 : column + 5]))
            if dark[column] <= 0.3 * around:
                necks.append(column)
    assert _necks(ink, grey, em) == sorted(necks)


@given(INK, st.data())
def test_weight_is_the_mean_length_of_runs(ink, data):
    height, width = ink.shape
    cells = []
    for _ in range(3):
        left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
        right, bottom = data.draw(st.integers(left, width)), data.draw(st.integers(top, height))
        cells.append(Placed("full", left, right, Run(left, right, top, bottom, 0.0, 0.0)))
    line = GridLine(0, height, [])
    line.cells, line.pitch = cells, 1.0
    if len(line.wide()) < 3:
        return
    inked = runs = 0
    for cell in cells:
        part = ink[int(cell.ink.top) : int(cell.ink.bottom) + 1, int(cell.ink.left) : int(cell.ink.right) + 1]
        for stretch in (*part, *part.T):
            inked += int(stretch.sum())
            runs += len("".join(map(str, stretch.tolist())).replace("0", " ").split())
    found = _weight(ink, line)
    assert found == inked / runs if runs else np.isnan(found)

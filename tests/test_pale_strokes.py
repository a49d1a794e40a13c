"""一 of which a scan shows hardly any ink: its pale stroke and the dark end of it."""

import numpy as np
import pytest

from pipeline.document import Cell, Line
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen
from pipeline.recognition.pale_strokes import doubtful_ones, with_pale_ones

PITCH = 40.0


def page(text, stroke=12, end=100, row=-2, columns=(5, 37)):
    """Return a line, a space for a cell that seems blank, and its grey, with strokes in those cells."""
    generator = np.random.default_rng(1)
    grey = 253 - np.abs(generator.normal(0, 2, (60, int(PITCH) * len(text) + 80)))
    matches = []
    for at, char in enumerate(text):
        left = 40 + at * PITCH
        if char == " ":
            grey[30 + row : 32 + row, int(left) + columns[0] : int(left) + columns[1]] -= stroke
            grey[28 + row : 32 + row, int(left) + 32 : int(left) + 36] -= end
            continue
        ink = Run(left + 3, left + 37, 12.0, 48.0, 600.0, 0.0)
        matches.append(Match(Placed("full", left, left + PITCH, ink), Seen(char, ink.left, ((char, 0.9),))))
    line = GridLine(10, 50, [], [match.cell for match in matches], PITCH)
    below = [Placed("full", 40.0, 80.0, Run(43.0, 77.0, 72.0, 108.0, 600.0, 0.0))]
    other = GridLine(70, 110, [], below * 2, PITCH)
    return [line, other], [matches, []], np.clip(grey, 0, 255).astype(np.uint8)


def read(*given, **stroke):
    lines, matched, grey = page(*given, **stroke)
    return "".join(match.read.text for match in with_pale_ones(lines, matched, grey, PITCH)[0])


@pytest.mark.parametrize("text", [" 是公开", "进 步", "统 领导"])
def test_a_pale_stroke_with_a_dark_end_is_one(text):
    assert read(text) == text.replace(" ", "一")


@pytest.mark.parametrize(
    "stroke", [{"stroke": 0}, {"end": 0}, {"row": 8}, {"row": -9}, {"columns": (5, 12)}, {"stroke": 3}]
)
def test_specks_short_strokes_and_those_elsewhere_are_none(stroke):
    assert read("进 步", **stroke) == "进步"


def test_what_lies_far_from_the_next_character_is_dust():
    assert read("进   步") == "进步"


def test_a_part_of_a_stroke_that_was_read_is_no_second_one():
    lines, matched, grey = page("进 步")
    part = Placed("half", 100.0, 120.0, Run(112.0, 118.0, 28.0, 33.0, 20.0, 0.0))
    matched[0].insert(1, Match(part, Seen("一", 110.0, (("一", 0.9),))))
    found = with_pale_ones(lines, matched, grey, PITCH)[0]
    assert [match.read.text for match in found] == ["进", "一", "步"]


def test_the_dark_end_taken_for_a_dot_goes_with_its_stroke():
    lines, matched, grey = page("进 步")
    dot = Placed("half", 108.0, 126.0, Run(112.0, 117.0, 28.0, 32.0, 20.0, 0.0))
    matched[0].insert(1, Match(dot, Seen(".", 114.0, ((".", 0.6),))))
    found = with_pale_ones(lines, matched, grey, PITCH)[0]
    assert [match.read.text for match in found] == ["进", "一", "步"]
    assert found[1].cell.right - found[1].cell.left == PITCH


def test_a_point_before_a_digit_is_no_end_of_a_stroke():
    lines, matched, grey = page("进 8")
    dot = Placed("half", 108.0, 126.0, Run(112.0, 117.0, 28.0, 32.0, 20.0, 0.0))
    matched[0].insert(1, Match(dot, Seen(".", 114.0, ((".", 0.6),))))
    assert with_pale_ones(lines, matched, grey, PITCH)[0] == matched[0]


def test_a_page_names_the_strokes_that_no_engine_read():
    lines, matched, grey = page("进 步第一次")
    row = with_pale_ones(lines, matched, grey, PITCH)[0]
    cells = [Cell(match.read.text, (0, 0, 1, 1), match.read.alternatives) for match in row]
    told = Line((*cells[:1], *cells[1:3], Cell("", (0, 0, 1, 1)), *cells[3:]), (0, 0, 1, 1), PITCH, True)
    assert doubtful_ones([told]) == ["进一步□"]

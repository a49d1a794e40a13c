"""Pages set ragged: the white at the ends of their lines is no loss, and lines that end short end no paragraph."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.imaging.edges import measure_edges
from pipeline.imaging.marks import GridLine
from pipeline.imaging.ragged import are_ragged
from tests.test_edges import PITCH, placed

TEXT = "为切实做好全县防汛工作现就有关事项通知如下请结合实际认真"
WIDTHS = (28, 26, 23, 27, 25, 28, 22, 26, 24, 27)


def set_lines(widths, lost=0.0, end="", indent=2):
    """Measure a page of two paragraphs whose lines are as wide as they say; the first ends with 。 half way."""
    lines, texts = [], []
    for at, width in enumerate((*widths, 12, *widths)):
        start = indent if at in (0, len(widths) + 1) else 0
        text = TEXT[: width - start - 1] + ("。" if at == len(widths) else end or TEXT[-1])
        line = GridLine(30 * at, 30 * at + 20, [], placed(text, start * PITCH))
        line.pitch = PITCH
        lines.append(line)
        texts.append(text)
    measure_edges(lines, texts, PITCH, lost)
    return lines


@pytest.mark.parametrize("lost", [0.0, 0.3])
@pytest.mark.parametrize("end", ["", "，"])
def test_a_ragged_page_has_no_holes_at_its_ends(lost, end):
    lines = set_lines(WIDTHS, lost, end)
    assert not any(line.lead or line.trail for line in lines)
    assert [at for at, line in enumerate(lines) if line.starts_paragraph] == [0, len(WIDTHS) + 1]


def test_a_page_that_lost_the_ends_of_lines_is_not_ragged():
    lines = set_lines((28, 28, 27, 28, 26, 28, 28, 27, 28, 28), lost=0.3)
    assert [line.trail for line in lines[:6]] == [0, 0, 1, 0, 2, 0]


@given(st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.0, -1.0, 0.5]), min_size=4, max_size=30))
def test_full_lines_and_those_that_hang_over_are_never_ragged(ends):
    white = [(0.0, end) for end in ends]
    assert not are_ragged(white, ["公开"] * len(ends), math.log(500))


def test_losses_that_strike_starts_as_much_as_ends_make_no_page_ragged():
    ends = [4.0, 0.0, 5.0, 1.0, 4.0, 0.0, 3.0, 5.0, 0.0, 4.0]
    texts = ["公开"] * len(ends)
    assert are_ragged([(0.0, end) for end in ends], texts, 1.1)
    assert not are_ragged([(float(k % 4), end) for k, end in enumerate(ends)], texts, 1.1)

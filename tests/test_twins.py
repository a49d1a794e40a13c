"""What is told by what stands beside it: quotes in turn, dashes in twos, marks that a percent sign covers, pieces."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import Cell, Line
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.groups import Run
from pipeline.imaging.margins import margins_of
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.covered import with_covered_marks
from pipeline.recognition.engine import FROM_SHAPE, Seen
from pipeline.recognition.far_dust import without_marks_in_margins
from pipeline.recognition.halves import without_pieces
from pipeline.recognition.semicolons import with_commas
from pipeline.recognition.twins import with_twins

PITCH = 40.0


def line(text, starts=False):
    cells = tuple(Cell("" if c == "□" else c, (0, 0, 1, 1), ((c, 0.9), ("x", 0.1))) for c in text)
    return Line(cells, (0, 0, 1, 1), PITCH, starts)


def turned(*texts):
    """Texts of lines; those that begin with a blank begin a paragraph."""
    lines = with_twins([line(text.lstrip(), text.startswith(" ")) for text in texts])
    return ["".join(cell.text or "□" for cell in own.cells) for own in lines]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ([" 关停”空壳”账号", "处理“找错”留言"], ["关停“空壳”账号", "处理“找错”留言"]),
        ([" 关停“空壳“账号“僵尸”"], ["关停“空壳”账号“僵尸”"]),
        ([" 关停”空", "壳”账号"], ["关停“空", "壳”账号"]),
        ([" 关停空壳”账号“僵尸”"], ["关停空壳”账号“僵尸”"]),  # the first of them was lost
        ([" 关停空壳”", " 账号”僵尸”"], ["关停空壳”", "账号“僵尸”"]),
        ([" 一一民生方面", "一一作出解答"], ["——民生方面", "一一作出解答"]),
        ([" 工作—一落实，一一解答"], ["工作——落实，一一解答"]),
        ([" 民生一—方面"], ["民生——方面"]),
        ([" 统一——一体"], ["统一——一体"]),
    ],
)
def test_marks_come_in_twos(read, meant):
    assert turned(*read) == meant


def test_what_an_engine_read_stays_an_alternative():
    (own,) = with_twins([line("”空壳”", True)])
    assert own.cells[0].alternatives == (
        ("“", FROM_SHAPE),
        ("”", pytest.approx(0.36)),
        ("x", pytest.approx(0.04)),
    )
    assert own.cells[3] == line("”空壳”").cells[3]


@given(st.lists(st.text("“”—一字□", max_size=8), max_size=5), st.lists(st.booleans(), min_size=5, max_size=5))
def test_only_marks_are_turned_and_twice_is_once(texts, starts):
    lines = [line(text, start) for text, start in zip(texts, starts, strict=False)]
    once = with_twins(lines)
    kinds = str.maketrans("”一", "“—")
    assert ["".join(c.text for c in a.cells).translate(kinds) for a in once] == [
        "".join(c.text for c in b.cells).translate(kinds) for b in lines
    ]
    assert [a.cells for a in with_twins(once)] == [a.cells for a in once]


def percent(mark, behind=1.5):
    """Draw 8%, a mark below the sign's right half, and 字 that begins so many cells behind the sign."""
    ink = np.zeros((100, 220), np.uint8)
    ink[30:60, 10:24] = ink[30:60, 30:63] = 1
    if mark == "ring":
        cv2.circle(ink, (56, 58), 6, 1, -1)
    elif mark == "tail":
        ink[58:66, 56:62] = 1
    elif mark == "speck":
        ink[61:64, 58:60] = 1
    left = 30 + behind * PITCH
    texts = [("8", 10, 24), ("%", 30, 63), ("字", left, left + 34)]
    matches = [
        Match(
            Placed("full", a - 2, b + 2, Run(float(a), float(b), 30.0, 60.0, 50.0, 0.0)), Seen(text, a, ((text, 1.0),))
        )
        for text, a, b in texts
    ]
    own = GridLine(25, 65, [], [match.cell for match in matches])
    own.pitch = PITCH
    return with_covered_marks([own], [matches], ink)[0]


@pytest.mark.parametrize(
    ("mark", "behind", "text"),
    [
        ("ring", 1.5, "8%。字"),
        ("tail", 1.5, "8%，字"),
        ("nothing", 1.5, "8%字"),
        ("speck", 1.5, "8%字"),
        ("ring", 1.05, "8%字"),  # no room
        ("ring", 2.2, "8%字"),  # and a lost character: not told
    ],
)
def test_what_a_percent_sign_covers(mark, behind, text):
    assert "".join(match.text for match in percent(mark, behind)) == text


def test_a_covered_mark_leaves_no_blank_cell():
    cells = [match.cell for match in percent("ring")]
    assert [blanks_between(a, b, PITCH) for a, b in pairwise(cells[1:])] == [0, 0]


def row(*pieces):
    """Match texts with ink from and to; nothing read where there is no text."""
    return [
        Match(
            Placed(
                "full" if b - a > PITCH / 2 else "half", float(a), float(b), Run(a + 1.0, b - 1.0, 0.0, 40.0, 9.0, 0.0)
            ),
            Seen(text, a, ((text, 1.0),)) if text else None,
        )
        for text, a, b in pieces
    ]


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        ((("府", 0, 40), ("", 40, 56), ("信", 55, 90)), ["府", "信"]),  # 亻, and a dot of what follows in the same ink
        ((("府", 0, 40), ("", 40, 60), ("信", 60, 100)), ["府", "", "信"]),  # room for a digit
        ((("8", 0, 20), ("", 20, 36), ("信", 35, 70)), ["8", "", "信"]),
        ((("府", 0, 40), ("", 40, 56), ("，", 60, 100)), ["府", "", "，"]),
    ],
)
def test_unread_pieces_belong_to_han_that_leave_them_no_room(pieces, texts):
    joined = without_pieces(row(*pieces), PITCH)
    assert [match.text for match in joined] == texts
    if len(joined) < len(pieces):
        assert (joined[-1].cell.ink.left, joined[-1].cell.left) == (41.0, 40.0)


def semicolon(dot):
    """Draw the tail of a mark at the left of a cell and what stands above it: left, top, size."""
    ink = np.zeros((80, 80), np.uint8)
    ink[44:54, 12:18] = 1
    if dot:
        left, top, size = dot
        ink[top : top + size, left : left + size] = 1
    match = Match(Placed("low", 10.0, 50.0, Run(12.0, 18.0, 44.0, 54.0, 60.0, 0.0)), Seen("；", 15.0, (("；", 0.9),)))
    own = GridLine(20, 60, [], [match.cell])
    own.pitch = PITCH
    return with_commas([own], [[match]], ink)[0][0]


@pytest.mark.parametrize(
    ("dot", "text"),
    [
        ((12, 30, 6), "；"),
        ((13, 30, 5), "；"),
        ((17, 30, 6), "，"),  # beside the tail
        ((14, 28, 2), "，"),  # too small
        (None, "；"),  # it may have run into something else
    ],
)
def test_a_semicolon_has_its_dot_over_its_tail(dot, text):
    read = semicolon(dot)
    assert read.text == text
    if text == "，":
        assert read.read.alternatives == (("，", FROM_SHAPE), ("；", pytest.approx(0.36)))


def test_marks_in_the_margins_are_dust():
    margins = (100.0, 500.0)
    own = row(("，", 0, 15), ("", 30, 45), ("公", 100, 140), ("开", 460, 500), ("；", 505, 525), ("、", 580, 600))
    assert [match.text for match in without_marks_in_margins(own, margins, PITCH)] == ["公", "开", "；"]
    assert without_marks_in_margins(own[:2], margins, PITCH) == []
    assert without_marks_in_margins(own[2:5], margins, PITCH) == own[2:5]
    han = row(("公", 0, 40), ("，", 45, 60))
    assert without_marks_in_margins(han, margins, PITCH) == han, "Han there are text"


def test_lines_of_which_nothing_was_read_do_not_tell_the_margins():
    def lines(*lefts):
        found = []
        for left in lefts:
            cells = [
                match.cell for match in row(*(("字", left + PITCH * n, left + PITCH * (n + 1)) for n in range(10)))
            ]
            found.append(GridLine(0, 40, [], cells))
            found[-1].pitch = PITCH
        return found

    page = lines(20, 20, 20, 100, 100, 100, 100)
    assert margins_of(page, ["", "", "", *["字" * 10] * 4], PITCH) == (100.0, 500.0)
    assert margins_of(page, ["字" * 10] * 7, PITCH) == (20.0, 500.0)

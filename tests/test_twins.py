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
        ([" “空壳□账号、“僵尸□账号和“休眠□账号"], ["“空壳□账号、“僵尸□账号和“休眠□账号"]),  # a font lost ”
        ([" □空壳”账号、□僵尸”账号和□休眠”"], ["□空壳”账号、□僵尸”账号和□休眠”"]),
        ([" 一一民生方面", "一一作出解答", " 一一扶贫方面"], ["——民生方面", "一一作出解答", "——扶贫方面"]),
        ([" —一民生方面", " 一—扶贫方面"], ["——民生方面", "——扶贫方面"]),
        ([" 一一列举的事项", " 周一—周五"], ["一一列举的事项", "周一—周五"]),
        ([" 一——三是", " ——三是"], ["一——三是", "——三是"]),
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


def percent(mark, behind=1.5, others=(), last="字"):
    """Draw 8%, a mark below the sign's right half, and 字 that begins so many cells behind the sign."""
    ink = np.zeros((100, 220), np.uint8)
    ink[30:60, 10:24] = ink[30:60, 30:63] = 1
    if mark == "ring":
        cv2.circle(ink, (56, 58), 6, 1, -1)
    elif mark == "tail":
        ink[58:66, 56:62] = 1
    elif mark == "speck":
        ink[61:64, 58:60] = 1
    elif mark == "underline":
        ink[76, :] = 1
    left = 30 + behind * PITCH
    texts = [("8", 10, 24), ("%", 30, 63), (last, left, left + 34)]
    matches = [
        Match(
            Placed("full", a - 2, b + 2, Run(float(a), float(b), 30.0, 60.0, 50.0, 0.0)), Seen(text, a, ((text, 1.0),))
        )
        for text, a, b in texts
    ]
    own = GridLine(25, 65, [], [match.cell for match in matches])
    own.pitch = PITCH
    lines = [own, *(line for line, _ in others)]
    return with_covered_marks(lines, [matches, *(read for _, read in others)], ink)[0]


@pytest.mark.parametrize(
    ("mark", "behind", "text"),
    [
        ("ring", 1.5, "8%。字"),
        ("tail", 1.5, "8%，字"),
        ("nothing", 1.5, "8%字"),
        ("underline", 1.5, "8%字"),
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
        ((("国", 0, 40), ("", 40, 52), ("日", 58, 91)), ["国", "", "日"]),  # a digit before a narrow Han
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


def test_dots_of_slanted_semicolons_stand_aside_alike():
    def page(*asides):
        ink = np.zeros((80, 80 * len(asides)), np.uint8)
        matches = []
        for n, aside in enumerate(asides):
            left = 80 * n + 12
            ink[44:54, left : left + 6] = 1
            ink[30:36, left + aside : left + 6 + aside] = 1
            run = Run(float(left), left + 6.0, 44.0, 54.0, 60.0, 0.0)
            matches.append(Match(Placed("low", left - 2.0, left + 38.0, run), Seen("；", left, (("；", 0.9),))))
        own = GridLine(20, 60, [], [match.cell for match in matches])
        own.pitch = PITCH
        return "".join(match.text for match in with_commas([own], [matches], ink)[0])

    assert page(3, 3, 3, 3) == "；；；；"
    assert page(0, 0, 0, 3) == "；；；，"
    assert page(2) == "；" and page(5) == "，", "a single one is judged less strictly"


def test_a_dot_below_the_top_of_the_tail_is_none():
    ink = np.zeros((80, 80), np.uint8)
    ink[44:54, 12:18] = ink[46:48, 20:22] = 1
    match = Match(Placed("low", 10.0, 50.0, Run(12.0, 18.0, 44.0, 54.0, 60.0, 0.0)), Seen("；", 15.0, (("；", 0.9),)))
    own = GridLine(20, 60, [], [match.cell])
    own.pitch = PITCH
    assert with_commas([own], [[match]], ink)[0][0].text == "；"


def test_a_covered_tail_goes_by_the_marks_of_the_page():
    def below(depth):
        """Other lines whose comma and semicolon reach so many pixels below their middle."""
        matches = [
            Match(Placed("low", 0.0, 40.0, Run(5.0, 10.0, 50.0, 45.0 + end, 60.0, 0.0)), Seen(text, 5, ((text, 1.0),)))
            for text, end in (("，", depth), ("；", 21.0))
        ]
        own = GridLine(25, 65, [], [match.cell for match in matches])
        own.pitch = PITCH
        return own, matches

    assert "".join(match.text for match in percent("tail", others=[below(26.0)])) == "8%；字"
    assert "".join(match.text for match in percent("tail", others=[below(21.0)])) == "8%，字", "they look alike"


def test_a_mark_that_was_read_is_not_covered():
    assert "".join(match.text for match in percent("tail", last="；")) == "8%；"


def test_marks_in_the_margins_are_dust():
    margins = (100.0, 500.0)
    full = row(*(("字", 100 + PITCH * n, 140 + PITCH * n) for n in range(10)))

    def kept(*pieces, beside=()):
        rows = [row(*pieces), *[full] * 5, *(row(*own) for own in beside)]
        lines = []
        for matches in rows:
            lines.append(GridLine(0, 40, [], [match.cell for match in matches]))
            lines[-1].pitch = PITCH
        assert margins_of(lines, ["", *["字" * 10] * 5, *[""] * len(beside)], PITCH) == margins
        texts = ["".join(match.text for match in matches) for matches in rows]
        return [match.text for match in without_marks_in_margins(lines, rows, texts, PITCH)[0]]

    read = (("，", 0, 15), ("公", 100, 140), ("开", 460, 500), ("；", 505, 525), ("、", 580, 600))
    assert kept(*read) == ["公", "开", "；"]
    assert kept(("，", 0, 15)) == []
    assert kept(("公", 0, 40), ("，", 45, 60)) == ["公", "，"], "Han there are text"
    assert kept(("公", 100, 140), ("—", 600, 640)) == ["公", "—"], "what fills an empty place of a list"
    assert kept(("公", 100, 140), ("", 600, 640)) == ["公", ""], "ink as high as a character"
    digits = [[("5", 600, 620)], [("6", 600, 620)]]
    assert kept(*read, beside=digits[:1]) == ["公", "开", "；"]
    assert kept(*read, beside=digits) == ["公", "开", "；", "、"], "numbers reach as far"


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

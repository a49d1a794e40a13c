"""Numbers and specks read on scans: points between digits, merged ink, what is read alone behind a piece of a line."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import Cell, Line
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.groups import Run
from pipeline.imaging.locate import locate
from pipeline.imaging.marks import GridLine
from pipeline.reading.images import read_image
from pipeline.recognition.align import Match, align, ends_item_number, is_small
from pipeline.recognition.condense import condense, context_piece
from pipeline.recognition.engine import FROM_SHAPE, Seen, load_engine
from pipeline.recognition.halves import with_whole_cells, without_narrow_blanks
from pipeline.recognition.points import doubtful_points, undecided_numbers, with_dropped_points, with_points
from pipeline.recognition.settling import MarkShapes, settle
from pipeline.recognition.strays import with_pale_marks
from pipeline.recognition.unread import with_fellows
from pipeline.settings import Settings
from scripts import lab
from tests.test_edges import PITCH, placed, seen
from tests.test_scans import FONT, bgr


def number_read(*read, height=0.1, room=0.5):
    """Match digits and a low mark between them, which is so many pitches high and takes so much room; "" is unread."""
    matches, left = [], 0.0
    for text in read:
        digit = text.isdigit()
        width = PITCH * (0.5 if digit else room)
        top, bottom = (2.0, 17.0) if digit else (17.0 - height * PITCH, 17.0)
        ink = Run(left + 0.1 * width, left + 0.9 * width, top, bottom, 50.0, 0.0)
        own = Seen(text, ink.left, ((text, 0.7),)) if text else None
        matches.append(Match(Placed("half", left, left + width, ink), own))
        left += width
    line = GridLine(0, 20, [])
    line.pitch = PITCH
    return [match.read for match in with_points([line], [matches])[0]]


def number(*read, height=0.1, room=0.5):
    return "".join(own.text if own else "□" for own in number_read(*read, height=height, room=room))


@pytest.mark.parametrize("mark", "。，；“")
def test_between_digits_half_a_cell_apart_stands_a_point(mark):
    assert number("2", "3", mark, "8") == "23.8"


def test_a_comma_stands_before_three_digits():
    assert number("2", "8", "；", "4", "7", "6", height=0.25) == "28,476"
    assert number("8", "2", "；", "6", height=0.25) == "82.6"
    assert number("2", "8", "；", "4", "7", "6", "1", height=0.25) == "28.4761"


def test_a_mark_before_three_digits_is_a_point_only_where_no_comma_may_be():
    assert number("2", "8", "，", "4", "7", "6") == "28,476"
    assert number("2", "8", "。", "4", "7", "6") == "28476"
    assert number("2", "8", "", "4", "7", "6") == "28476"
    assert number("0", "。", "4", "7", "6") == "0.476"
    assert number("2", "8", "4", "5", "。", "4", "7", "6") == "2845.476"
    assert number("2", ".", "8", "", "4", "7") == "2.847"


def test_what_no_engine_read_is_a_point_only_with_doubt():
    point = number_read("2", "3", "", "8")[2]
    assert point.text == "."
    assert point.alternatives[0][1] < Settings().accept
    assert number_read("2", "3", "，", "8")[2].alternatives[0][1] > Settings().accept


def test_an_unread_speck_is_no_point():
    assert number("2", "3", "", "8", height=0.05) == "23□8"
    assert number("2", "3", "，", "8", height=0.05) == "23.8"


def test_an_unread_speck_inside_of_a_year_is_no_point():
    assert number("2", "0", "", "1", "8", room=0.3) == "20□18"
    assert number("2", "0", "", "1", "8", "年") == "20□18年"
    assert number("2", "0", "", "1", "8") == "20.18"  # the digits of a year leave no room for a point
    assert number("1", "", "9", "9", "8", "年") == "1□998年"
    assert number("2", "0", "", "1", "8", "%") == "20.18%"
    assert number("2", "0", "", "1", "8", "6", "7") == "20.1867"
    assert number("3", "0", "", "1", "8") == "30.18"


def dropped(text, specks, white=None):
    """Read a number in which ｜ is the room of a point, half a cell or *white* pitches, with *specks* in it.

    Each speck is its place in that room, of its width, its bottom above the baseline and its size, pitches.
    """
    matches, left = [], 0.0
    ink = np.zeros((20, 200), np.uint8)
    for char in text:
        if char == "｜":
            room = (0.5 if white is None else white) * PITCH
            for place, above, size in specks:
                side = max(1, round(size * PITCH))
                x, y = round(left + place * room - side / 2), round(17 - above * PITCH)
                ink[y - side : y, x : x + side] = 1
            left += room
            continue
        width = PITCH * (1.0 if char > "z" else 0.5)
        run = Run(left + 0.1 * width, left + 0.9 * width, 2.0, 17.0, 50.0, 0.0)
        matches.append(Match(Placed("half", left, left + width, run), Seen(char, run.left, ((char, 0.99),))))
        left += width
    line = GridLine(0, 20, [], [match.cell for match in matches], PITCH)
    (row,), (either,) = with_dropped_points([line], [matches], ink)
    cells = [Cell(match.read.text, (0, 0, 1, 1), match.read.alternatives) for match in row]
    told = Line(tuple(cells), (0, 0, 1, 1), PITCH, True, doubtful=tuple(either))
    return "".join(cell.text for cell in cells), doubtful_points([told]), undecided_numbers([told])


POINT = (0.5, 0.0, 0.12)
COMMA = (0.5, -0.1, 0.15)


def test_a_point_taken_for_dust_is_put_back_with_doubt():
    assert dropped("新修19｜85公里", [POINT]) == ("新修19.85公里", ["19.85"], [])
    assert dropped("3｜5和7｜5", [POINT]) == ("3.5和7.5", ["3.5", "7.5"], [])
    assert Settings().accept > FROM_SHAPE


@pytest.mark.parametrize("text", ["总额12｜345元", "产值3｜210万元", "比值7｜305", "拨付1｜250｜000元", "1,250｜000元"])
def test_a_dot_before_three_digits_may_be_a_comma(text):
    digits = text.replace("｜", "")
    number = "".join(char for char in digits if char.isascii())
    assert dropped(text, [POINT]) == (digits, [], [number])


@pytest.mark.parametrize("text", ["0｜305", "1234｜567", "3｜4567", "1,250｜5"])
def test_a_dot_where_no_comma_may_be_is_a_point(text):
    read = text.replace("｜", ".")
    assert dropped(f"达{text}吨", [POINT]) == (f"达{read}吨", [read], [])


@pytest.mark.parametrize("text", ["12｜345", "3｜210", "1｜250｜000", "1,250｜000", "12｜345.67"])
def test_a_dot_with_a_tail_is_a_comma_where_digits_are_grouped_by_threes(text):
    read = text.replace("｜", ",")
    assert dropped(f"达{text}万元", [COMMA]) == (f"达{read}万元", [read], [])


@pytest.mark.parametrize("text", ["12｜34", "0｜305", "1234｜567", "1｜250｜00", "12.5｜000"])
def test_a_tail_where_no_comma_may_be_is_neither(text):
    digits = text.replace("｜", "")
    assert dropped(f"达{text}元", [COMMA]) == (f"达{digits}元", [], [digits])


@pytest.mark.parametrize("text", ["0971｜8482", "2018｜5｜6", "2018.5｜6", "3｜5.6"])
def test_a_number_has_one_point_at_most_and_no_zero_before_its_digits(text):
    assert dropped(f"见{text}号", [POINT]) == (f"见{text.replace('｜', '')}号", [], [text.replace("｜", "")])


def test_years_have_no_point_between_them():
    assert dropped("2017｜2018年", [POINT])[0] == "20172018年"
    assert dropped("2017｜2018级", [POINT])[0] == "20172018级"
    assert dropped("20｜2018级", [POINT])[0] == "20.2018级"


@given(st.from_regex(r"[0-9]{1,5}(｜[0-9]{1,5}){0,3}", fullmatch=True), st.sampled_from([POINT, COMMA]))
def test_what_is_put_in_is_right_whatever_the_digits(text, mark):
    """No number has two points, no point stands before just three digits that commas may part, no digit changes."""
    read, _, _ = dropped(text, [mark])
    assert re.sub("[.,]", "", read) == text.replace("｜", "")
    assert read.count(".") <= 1
    assert not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", read)
    assert "," not in read or re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", read)


@pytest.mark.parametrize(
    "specks",
    [
        [],  # lost, or white
        [(0.5, 0.0, 0.03)],  # too small
        [(0.5, 0.0, 0.3)],  # too large
        [(0.5, 0.5, 0.12)],  # too high
        [(0.2, 0.0, 0.12), (0.8, 0.0, 0.12)],  # dust is everywhere
        [POINT, (0.5, 0.45, 0.12)],  # a colon, or dust
    ],
)
def test_white_between_digits_is_no_point_without_one_dot_in_it(specks):
    assert dropped("新修19｜85公里", specks) == ("新修1985公里", [], [])


def test_a_dot_beside_digits_that_leave_no_room_is_dust():
    assert dropped("20｜18年", [POINT], white=0.15)[0] == "2018年"
    assert dropped("20｜18年", [POINT], white=0.3)[0] == "2018年"
    assert dropped("34｜18年", [POINT], white=0.3)[0] == "34.18年"
    assert dropped("34｜18年", [POINT], white=1.0)[0] == "3418年"
    assert dropped("占｜3成", [POINT])[0] == "占3成"


class WithoutMarks:
    """Reads no marks."""

    def __init__(self):
        self._engine = load_engine("rapidocr")

    def read(self, lines):
        return [[seen for seen in row if seen.text not in ".,，。·"] for row in self._engine.read(lines)]


def read_without_marks(text, dpi):
    image, _ = lab.print_page(lab.rows_of(text, False), FONT, dpi, frozenset())
    page = read_image(bgr(image), WithoutMarks(), 1, "a.png")
    return "".join(cell.text for line in page.lines for cell in line.cells), page.notes


def test_a_page_names_the_numbers_whose_points_are_in_doubt():
    """The engine reads no marks; the dots of numbers are there for all to see."""
    text = "全县新修农村道路共长19.85公里，平均宽度达到4.52米，机井平均深度达到20.36米。" * 6
    read, notes = read_without_marks(text, 200)
    assert read.count("19.85") >= 3 and read.count("4.52") >= 3
    (note,) = (note for note in notes if "look at them" in note)
    assert "19.85" in note and "4.52" in note


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_commas_of_thousands_are_no_points(dpi):
    """An engine that reads no marks must not make 12,345 a thousandth of itself; commas it is given are named."""
    read, notes = read_without_marks("财政支出达到12,345万元，其中教育3,210万元，收入1,250,000元。" * 6, dpi)
    assert "." not in read
    assert read.count("12,345") >= 3 and read.count("3,210") >= 3
    (note,) = (note for note in notes if "points or commas" in note)
    assert "12,345" in note and "3,210" in note


def test_a_number_that_may_have_a_point_or_a_comma_is_named():
    read, notes = read_without_marks("全年投资达到7.305亿元，比上年增长较快，完成预算。" * 6, 200)
    assert "7305" in read and "7.305" not in read and "7,305" not in read
    assert [note for note in notes if "may stand" in note and "7305" in note]


def test_a_mark_in_a_cell_of_its_own_is_one_of_chinese_text():
    assert number("3", "、", "8", room=1.0) == "3、8"


def test_a_point_in_a_number_is_not_renamed_by_where_it_stands():
    """Where stops are as small as points, a point between digits has a stop's height and row."""
    line = GridLine(0, 20, [])
    line.pitch = PITCH

    def low(cell):
        run = Run(cell.left + 2, cell.left + 5, 14.0, 17.0, 9.0, 0.0)
        return Placed("learnt", cell.left, cell.right, run)

    han, stop, digit, point, behind = placed("年。2.8")
    sentence = [Match(han, Seen("年", 0.0, (("年", 1.0),))), Match(low(stop), Seen("。", 0.0, (("。", 1.0),)))]
    cells = zip("2.8", (digit, low(point), behind), strict=True)
    decimal = [Match(cell, Seen(text, 0.0, ((text, 0.9),))) for text, cell in cells]
    lines = [*[sentence] * 6, [sentence[0], *decimal]]
    read = with_pale_marks([line] * 7, lines, PITCH, whole=True)[-1]
    assert "".join(match.read.text for match in read) == "年2.8"


def test_the_first_character_of_merged_ink_is_no_extra_one():
    """It stands far from the middle of the ink: left unread, the whole cell would be lost at the start of a line."""
    ink = Run(0.0, 3 * PITCH, 0.0, 18.0, 900.0, 0.0)
    cells = [Placed("merged", 0.0, 3 * PITCH, ink), *placed("，", 3 * PITCH)]
    spans = [(0.0, 60.0), (62.0, 78.0)]
    matches = align(seen("3814件，", 3.0, 13.0, 24.0, 34.0, 50.0, 70.0), cells, spans, PITCH)
    assert [match.read.text for match in matches] == list("3814件，")
    assert [match.extra for match in matches] == [False, True, True, True, True, False]


def test_ink_as_small_as_a_mark_is_no_character():
    assert is_small(Placed("half", 0.0, 10.0, Run(2.0, 8.0, 5.0, 11.0, 20.0, 0.0)), PITCH)
    assert not is_small(placed("1")[0], PITCH)


def test_a_context_piece_ends_behind_a_whole_character():
    """Half a digit at its end would be read in the place of the speck put behind it."""
    rows = lab.rows_of("公开８7416件政府信息公开条例规定" * 3, False)
    page, _ = lab.print_page(rows, FONT, 200, frozenset())
    located = locate(bgr(page))
    piece = context_piece(condense(located.page.grey, located), located)
    assert 2 * located.pitch < piece.shape[1] <= 4.1 * located.pitch
    assert piece[:, -1].min() > 200
    blank = np.full((piece.shape[0], round(located.pitch)), 255, np.uint8)
    read = load_engine("rapidocr").read([np.hstack([piece, blank])])[0]
    assert all(one.centre < piece.shape[1] for one in read)


def half(text, left, right, ink, kind="half"):
    read = Seen(text, (ink[0] + ink[1]) / 2, ((text, 0.99),))
    return Match(Placed(kind, left, right, Run(*ink, 2.0, 18.0, 50.0, 0.0)), read)


def whole(*matches):
    line = GridLine(0, 20, [])
    line.pitch = PITCH
    return [match.cell for match in with_whole_cells([line], [list(matches)])[0]]


def test_a_han_of_which_half_is_too_pale_has_a_whole_cell():
    """At the start of a line, and behind a blank cell: half a cell less is a character more or less."""
    behind = half("、", 40.0, 60.0, (42.0, 46.0), "learnt")
    first, _ = whole(half("二", 28.0, 38.0, (30.0, 36.0)), behind)
    assert (first.kind, first.left, first.right) == ("full", 20.0, 40.0)
    before = half("公", 0.0, 20.0, (1.0, 19.0), "full")
    last = whole(before, half("一", 52.0, 62.0, (53.0, 59.0)))[-1]
    assert (last.left, last.right) == (40.0, 60.0)


def test_the_two_halves_of_a_han_are_joined_where_both_fit_into_a_cell():
    """Of 主 in pale print the left half is found by itself, and no engine reads it."""
    left, right = half("主", 22.0, 28.0, (23.0, 27.0)), half("主", 30.0, 40.0, (30.0, 38.0))
    behind = half("动", 40.0, 60.0, (42.0, 58.0), "full")
    cells = whole(replace(left, read=None), right, behind)
    assert [(cell.kind, cell.left) for cell in cells] == [("full", 20.0), ("full", 40.0)]
    assert (cells[0].ink.left, cells[0].ink.right) == (23.0, 38.0)
    far = half("主", 10.0, 16.0, (11.0, 15.0))
    assert len(whole(replace(far, read=None), right, behind)) == 3


def test_white_much_narrower_than_a_cell_is_none_on_a_whole_page():
    def blanks(text, left):
        before = half(text, 0.0, 20.0, (1.0, 19.0), "full")
        behind = half("直", left, left + 20.0, (left + 1, left + 19.0), "full")
        first, second = without_narrow_blanks([before, behind], PITCH)
        return blanks_between(first.cell, second.cell, PITCH)

    assert [blanks("、", left) for left in (20.0, 31.0, 35.0, 37.0, 40.0)] == [0, 0, 0, 1, 1]
    assert blanks("%", 33.0) == 1  # what stands behind it may be a mark that was not found


def test_where_there_is_no_room_for_a_whole_cell_half_a_one_stays():
    digits = [
        half("2", 0.0, 10.0, (1.0, 9.0)),
        half("工", 10.0, 20.0, (12.0, 17.0)),
        half("8", 20.0, 30.0, (21.0, 29.0)),
    ]
    assert whole(*digits) == [match.cell for match in digits]


def test_an_opening_bracket_gives_the_han_its_left_half_back():
    bracket = half("《", 9.0, 29.0, (10.0, 29.0), "full")
    opening, han = whole(bracket, half("玉", 30.0, 40.0, (31.0, 39.0)))
    assert (opening.kind, han.kind) == ("opening", "full")
    assert han.left == pytest.approx(19.8, abs=0.1)
    assert opening.left == pytest.approx(-0.2, abs=0.1)


def dotted(*parts):
    """Settle a line of texts, each half a cell wide if ASCII, None a blank cell; return it with □ for dirt."""
    matches, left = [], 0.0
    for text in parts:
        width = PITCH if text is None or not text.isascii() else PITCH / 2
        small = text is not None and text in ".·"
        if text is not None:
            top, bottom = (14.0, 16.0) if small else (2.0, 18.0)
            ink = Run(left + 0.2 * width, left + 0.8 * width, top, bottom, 9.0, 0.0)
            kind = "half" if text.isascii() else "learnt" if small else "full"
            matches.append(Match(Placed(kind, left, left + width, ink), Seen(text, ink.left, ((text, 0.9),))))
        left += width
    line = GridLine(0, 20, [])
    line.pitch = PITCH
    settled = settle(matches, line, MarkShapes([line], [matches], PITCH), whole=False)
    return "".join(match.read.text if match.read else "□" for match in settled)


def test_a_speck_beside_a_number_is_no_point():
    assert dotted("为", "7", ".", "3", ".", "份", "按") == "为7.3□份按"
    assert dotted("后", "5", None, None, ".", "发", "布") == "后5□发布"
    assert dotted("类", "·", "1", "1", "8", "件") == "类□118件"
    assert dotted("：", "1", ".", "加", "强") == "：1.加强"
    assert dotted("部", "门", "8", ".") == "部门8"
    assert dotted("门", None, "8", ".", None, "个") == "门8□个"
    assert dotted("约", "1", "8", ".", "6", "万") == "约18.6万"
    assert dotted("人", "2", "0", "1", "8", ".", "万") == "人2018□万"


def test_a_closing_bracket_asks_for_its_fellow_at_the_beginning_of_a_line():
    line = GridLine(0, 20, [])
    line.pitch = PITCH

    def first(text, *behind, top=2.0, lean=-0.2):
        ink = Run(12.0, 19.0, top, 18.0, 50.0, lean)
        read = Seen(text, 15.0, ((text, 0.5),)) if text else None
        start = Match(Placed("opening", 0.0, PITCH, ink), read)
        others = [
            half(one, PITCH * k, PITCH * (k + 1), (PITCH * k + 1, PITCH * k + 19))
            for k, one in enumerate(behind, 1)
            if one != "□"
        ]
        found = with_fellows([line], [[start, *others]])[0][0].read
        return found.text if found else ""

    assert first(".", "二", "）", "行", "政") == "（"
    assert first("", "二", "）", "行") == "（"
    assert first(".", "□", "）", "行", "政") == "（"
    assert first(".", "）", "行", "政") == "."
    assert first("", "）", "行", "政") == ""
    assert first("", "二", "）", "行", lean=0.0) == ""
    assert first("", "0", "）", "行", lean=0.2) == ""
    assert first(".", "二", "（", "行", "）") == "."
    assert first(".", "政", "府", "信", "息", "）") == "."
    assert first(".", "二", "）", "行", "政", top=14.0) == "."
    assert first("一", "二", "）", "行", "政") == "一"


@pytest.mark.parametrize(
    ("text", "at", "ends"),
    [
        ("1.加强", 1, True),
        ("有：1.草原", 3, True),
        ("示。12.", 4, True),
        ("有，1.草原", 3, False),  # items stand behind stops
        ("有。1.5万", 3, False),
        ("有。123.草", 5, False),
        ("。.草", 1, False),
        (".草", 0, False),
        ("1，加强", 1, False),
    ],
)
def test_where_the_number_of_an_item_ends(text, at, ends):
    assert ends_item_number(list(text), at) == ends

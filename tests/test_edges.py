"""Ends of lines, characters matched with ink, pale print, and the way back from the straight page."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnreadableInputError
from pipeline.imaging.bands import fill_leading
from pipeline.imaging.cleaning import Components, binarise, ink_of
from pipeline.imaging.edges import measure_edges
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import LARGEST_PIXELS, LARGEST_SIDE, check_size
from pipeline.imaging.locate import locate
from pipeline.imaging.margins import text_block
from pipeline.imaging.marks import GridLine
from pipeline.imaging.orientation import WayBack, turn_transform
from pipeline.imaging.sizes import rows_of_type
from pipeline.imaging.specks import lonely_specks
from pipeline.recognition.align import align
from pipeline.recognition.engine import Seen, load_engine
from pipeline.recognition.lines import recognise
from pipeline.recognition.parting import part_merged
from scripts import lab
from tests.test_scans import FONT, ROWS, bgr, score

PITCH = 20.0
FULL = "这一行字满了版心宽度没有丢字"
LOSSES = 0.44


def placed(text, left=0.0):
    """Return cells for text set on the grid, ASCII half as wide, □ blank."""
    cells = []
    for char in text:
        width = PITCH / 2 if char.isascii() else PITCH
        if char != "□":
            ink = Run(left + 0.1 * width, left + 0.9 * width, 0.0, 0.9 * PITCH, 100.0, 0.0)
            kind = "half" if char.isascii() else "learnt" if char in "，。（《“" else "full"
            cells.append(Placed(kind, left, left + width, ink))
        left += width
    return cells


def measured(*texts, lost=LOSSES, pitches=None):
    """Measure the edges of lines; leading spaces are white cells."""
    lines, read = [], []
    for at, text in enumerate(texts):
        shown = text.lstrip(" ")
        line = GridLine(30 * at, 30 * at + 20, [], placed(shown, (len(text) - len(shown)) * PITCH))
        line.pitch = PITCH * (pitches[at] if pitches else 1.0)
        lines.append(line)
        read.append(shown.rstrip("□"))
    measure_edges(lines, read, PITCH, lost)
    return lines


def test_the_margin_lies_where_lines_end_that_kept_their_last_character_though_few_did():
    """Han do not stand beyond the margin, and of marks only one hangs over it."""
    short = "这□行□满了□心宽□没有丢字"
    full = short + "这"
    assert [line.trail for line in measured(*[short] * 5, full)] == [0] * 6, "one that reaches further may be wrong"
    lines = measured(*[short] * 5, full, short[:-1] + "，，。")
    assert [line.trail for line in lines] == [1] * 5 + [0] * 2


def test_white_at_the_end_of_a_full_line_is_counted():
    lines = measured(FULL, FULL[:11] + "□□□", FULL, FULL)
    assert [line.trail for line in lines] == [0, 3, 0, 0]


def test_a_number_that_was_not_parted_leaves_white():
    lines = measured(FULL, FULL[:13] + "□", "2018年" + FULL[:11], FULL)
    assert lines[1].trail == 0
    # It would have had room: something is missing.
    assert measured(FULL, FULL[:10] + "□□□□", "2018年" + FULL[:11], FULL)[1].trail == 3
    justified = measured(FULL, FULL[:13] + "□", "2018年" + FULL[:11], FULL, FULL, pitches=(1.03, 1, 1, 1.03, 1))
    assert justified[1].trail == 1


def test_short_lines_tell_nothing_of_stretching():
    """Their pitch is known less well: a page with three of them is no justified one."""
    short = (FULL[:9] + "。",) * 3
    lines = measured(FULL, FULL[:13] + "□", "《" + FULL[:13], FULL, *short, pitches=(1, 1, 1, 1, 1.04, 1.04, 1.04))
    assert lines[1].trail == 0


def test_a_date_that_lacks_its_day_lost_it_wherever_it_stands():
    lines = measured(FULL, FULL, FULL[:5] + "。", "  2016□3□31", "  " + FULL[:12], FULL, FULL)
    assert (lines[3].starts_paragraph, lines[3].trail) == (True, 1)
    whole = measured(FULL, FULL, FULL[:5] + "。", "  2016□3□31日", "  " + FULL[:12], FULL, FULL)
    assert whole[3].trail == 0


def test_the_white_behind_a_heading_is_kept_for_the_language():
    page = (FULL, FULL, FULL[:5] + "。", "  二、公开政府", "  " + FULL[:12], FULL, FULL)
    lines = measured(*page)
    assert (lines[3].trail, lines[3].ended) == (0, len(FULL) - 8)
    assert [line.ended for line in lines] == [0, 0, len(FULL) - 6, len(FULL) - 8, 0, 0, 0]


def test_a_line_may_begin_a_paragraph_or_have_lost_its_first_two_characters():
    lines = measured(FULL, FULL[:5] + "。", "  " + FULL[:12], FULL, FULL[:7] + "。", "       " + FULL[:5], FULL)
    assert [line.indented for line in lines] == [False, False, True, False, False, False, False]
    assert not measured(FULL, FULL[:5] + "。", "  （一）" + FULL[:9], FULL, FULL)[2].indented


def test_a_line_beyond_the_first_or_last_may_hold_two_brackets():
    em = 40
    ink = np.zeros((12 * em, 20 * em), np.uint8)
    bands = [(row * em, (row + 1) * em) for row in (2, 4, 6, 8)]
    for top, bottom in bands:
        ink[top:bottom, em : 10 * em : 2] = 1
    assert fill_leading(ink, bands, em, False) == bands
    ink[10 * em + 4 : 11 * em - 4, 2 * em : 2 * em + 3] = ink[10 * em + 4 : 11 * em - 4, 4 * em : 4 * em + 3] = 1
    assert fill_leading(ink, bands, em, False) == [*bands, (10 * em, 11 * em)]
    ink[5:15, 3 * em : 3 * em + 6] = 1  # a speck
    assert fill_leading(ink, bands, em, False) == [*bands, (10 * em, 11 * em)]
    assert fill_leading(ink, bands, em, True) == [(0, em), *bands, (10 * em, 11 * em)]  # on clean paper a stop
    whole = 11 * em
    assert fill_leading(ink[:whole], bands, em, False) == [*bands, (10 * em, whole)]
    assert fill_leading(ink[: whole - 1], bands, em, False) == bands  # a line cut off by the page's edge


def test_a_bracket_that_was_moved_leaves_white():
    assert measured(FULL, FULL[:13] + "□", "《" + FULL[:13], FULL)[1].trail == 0


def test_words_that_run_from_line_to_line_are_moved_nowhere():
    across = (FULL[:13] + "20", "18" + FULL[:13])
    assert measured(FULL, FULL[:13] + "□", "2018年" + FULL[:11], *across, FULL)[1].trail == 1
    assert measured(FULL, FULL[:13] + "□", "《" + FULL[:13], *across, FULL)[1].trail == 0


def test_a_heading_at_the_end_of_a_page_is_no_open_text():
    assert measured(FULL, FULL, FULL[:5] + "。", "  一、" + FULL[:6], lost=0.2)[-1].trail == 0
    assert measured(FULL, FULL, FULL, FULL[:11], lost=0.2)[-1].trail == 3


def test_before_a_closing_mark_characters_are_lost():
    lines = measured("  ，" + FULL[:11], FULL, FULL)
    assert (lines[0].lead, lines[0].starts_paragraph) == (2, False)


def test_a_line_at_the_margin_lost_its_beginning_and_a_title_did_not():
    assert measured(FULL, FULL[:3] + "。", "     " + FULL[:9], FULL, FULL)[2].lead == 3
    title = measured("     " + FULL[:4], FULL, FULL)[0]
    assert (title.lead, title.starts_paragraph) == (0, True)


def test_white_that_loss_does_not_explain_is_layout():
    assert measured(FULL, FULL[:2] + "。", FULL, FULL, lost=0.0)[1].trail == 0
    assert measured(FULL, FULL[:12] + "□□", FULL, FULL)[1].trail == 2


def seen(text, *centres):
    return [Seen(char, centre, ((char, 0.99),)) for char, centre in zip(text, centres, strict=True)]


def test_digits_share_a_cell_though_their_places_are_rough():
    cells = placed("年政")
    spans = [(2.0, 18.0), (22.0, 38.0)]
    matches = align(seen("21政", 6.0, 21.0, 31.0), cells, spans, PITCH)
    assert [(match.read.text, match.cell is cells[0]) for match in matches] == [("2", True), ("1", True), ("政", False)]


def test_a_digit_shares_its_cell_with_a_digit_only():
    """In a condensed line the first of two digits is read nearer to the Han before it than to their own middle."""
    cells = [*placed("通"), *placed("份", 3 * PITCH)]
    spans = [(0.1, 18.5), (21.6, 40.0)]
    matches = align(seen("通13", 8.2, 22.9, 37.6), cells, spans, PITCH)
    assert [match.cell is cells[1] for match in matches] == [False, True, True]


def test_a_bracket_and_a_digit_are_parted():
    ink = Run(12.0, 29.0, 0.0, 18.0, 100.0, 0.0)
    cell = Placed("full", 10.5, 30.5, ink)
    opening, digit = part_merged(align(seen("《2", 15.0, 25.0), [cell], [(12.0, 29.0)], PITCH), PITCH)
    assert (opening.cell.kind, digit.cell.kind) == ("opening", "half")
    assert opening.cell.left == pytest.approx(0.0, abs=1.0)
    assert digit.cell.right == pytest.approx(30.0, abs=1.0)


def test_a_mark_too_pale_to_be_measured_fills_its_blank_cell():
    first, _, last = placed("政务公")
    spans = [(cell.ink.left, cell.ink.right) for cell in (first, last)]
    read = seen("政，公", 10.0, 26.0, 50.0)
    filled = align(read, [first, last], spans, PITCH, whole=True)
    assert [match.extra for match in filled] == [False] * 3
    assert (filled[1].cell.left, filled[1].cell.right) == (PITCH, 2 * PITCH)
    assert align(read, [first, last], spans, PITCH)[1].extra
    late = align(seen("政一公", 10.0, 42.0, 55.0), [first, last], spans, PITCH, whole=True)  # its place is rough
    assert [match.extra for match in late] == [False] * 3
    assert late[1].cell.right == 2 * PITCH
    assert align(seen("政一公", 10.0, 48.0, 52.0), [first, last], spans, PITCH, whole=True)[1].extra


def test_a_bracket_keeps_its_cell_and_a_pale_numeral_gets_the_blank_one():
    opening = placed("（")[0]
    closing = Placed("half", 2 * PITCH, 2.5 * PITCH, Run(2 * PITCH + 3, 2 * PITCH + 8, 0.0, 16.0, 40.0, 0.0))
    spans = [(opening.ink.left, opening.ink.right), (closing.ink.left, closing.ink.right)]
    matches = align(seen("（二）", 10.0, 32.0, 47.0), [opening, closing], spans, PITCH, whole=True)
    assert [(match.read.text, match.extra) for match in matches] == [("（", False), ("二", False), ("）", False)]
    assert (matches[1].cell.left, matches[1].cell.right) == (PITCH, 2 * PITCH)


def test_a_narrow_character_at_the_beginning_of_lines_shows_the_margin():
    lines = measured(FULL, FULL, "   " + FULL[:11], "   " + FULL[:11])
    for line in lines[:2]:
        cell = line.cells[0]
        line.cells[0] = Placed("full", cell.left, cell.right, Run(cell.left + 6, cell.right - 6, 0.0, 18.0, 60.0, 0.0))
    block = text_block(lines, PITCH)
    assert block is not None and block[0] == pytest.approx(0.0)


@given(
    st.integers(0, 3),
    st.floats(-3, 3),
    st.tuples(st.integers(0, 700), st.integers(0, 500), st.integers(1, 80), st.integers(1, 80)),
)
def test_boxes_find_their_way_back(quarters, angle, box):
    width, height = 800, 600
    straight = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    own_width, own_height = (height, width) if quarters % 2 else (width, height)
    back = WayBack(straight, width, height, quarters)
    assert (back.width, back.height) == (own_width, own_height)
    left, top, wide, high = box
    x0, y0, x1, y1 = back.box((left, top, left + wide, top + high))
    whole = np.vstack([straight, [0, 0, 1]]) @ turn_transform(quarters, own_width, own_height)
    x, y, _ = np.linalg.inv(whole) @ [left + wide / 2, top + high / 2, 1]
    if 0 <= x <= own_width and 0 <= y <= own_height:
        assert x0 - 1 <= x <= x1 + 1
        assert y0 - 1 <= y <= y1 + 1


def pale(page, generator):
    """Return a page in thin grey print on noisy paper."""
    thin = cv2.dilate(page, np.ones((2, 1), np.uint8))
    grey = 120 + cv2.GaussianBlur(thin, (0, 0), 1.0).astype(np.float32) * (127 / 255)
    return np.clip(grey + generator.normal(0, 7, grey.shape), 0, 255).astype(np.uint8)


def test_pale_print_is_read_with_its_marks():
    clean, truth = lab.print_page(ROWS[:8], FONT, 200, set())
    page = pale(clean, np.random.default_rng(3))
    assert ink_of(page).sum() > 1.2 * binarise(page).sum()
    counts = score(recognise(locate(bgr(page)), load_engine("rapidocr"), 1), truth)
    assert counts["errors"] <= 6  # of 221; with Otsu's threshold alone 16
    assert counts["false"] <= 3


def test_noise_is_no_ink():
    noise = np.clip(247 + np.random.default_rng(1).normal(0, 9, (1200, 900)), 0, 255).astype(np.uint8)
    assert ink_of(noise).mean() < 0.001


def test_a_ring_that_fell_apart_is_no_dirt():
    ink = np.zeros((200, 400), np.uint8)
    ink[60:90, 20:50] = 1  # a character
    for left in (100, 106):
        ink[100:105, left : left + 3] = 1
    ink[100:104, 300:304] = 1
    parts = Components.of(ink)
    kept = np.ones(len(parts.stats), bool)
    kept[0] = False
    lonely = parts.painted(lonely_specks(parts, kept, 40.0))
    assert not lonely[100:105, 95:115].any()
    assert lonely[101, 301]


@pytest.mark.parametrize("size", [(LARGEST_SIDE + 1, 100), (LARGEST_PIXELS / 9000, 9001), (100, 5)])
def test_sizes_that_are_no_page(size):
    with pytest.raises(UnreadableInputError, match=r"too many|too few"):
        check_size(*size, "page")


def test_lines_that_dust_joins_are_no_large_type():
    """Two lines taken for one in type of three times the size would not be read at all."""
    em, random = 20, np.random.default_rng(1)
    ink = np.zeros((16 * em, 30 * em), np.uint8)
    lines = [(2 * row * em, 2 * row * em + 18) for row in range(1, 7)]
    for top, bottom in lines:
        ink[top:bottom, em : 28 * em] = random.random((bottom - top, 27 * em)) < 0.4
    assert rows_of_type(ink, em) == lines
    ink[lines[2][1] : lines[3][0], 4 * em : 5 * em : 4] = 1
    assert rows_of_type(ink, em) == lines
    ink[lines[2][1] : lines[3][0], em : 28 * em] = random.random((2 * em - 18, 27 * em)) < 0.4  # one large line
    assert rows_of_type(ink, em) == [*lines[:2], (lines[2][0], lines[3][1]), *lines[4:]]


def test_lines_that_dust_joins_are_compared_by_what_holds_most_of_them():
    """Pale strokes above and below make lines higher than what is left of two of them once dust between is cut."""
    em, random = 20, np.random.default_rng(2)
    ink = np.zeros((16 * em, 30 * em), np.uint8)
    lines = [(2 * row * em, 2 * row * em + 20) for row in range(1, 7)]
    for top, bottom in lines:
        ink[top:bottom, em : 28 * em] = random.random((bottom - top, 27 * em)) < 0.02
        ink[top + 3 : bottom - 3, em : 28 * em] |= (random.random((bottom - top - 6, 27 * em)) < 0.4).astype(np.uint8)
    ink[lines[4][1] : lines[5][0], 4 * em : 5 * em : 4] = 1
    found = rows_of_type(ink, em)
    assert len(found) == 6 and found[4:] == [(top + 3, bottom - 3) for top, bottom in lines[4:]]


def test_what_begins_with_a_bracket_does_not_move_the_left_margin():
    """Its first wide character stands a cell further in, where another line that lost its first one begins."""
    texts = ["  四、" + FULL[:6], "  五、" + FULL[:5], FULL, " " + FULL[1:9], "《" + FULL[:13]]
    lines = measured(*texts, lost=0.3)
    assert [line.lead for line in lines] == [0, 0, 0, 1, 0]
    assert [line.starts_paragraph for line in lines[:3]] == [True, True, False]


def test_white_that_may_have_moved_is_kept_beside_what_is_counted():
    lines = measured(FULL, FULL[:12] + "□□", "《" + FULL[:13], FULL)
    assert [(line.trail, line.moved) for line in lines] == [(0, 0), (1, 1), (0, 0), (0, 0)]
    number = measured(FULL, FULL[:10] + "□□□□", "2018年" + FULL[:11], FULL)[1]
    assert (number.trail, number.moved) == (3, 1)
    # Nothing moved where a paragraph ends, or on a line that was stretched to the margin.
    assert measured(FULL, FULL[:5] + "。", "  《" + FULL[:11], FULL)[1].moved == 0
    assert measured(FULL, FULL[:13] + "□", "《" + FULL[:13], FULL, FULL, pitches=(1.03, 1, 1, 1.03, 1))[1].moved == 0


def test_an_item_begins_a_paragraph_behind_a_heading_with_a_comma():
    heading = "（二）" + FULL[:4] + "，公开"
    assert measured(FULL, FULL, "  " + heading, "  1." + FULL[:11], FULL)[3].starts_paragraph
    assert not measured(FULL, FULL, "  " + heading + "，", "  1.5" + FULL[:10], FULL)[3].starts_paragraph


def test_a_digit_at_the_right_of_its_cell_moves_no_indent():
    lines = measured("  1." + FULL[:11], FULL, FULL, FULL)
    digit = lines[0].cells[0]
    lines[0].cells[0] = Placed("opening", digit.right - PITCH, digit.right, digit.ink)
    measure_edges(lines, ["1." + FULL[:11], FULL, FULL, FULL], PITCH, 0.01)
    assert (lines[0].lead, lines[0].starts_paragraph) == (0, True)

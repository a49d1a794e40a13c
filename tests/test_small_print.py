"""Small print: characters that touch, dust between lines, marks known by where they stand."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.imaging.bands import find_bands, likely_pitches
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run, runs_of
from pipeline.imaging.locate import locate
from pipeline.imaging.looks import BODY
from pipeline.imaging.marks import GridLine
from pipeline.laboratory.typesetting import Sheet
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen, load_engine
from pipeline.recognition.lines import recognise
from pipeline.recognition.parting import part_merged
from pipeline.recognition.settling import MarkShapes, settle
from pipeline.recognition.strays import with_pale_marks, without_strays
from scripts import lab
from tests.test_restore import TRUTH
from tests.test_scans import bgr, score

PITCH = 40.0


def test_characters_that_touch_are_parted():
    ink = np.zeros((60, 120), np.uint8)
    ink[10:46, 10:46] = ink[10:46, 50:86] = 1
    ink[26:29, 46:50] = 1
    grey = np.where(ink > 0, 40, 255).astype(np.uint8)
    parts = runs_of(ink, grey, 0, 60, PITCH)
    assert len(parts) > 1
    assert any(45 <= run.right <= 51 for run in parts)
    whole = [(run.left, run.right) for run in parts]
    assert (whole[0][0], whole[-1][1]) == (10.0, 86.0)


@pytest.mark.parametrize("pitch", [5.0, 8.0, 15.0, 40.0])
def test_runs_of_any_size_are_parted_inside(pitch):
    generator = np.random.default_rng(3)
    for width in range(2, 90):
        grey = generator.integers(0, 256, (20, width)).astype(np.uint8)
        ink = (grey < 200).astype(np.uint8)
        bounds = [(run.left, run.right) for run in runs_of(ink, grey, 0, 20, pitch)]
        assert all(left < right for left, right in bounds)
        assert bounds == sorted(bounds)


def test_a_mark_that_touches_a_character_leaves_no_blank_cell():
    merged = Placed("merged", 8.0, 68.0, Run(10.0, 60.0, 10.0, 46.0, 900.0, 0.0))
    quote, han = Seen("”", 53.0, (("”", 0.9),)), Seen("办", 28.0, (("办", 0.9),))
    parts = part_merged([Match(merged, han), Match(merged, quote, True)], PITCH)
    assert [match.cell.kind for match in parts] == ["full", "closing"]
    assert parts[1].cell.right == pytest.approx(10 + 2 * PITCH, abs=3)
    assert not parts[1].extra


def test_two_merged_han_stay_merged():
    merged = Placed("merged", 8.0, 88.0, Run(10.0, 86.0, 10.0, 46.0, 900.0, 0.0))
    pair = [Match(merged, Seen("公", 28.0, (("公", 0.9),))), Match(merged, Seen("开", 66.0, (("开", 0.9),)), True)]
    assert part_merged(pair, PITCH) == pair


def test_dust_between_two_lines_makes_no_band_of_both():
    ink = np.zeros((300, 800), np.uint8)
    for top in (60, 128):
        for left in range(40, 760, 40):
            ink[top : top + 36, left : left + 34] = 1
    ink[96:128, 300:308] = ink[40:60, 500:506] = 1
    bands = find_bands(ink, PITCH)
    assert len(bands) == 2
    assert all(abs(bottom - top - 36) <= 8 for top, bottom in bands)


def row(marks, text="公开，工作，政务，信息，年度，报告，"):
    """Return a line and what was read on it: Han fill their cells, commas stand at its lower left but as *marks* say.

    Args:
        marks: by number of the comma, the ink's left edge in its cell and its middle row, and what was read there.
        text: printed.
    """
    matches = []
    for at, char in enumerate(text):
        left = at * PITCH
        if char == "，":
            offset, middle, read = marks.get(sum(m.cell.kind == "low" for m in matches), (4.0, 34.0, "，"))
            ink = Run(left + offset, left + offset + 8, middle - 5, middle + 5, 50.0, 0.0)
            cell = Placed("low", left, left + PITCH, ink)
        else:
            cell, read = Placed("full", left, left + PITCH, Run(left + 2, left + 38, 2.0, 38.0, 800.0, 0.0)), char
        matches.append(Match(cell, Seen(read, cell.centre, ((read, 0.85),)) if read else None))
    return GridLine(0, 40, [], [match.cell for match in matches], PITCH), matches


def shown(matches):
    return "".join(match.read.text if match.read else "□" for match in matches)


def test_dirt_read_as_a_mark_is_told_by_where_it_stands():
    line, matches = row({2: (24.0, 10.0, "，")})
    read = without_strays([line], [matches], PITCH, whole=False, looks=[BODY])
    assert shown(read[0]) == "公开，工作，政务信息，年度，报告，"
    assert without_strays([line], [matches], PITCH, whole=True, looks=[BODY]) == [matches]  # nothing is missing there
    straight, usual = row({})
    assert without_strays([straight], [usual], PITCH, whole=False, looks=[BODY]) == [usual]


def test_what_an_engine_is_certain_of_stands_off_its_like_in_their_row():
    def read(probability, middle):
        line, matches = row({2: (24.0, middle, "，")})
        at = next(at for at, match in enumerate(matches) if match.cell.ink.left % PITCH == 24.0)
        sure = replace(matches[at].read, alternatives=(("，", probability),))
        matches[at] = replace(matches[at], read=sure)
        return shown(without_strays([line], [matches], PITCH, whole=False, looks=[BODY])[0])

    whole = "公开，工作，政务，信息，年度，报告，"
    assert read(0.99, 34.0) == whole
    assert read(0.85, 34.0) == read(0.99, 10.0) == "公开，工作，政务信息，年度，报告，"


def test_the_point_of_an_item_is_no_mark_of_the_text():
    def read(before, probability):
        line, matches = row({}, "1，公开工作，")
        point = Seen(".", matches[1].cell.centre, ((".", probability),))
        matches[1] = replace(matches[1], read=point)
        other, usual = row({})
        return shown(with_pale_marks([line, other], [[*before, *matches], usual], PITCH, whole=False)[0])

    han = row({})[1][:1]
    assert read([], 0.95) == "1.公开工作，"
    assert read([], 0.8) == "1，公开工作，"
    assert read(han, 0.95) == "公1，公开工作，"


def test_a_mark_beside_another_or_behind_letters_has_no_place_of_its_own():
    """Two marks may share a cell, and letters end anywhere: off the grid behind them is no dirt."""
    for text in ("公开，工作，政务，信息，年度，报告）。", "公开，工作，政务，信息，年度，报告，cn，"):
        line, matches = row({}, text)
        behind = matches[-1]
        off = replace(behind.cell, ink=Run(behind.cell.left + 24, behind.cell.left + 32, 29.0, 39.0, 50.0, 0.0))
        matches[-1] = replace(behind, cell=replace(off, kind="low"), read=Seen("，", off.centre, (("，", 0.85),)))
        bracket = matches[-2]
        if bracket.read.text == "）":
            matches[-2] = replace(bracket, cell=replace(bracket.cell, kind="learnt"))
        read = without_strays([line], [matches], PITCH, whole=False, looks=[BODY])[0]
        assert len(read) == len(matches)


def test_a_mark_read_as_another_is_known_by_where_it_stands():
    line, matches = row({2: (16.0, 34.0, "，")})
    other = [row({k: (16.0, 34.0, "、") for k in range(6)}) for _ in range(2)]
    lines, read = [line, *(n for n, _ in other)], [matches, *(m for _, m in other)]
    read = without_strays(lines, read, PITCH, whole=False, looks=[BODY] * 3)
    assert shown(read[0]) == "公开，工作，政务、信息，年度，报告，"


def test_a_mark_that_was_not_read_is_named_by_where_it_stands():
    line, matches = row({1: (4.0, 34.0, ""), 3: (22.0, 12.0, "")})
    other, usual = row({})
    named = with_pale_marks([line, other], [matches, usual], PITCH, whole=False)[0]
    assert shown(named) == "公开，工作，政务，信息□年度，报告，"


def test_dirt_before_the_first_character_of_a_whole_page_is_no_mark():
    line, matches = row({}, "，公开工作")
    dirt = [replace(matches[0], read=None), *matches[1:]]
    other, usual = row({})
    lines, read = [line, other], [dirt, usual]
    assert shown(with_pale_marks(lines, read, PITCH, whole=True)[0]) == "□公开工作"
    assert (
        shown(with_pale_marks(lines, read, PITCH, whole=False)[0]) == "，公开工作"
    )  # characters may be lost before it
    shapes = MarkShapes(lines, read, PITCH)
    assert shown(settle(dirt, line, shapes, True)) == "公开工作"
    assert shown(settle(dirt, line, shapes, False)) == "，公开工作"


def test_small_ink_is_no_han():
    line, matches = row({1: (4.0, 34.0, "果")})
    assert shown(with_pale_marks([line], [matches], PITCH, whole=False)[0]) == "公开，工作，政务，信息，年度，报告，"
    few = [replace(match) for match in matches[:3]]
    assert with_pale_marks([line], [few], PITCH, whole=False) == [few]  # one comma teaches nothing


def test_a_small_scan_that_lost_nothing_has_hardly_a_gap():
    sheet = Sheet.of_points(10.5)
    rows = lab.rows_of(TRUTH, False, sheet.columns)[:14]
    clean, truth = lab.print_page(rows, "hei", 150, set(), sheet)
    image, _ = lab.scan(clean, 150, np.random.default_rng(5))
    counts = score(recognise(locate(bgr(image)), load_engine("rapidocr"), 1), truth)
    assert counts["false"] <= 1
    assert counts["errors"] <= 0.03 * counts["characters"]


def test_the_pitch_is_found_though_characters_seem_larger():
    generator = np.random.default_rng(2)
    ink = np.zeros((1200, 1100), np.uint8)
    for top in range(60, 1140, 68):
        for column in np.flatnonzero(generator.random(24) < 0.4):
            ink[top : top + 36, 40 + 40 * column : 40 + 40 * column + 34] = 1
    page = bgr(np.where(ink > 0, 20, 255).astype(np.uint8))
    assert locate(page).pitch == pytest.approx(40, abs=0.5)
    likely = likely_pitches(ink, find_bands(ink, 46.0), 46.0)
    assert min(abs(pitch - 40) for pitch in likely) < 2.5  # within reach of the fit

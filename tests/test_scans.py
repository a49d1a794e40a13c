"""Page images: loading, measuring, reading, and the whole way to edits with boxes."""

import random
from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.imaging.cleaning import binarise, skew_of, split_seals
from pipeline.imaging.grid import blanks_between, fit_line, place_runs
from pipeline.imaging.groups import MarkOffsets, Run, shape_of
from pipeline.imaging.locate import locate
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.typesetting import Row
from pipeline.laboratory.wear import scribbled
from pipeline.reading.images import read_image
from pipeline.reading.pages import read_scan
from pipeline.reading.running import running_text
from pipeline.recognition.both import merged
from pipeline.recognition.engine import ENGINES, Seen, load_engine
from pipeline.recognition.lines import recognise
from pipeline.writing.rows import edit_rows
from scripts import end_to_end, lab
from tests import grid_oracle
from tests.test_restore import TRUTH

FONT = "song"
LOST = lab.lost_characters(TRUTH, 0.44, random.Random(7))
ROWS = lab.rows_of(TRUTH, True)[: lab.ROWS]


def bgr(grey):
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


@pytest.fixture(scope="module")
def damaged():
    return lab.print_page(ROWS, FONT, 200, LOST)


def score(page, truth):
    """Compare the lines of an unskewed page with its truth, in order."""
    assert len(page.lines) == len(truth)
    total = Counter()
    for line, row in zip(page.lines, truth, strict=True):
        shown = "".join(char if seen else "□" for char, _, _, seen in row["glyphs"])
        total += lab.compare(shown, "".join(cell.text or "□" for cell in line.cells))
    return total


def test_lost_characters_are_counted_and_the_others_read(damaged):
    image, truth = damaged
    counts = score(recognise(locate(bgr(image)), load_engine("rapidocr"), 1), truth)
    assert counts["gaps"] > 80
    assert counts["exact"] >= 0.99 * counts["gaps"]
    assert counts["false"] == 0
    assert counts["errors"] <= 0.01 * counts["characters"]


def test_a_poor_scan_is_still_counted(damaged):
    image, transform = lab.scan(damaged[0], 200, np.random.default_rng(3))
    located = locate(bgr(image))
    assert located.page.skew == pytest.approx(-np.rad2deg(np.arctan2(transform[0][1], transform[0][0])), abs=0.1)
    counts = score(recognise(located, load_engine("rapidocr"), 1), damaged[1])
    assert counts["exact"] >= 0.95 * counts["gaps"]
    assert counts["errors"] <= 0.03 * counts["characters"]


def test_every_engine_reads_a_line():
    image, truth = lab.print_page(ROWS[3:4], FONT, 300, set())
    text = "".join(char for char, *_ in truth[0]["glyphs"])
    for name in ENGINES:
        page = recognise(locate(bgr(image)), load_engine(name), 1)
        read = "".join(cell.text for cell in page.lines[0].cells)
        assert lab.compare(text, read)["errors"] <= 3, (name, read)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=5, max_size=24), st.floats(24, 90), st.integers(0, 1000))
def test_blank_cells_between_wide_characters_are_exact(blanks, pitch, seed):
    generator = random.Random(seed)
    runs, cell = [], 0
    for count in [0, *blanks]:
        cell += count
        margin = generator.uniform(0.04, 0.10)
        left, right = (cell + margin) * pitch, (cell + 1 - margin) * pitch
        runs.append(Run(left, right, 0.05 * pitch, 0.95 * pitch, 0.3 * pitch * pitch, 0.0))
        cell += 1
    placed, _ = place_runs(runs, pitch, pitch, pitch / 2, MarkOffsets())
    assert [blanks_between(a, b, pitch) for a, b in pairwise(placed)] == blanks
    if sum(count <= 3 for count in blanks) >= 6:  # enough close pairs to measure a stretched line
        placed, measured = fit_line(runs, pitch / 1.03, pitch / 2, MarkOffsets(), (1.0, 1.035, 1.07))
        assert measured == pytest.approx(pitch, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_native_placement_is_as_cheap_as_the_slow_exact_one(seed):
    generator = random.Random(seed)
    pitch, left, runs = generator.uniform(25, 70), 0.0, []
    for _ in range(generator.randint(1, 14)):
        left += generator.choice((0.05, 0.1, 0.3, 1.1)) * pitch
        right = left + generator.choice((0.1, 0.2, 0.45, 0.6, 0.9, 1.6)) * pitch
        top = generator.uniform(0, 0.7) * pitch
        bottom = min(pitch, top + generator.uniform(0.05, 1.0) * pitch)
        area = generator.uniform(0.01, 0.9) * (right - left) * (bottom - top)
        runs.append(Run(left, right, top, bottom, area, generator.uniform(-0.4, 0.4)))
        left = right
    shapes = [
        shape_of((r.right - r.left) / pitch, (r.bottom - r.top) / pitch, (r.top + r.bottom) / 2 / pitch - 0.5, r.lean)
        for r in runs
    ]
    learnt = {s: [(generator.uniform(0, 0.9), 0.1), (0.4, 0.3)] for s in shapes if generator.random() < 0.3}
    marks = MarkOffsets(learnt, generator.uniform(0.42, 0.66), generator.choice((1.0, 6.0)))
    stretched = pitch * generator.uniform(0.95, 1.1)
    fast, cost = place_runs(runs, stretched, pitch, pitch / 2, marks)
    slow, least = grid_oracle.place_runs(runs, stretched, pitch, pitch / 2, marks)
    assert cost == pytest.approx(least)
    assert [cell.ink.left for cell in fast] == sorted(cell.ink.left for cell in slow)


def test_the_whole_way_gives_edits_with_boxes_on_white(damaged, tmp_path):
    path = tmp_path / "县 报告.png"
    cv2.imencode(".png", damaged[0])[1].tofile(path)
    result = restore(path, Settings(beam=20))
    rows = [row for row in edit_rows(result) if row["kind"] == "missing"]
    assert len(rows) > 50
    assert all(row["page"] == 1 and len(row["boxes"]) == len(row["before"]) for row in rows if row["before"].strip())
    for row in rows:
        for left, top, right, bottom in row.get("boxes", ()):  # a line end has none
            inset = (right - left) // 5
            assert damaged[0][top:bottom, left + inset : right - inset].mean() > 240
    assert 3 <= len(result.text.splitlines()) < len(ROWS)


def test_pages_of_a_tiff_make_one_text(tmp_path):
    pages = [lab.print_page(ROWS[i : i + 4], FONT, 200, set())[0] for i in (0, 4)]
    path = tmp_path / "two.tif"
    cv2.imwritemulti(str(path), pages)
    scan = read_scan(path, Settings())
    assert [page.number for page in scan.pages] == [1, 2]
    assert {place.page for place in scan.places if place} == {1, 2}
    assert len(scan.places) == len(scan.text)


def test_a_seal_is_split_off_and_the_text_under_it_stays(damaged):
    page = bgr(damaged[0])
    x, y = page.shape[1] // 2, page.shape[0] // 3
    seal = np.full_like(page, 255)
    cv2.circle(seal, (x, y), 120, (40, 30, 220), 14)
    sealed = np.minimum(page, seal)
    grey, mask = split_seals(sealed)
    assert mask.sum() > 3000
    assert np.abs(grey.astype(int) - damaged[0]).max() < 60
    lines = recognise(locate(sealed), load_engine("rapidocr"), 1).lines
    assert any(cell.under_seal for line in lines for cell in line.cells)
    assert not all(cell.under_seal for line in lines for cell in line.cells)


@pytest.mark.parametrize("angle", [-1.3, 0.0, 0.8])
def test_skew_is_measured(damaged, angle):
    height, width = damaged[0].shape
    transform = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    turned = cv2.warpAffine(damaged[0], transform, (width, height), borderValue=255)
    assert skew_of(binarise(turned)) == pytest.approx(angle, abs=0.08)


def seen(text, probability=0.9, other=()):
    return [Seen(c, 20.0 * at, ((c, probability), *other)) for at, c in enumerate(text)]


def test_where_two_engines_disagree_both_readings_are_alternatives():
    first, second = seen("进一步公开，", 0.8, (("讲", 0.1),)), seen("讲一步公开,", 0.7)
    read = merged(first, second)
    assert "".join(r.text for r in read) == "进一步公开，"
    assert [text for text, _ in read[0].alternatives] == ["进", "讲"]
    assert read[0].alternatives[1][1] > 0.1
    assert all(r.alternatives[0][1] > 0.9 for r in read[1:])  # agreement makes sure, whatever the width of a mark
    assert all(sum(p for _, p in r.alternatives) <= 1 + 1e-9 for r in read)
    assert merged(first, seen("一步公")) != []


def test_both_engines_give_cells_with_alternatives():
    image = cv2.GaussianBlur(lab.print_page(ROWS[2:8], "song", 130, set())[0], (0, 0), 1.3)
    page = read_image(bgr(image), load_engine("both"), 1, "page")
    cells = [cell for line in page.lines for cell in line.cells if cell.text]
    assert all(cell.alternatives[0][0] == cell.text for cell in cells)
    assert any(len(cell.alternatives) > 1 for cell in cells)


def test_page_numbers_and_strokes_are_set_apart():
    page = lab.print_page(ROWS[:20], FONT, 200, set())[0]
    scribble = scribbled(page, 200, np.random.default_rng(4))
    number = lab.print_page([Row(tuple((c, 13 + at, 1.0) for at, c in enumerate("—３—")))], FONT, 200, set())[0]
    height = page.shape[0]
    foot = np.roll(number, int(0.80 * height), axis=0)
    engine = load_engine("rapidocr")
    plain = read_image(bgr(page), engine, 1, "page")
    texts = [[cell.text for cell in line.cells] for line in plain.lines]
    for image in (scribble, np.minimum(page, foot)):
        read = read_image(bgr(image), engine, 1, "page")
        assert [[cell.text for cell in line.cells] for line in read.lines] == texts
        assert "set apart" in " ".join(read.notes)


def test_a_scan_is_restored_nearly_as_well_as_its_text():
    lost = lost_by("GB2312>C2C9", TRUTH, 1)
    rows = ROWS[:14]
    truth = end_to_end.text_of(rows)
    scan = running_text([read_image(bgr(lab.print_page(rows, FONT, 200, lost)[0]), load_engine("rapidocr"), 1, "page")])
    best = Settings(beam=20, fill="best")
    shares = []
    for text in (scan.text, "".join("□" if char in lost else char for char in truth)):
        found, count = end_to_end.right(truth, restore(text, best).text, lost)
        shares.append(found / count)
    assert count > 100
    assert shares[0] >= shares[1] - 0.02

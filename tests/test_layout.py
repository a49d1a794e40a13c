"""Layout: tables, columns, pictures and upright stamps, from boxes and from page images."""

from dataclasses import replace

import cv2
import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import Cell, Line, Page
from pipeline.imaging.layout import reading_order
from pipeline.imaging.regions import find_regions
from pipeline.imaging.tables import tables_of
from pipeline.reading.images import read_image
from pipeline.reading.running import running_text
from pipeline.recognition.engine import load_engine
from scripts import lab
from scripts.lab_pdf import FontDamage, Sheet, Text, sheets_of, write_pdf
from tests.test_pdf import BODY
from tests.test_pdf_layout import ROWS, table_sheet
from tests.test_restore import TRUTH

RUNNING = TRUTH.replace("\n", "")[200:]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(45, 200), min_size=1, max_size=5),  # drawn 12 pixels short it still is a rule
    st.lists(st.integers(40, 90), min_size=1, max_size=6),
    st.floats(-6, 6),
)
def test_a_full_grid_gives_all_its_cells(widths, heights, shake):
    xs = [100 + sum(widths[:k]) for k in range(len(widths) + 1)]
    ys = [200 + sum(heights[:k]) for k in range(len(heights) + 1)]
    rules = [(xs[0] - shake, y, xs[-1] + shake, y + 2) for y in ys] + [(x, ys[0], x + 2, ys[-1]) for x in xs]
    tables = tables_of([tuple(map(float, rule)) for rule in rules], 15)
    if len(widths) * len(heights) == 1:
        assert not tables  # a frame
        return
    (table,) = tables
    assert len(table.cells) == len(widths) * len(heights)
    assert [len(table.row(k)) for k in range(table.rows)] == [len(widths)] * len(heights)


def test_spanning_cells_and_two_tables():
    rules = [(0, 0, 300, 0), (100, 40, 300, 40), (0, 80, 300, 80)]
    rules += [(x, 0, x, 80) for x in (0, 100, 200, 300)]
    rules += [(0, 500, 300, 500), (0, 540, 300, 540), (0, 500, 0, 540), (300, 500, 300, 540), (150, 500, 150, 540)]
    first, second = tables_of([tuple(map(float, rule)) for rule in rules], 10)
    assert first.cells[0].rows == 2
    assert [cell is None for cell in first.row(1)] == [True, False, False]
    assert len(second.cells) == 2
    assert not tables_of([(0.0, 0.0, 300.0, 1.0), (0.0, 50.0, 300.0, 51.0)], 10)  # underlines


def column(left, width, top, count, em=20.0):
    return [(left, top + 30.0 * k, left + width, top + 30.0 * k + em) for k in range(count)]


def test_columns_are_told_from_lists_and_lines():
    title = [(150.0, 0.0, 450.0, 20.0)]
    two = [*title, *column(0, 280, 60, 8), *column(320, 280, 60, 8)]
    assert [len(block) for block in reading_order(two, 20)] == [1, 8, 8]
    assert [len(block) for block in reading_order(column(0, 600, 0, 12), 20)] == [12]
    entries = [(0.0, 30.0 * k, 60.0, 30.0 * k + 20) for k in range(8)]
    values = [(200.0, 30.0 * k, 200.0 + 60 * (k % 4 + 1), 30.0 * k + 20) for k in range(8)]
    assert len(reading_order(entries + values, 20)) == 1
    assert reading_order([], 20) == []


def test_a_lane_of_lost_characters_is_no_gutter():
    generator = np.random.default_rng(1)

    def beside(gutter, rows=10):
        """Return the stretches of lines of 28 cells, a third of them lost, and all in a lane of *gutter* cells."""
        found = []
        for row in range(rows):
            seen = generator.random(28) > 0.3
            seen[[0, 12, 13 + gutter, 27]] = True
            seen[13 : 13 + gutter] = False
            edges = np.flatnonzero(np.diff(np.concatenate(([0], seen, [0])).astype(int)))
            found += [(20.0 * a, 30.0 * row, 20.0 * b, 30.0 * row + 20) for a, b in edges.reshape(-1, 2).tolist()]
        return found

    assert [len(reading_order(beside(1), 20)), len(reading_order(beside(2), 20))] == [1, 2]


def image_of(sheet, tmp_path, dpi=200, damage=None):
    path = tmp_path / "page.pdf"
    write_pdf(path, [sheet], {"song": damage or FontDamage()})
    return pypdfium2.PdfDocument(path)[0].render(scale=dpi / 72).to_numpy()[:, :, :3].copy()


def text_of(page):
    return ["".join(cell.text or "□" for cell in line.cells) for line in page.lines]


@pytest.mark.parametrize("worn", [False, True])
def test_a_ruled_table_on_an_image_keeps_its_cells(tmp_path, worn):
    sheet = table_sheet(ROWS, [140, 60, 90], size=14)
    sheet.texts.append(Text("song", 16, tuple((c, 112 + 16.0 * n) for n, c in enumerate("以上为工作情况表。")), 300))
    image = image_of(sheet, tmp_path)
    if worn:
        grey, _ = lab.scan(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 200, np.random.default_rng(4))
        image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    page = read_image(image, load_engine("rapidocr"), 1, "page")
    lines = text_of(page)
    assert [line.split("\t") for line in lines[:4]] == [[cell or "" for cell in row] for row in ROWS]
    assert lines[4] == "以上为工作情况表。"
    assert "tables: 1" in page.notes
    if not worn:
        turned = read_image(np.ascontiguousarray(np.rot90(image, 2)), load_engine("rapidocr"), 1, "page")
        assert text_of(turned) == lines
        height, width = image.shape[:2]
        for a, b in zip(page.lines[0].cells, turned.lines[0].cells, strict=True):
            left, top, right, bottom = b.box
            assert (width - right, height - bottom, width - left, height - top) == pytest.approx(a.box, abs=3)
        for line in page.lines[:4]:
            for cell in line.cells:
                if cell.text.strip():
                    left, top, right, bottom = cell.box
                    assert image[top:bottom, left:right].min() < 100


def test_columns_of_an_image_are_read_one_after_another(tmp_path):
    texts = [
        Text("song", 16, tuple((c, left + 16.0 * n) for n, c in enumerate(RUNNING[at : at + 14])), 130 + 26.0 * row)
        for column, left in enumerate((60.0, 310.0))
        for row in range(9)
        for at in [(column * 9 + row) * 14]
    ]
    lines = text_of(read_image(image_of(Sheet(texts), tmp_path), load_engine("rapidocr"), 1, "page"))
    assert "".join(lines).replace("□", "")[:60] == RUNNING[:60]
    assert len(lines) == 18
    assert sum(a == b for a, b in zip("".join(lines), RUNNING, strict=False)) > 0.97 * 18 * 14


def test_pictures_and_upright_stamps_are_set_apart(tmp_path):
    texts = sheets_of(BODY, "song")[0].texts
    lower = [Text(t.font, t.size, t.glyphs, t.baseline + 240) for t in texts[4:]]
    stamp = [Text("song", 12, ((c, 40.0),), 250 + 16.0 * k) for k, c in enumerate("归档编号二零一八")]
    image = image_of(Sheet([*texts[:4], *lower, *stamp], pictures=[(150, 230, 420, 440)]), tmp_path)
    page = read_image(image, load_engine("rapidocr"), 1, "page")
    ((at, box),) = page.pictures
    assert at == 4
    assert box == pytest.approx([v * 200 / 72 for v in (150, 230, 420, 440)], abs=20)
    assert "1 upright stamps set aside" in page.notes
    assert "归" not in "".join(text_of(page))


def test_a_plain_page_is_told_at_a_glance(tmp_path):
    sheet = sheets_of(BODY, "song")[0]
    assert find_regions(image_of(sheet, tmp_path)).plain
    lost = FontDamage(emptied=frozenset(BODY[::2]))
    assert find_regions(image_of(sheet, tmp_path, damage=lost)).plain
    assert find_regions(np.full((1600, 1100, 3), 255, np.uint8)).plain


def laid(text, page, starts=True):
    """Return a page of one full line; a tab parts the cells of a table's row."""
    cells = tuple(Cell(char, (100 + 20 * n, 50, 120 + 20 * n, 70)) for n, char in enumerate(text))
    return Page(page, 1000, 1400, 0.0, (Line(cells, (100, 50, 100 + 20 * len(text), 70), 20.0, starts),))


def flush(*texts, starts=()):
    """Return a page of flush lines; those whose numbers are in *starts* begin a paragraph."""
    lines = [
        replace(
            laid(text, 1).lines[0],
            starts_paragraph=number in starts,
            box=(100, 60 * number, 100 + 20 * len(text), 60 * number + 20),
        )
        for number, text in enumerate(texts)
    ]
    return Page(1, 1000, 1400, 0.0, tuple(lines))


def test_without_indents_a_short_line_ends_its_paragraph():
    full = "加强组织领导明确责任分工确保工作落到实处"
    assert running_text([flush("工作通知", "各部门：", full, full, "落实。", full, full)]).text == (
        f"工作通知\n各部门：\n{full}{full}落实。\n{full}{full}\n"
    )
    indented = flush("工作通知", "各部门：", full, full, "落实。", full, full, starts=(3,))
    assert running_text([indented]).text == f"工作通知各部门：{full}\n{full}落实。{full}{full}\n"
    ragged = [full[:n] for n in (6, 9, 12, 20, 7, 10)]
    assert running_text([flush(*ragged)]).text == "".join(ragged) + "\n"


def test_no_paragraph_goes_on_into_a_table_on_the_next_page():
    assert running_text([laid("工作进展情况", 1), laid("良好并继续推进", 2)]).text == "工作进展情况□□良好并继续推进\n"
    assert running_text([laid("工作进展情况", 1), laid("项目\t件\t数量", 2)]).text == "工作进展情况\n项目\t件\t数量\n"
    assert running_text([laid("项目\t件\t数量", 1), laid("以上为情况", 2)]).text == "项目\t件\t数量\n以上为情况\n"


def test_no_paragraph_goes_on_into_a_title_or_a_signature_on_the_next_page():
    before, title = laid("工作进展情况", 1), laid("第二部分统计数据", 2)
    larger = replace(title, lines=(replace(title.lines[0], pitch=28.0),))
    assert running_text([before, larger]).text == "工作进展情况\n第二部分统计数据\n"
    flush = replace(title.lines[0], box=(0, 90, 160, 110), starts_paragraph=True)
    signed = replace(title, lines=(title.lines[0], flush))
    assert running_text([before, signed]).text == "工作进展情况\n第二部分统计数据\n第二部分统计数据\n"

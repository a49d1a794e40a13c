"""The layout of glyph layers: paragraphs, tables, columns, pictures, fonts."""

import pytest

from pipeline import Settings, restore
from pipeline.reading.pages import read_scan
from pipeline.writing.rows import edit_rows
from scripts.lab_pdf import FontDamage, Sheet, Text, sheets_of, write_pdf
from tests.test_pdf import BLANKED, BODY, LOST, SHEETS, SHOWN, make


def test_headings_of_another_font_are_a_region_of_their_own(tmp_path):
    text = "一、概述\n" + BODY[:120]
    path = tmp_path / "fonts.pdf"
    sheets = sheets_of(text, "song", "song/heading")
    write_pdf(path, sheets, {"song": FontDamage(notdef=LOST), "song/heading": FontDamage()})
    scan = read_scan(path, Settings())
    assert scan.text.splitlines()[0] == "一、概述"
    fonts = [line.font for line in scan.pages[0].lines]
    assert fonts[0] != fonts[1]
    assert len(set(fonts[1:])) == 1


def test_paragraphs_pages_and_page_numbers(tmp_path):
    sheets = sheets_of(BODY, "song")
    first, second = Sheet(sheets[0].texts[:5]), Sheet(sheets[0].texts[5:9])
    second.texts = [Text(t.font, t.size, t.glyphs, t.baseline - 5 * 29) for t in second.texts]
    for number, sheet in enumerate((first, second), 1):
        sheet.texts.append(Text("song", 10.5, (("-", 290.0), (str(number), 296.0), ("-", 302.0)), 800))
    scan = read_scan(make(tmp_path / "two.pdf", FontDamage(), [first, second]), Settings())
    assert all("page number set aside" in page.notes for page in scan.pages)
    truth = "".join(c for t in sheets[0].texts[:9] for c, _ in t.glyphs)
    assert scan.text.replace("\n", "") == truth
    assert scan.text.count("\n") <= BODY.count("\n") + 1


def table_sheet(rows, widths, left=80.0, top=120.0, height=30.0, size=12.0):
    """Return a sheet with a ruled table; None in *rows* leaves out the rule above a cell: it spans rows."""
    sheet = Sheet()
    xs = [left + sum(widths[:k]) for k in range(len(widths) + 1)]
    for k, row in enumerate([*rows, None]):
        y = top + k * height
        for at, x in enumerate(xs[:-1]):
            if row is None or row[at] is not None:
                sheet.rules.append((x, y, xs[at + 1], y))
    sheet.rules += [(x, top, x, top + len(rows) * height) for x in xs]
    for k, row in enumerate(rows):
        for at, text in enumerate(row):
            glyphs = tuple((char, xs[at] + 6 + n * size) for n, char in enumerate(text or ""))
            if glyphs:
                sheet.texts.append(Text("song", size, glyphs, top + k * height + 20))
    return sheet


ROWS = [["主动公开", "件", "一二"], ["依申请公开", "", "三"], ["行政复议", "件", "四"], [None, "次", ""]]


def test_a_ruled_table_keeps_its_cells(tmp_path):
    sheet = table_sheet(ROWS, [120, 60, 90])
    for at, text in enumerate(("概述如下。", "以上为表。")):
        glyphs = tuple((char, 112 + 16.0 * n) for n, char in enumerate(text))
        sheet.texts.append(Text("song", 16, glyphs, (90, 290)[at]))
    scan = read_scan(make(tmp_path / "table.pdf", FontDamage(), [sheet]), Settings())
    want = ["概述如下。", "主动公开\t件\t一二", "依申请公开\t\t三", "行政复议\t件\t四", "\t次\t", "以上为表。"]
    assert scan.text.splitlines() == want
    assert "tables: 1" in scan.pages[0].notes


def test_columns_are_read_one_after_another(tmp_path):
    text = BODY.replace("\n", "")
    texts = [Text("song", 16, tuple((c, 180 + 16.0 * n) for n, c in enumerate("政府信息公开工作年度报告")), 80)]
    for column, left in enumerate((60.0, 310.0)):
        for row in range(8):
            piece = text[(column * 8 + row) * 14 :][:14]
            texts.append(Text("song", 16, tuple((c, left + 16.0 * n) for n, c in enumerate(piece)), 130 + 26.0 * row))
    scan = read_scan(make(tmp_path / "columns.pdf", FontDamage(notdef=LOST), [Sheet(texts)]), Settings())
    want = "".join("□" if c in LOST else c for c in "政府信息公开工作年度报告" + text[: 16 * 14])
    assert scan.text.replace("\n", "") == want
    assert "columns read one after another" in scan.pages[0].notes


def test_a_page_picture_is_a_hole_of_its_own(tmp_path):
    texts = SHEETS[0].texts
    lower = [Text(t.font, t.size, t.glyphs, t.baseline + 240) for t in texts[4:8]]
    sheet = Sheet([*texts[:4], *lower], pictures=[(150, 230, 420, 440)])
    result = restore(make(tmp_path / "picture.pdf", FontDamage(), [sheet]), Settings())
    (row,) = [row for row in edit_rows(result) if row["kind"] == "picture"]
    assert row["status"] == "open"
    (box,) = row["boxes"]
    scale = 300 / 72
    assert box == pytest.approx([150 * scale, 230 * scale, 420 * scale, 440 * scale], abs=3)
    assert result.text.replace("\n", "") == "".join(c for t in sheet.texts for c, _ in t.glyphs)


def test_blank_glyphs_that_indent_are_white_and_others_are_lost(tmp_path):
    # U+3000 and a lost character look alike: nothing is drawn, nothing is said.
    texts = []
    for row in range(6):
        line = ("\u3000\u3000" if row % 2 == 0 else "") + SHOWN[row * 20 : row * 20 + 20]
        glyphs = tuple((c, 80 + 16.0 * n) for n, c in enumerate(line))
        texts.append(Text("song", 16, glyphs, 120 + 29.0 * row))
    damage = FontDamage(emptied=LOST, to_unicode=False, cmap=False)
    scan = read_scan(make(tmp_path / "blank.pdf", damage, [Sheet(texts)]), Settings())
    assert scan.text.replace("\n", "") == BLANKED[:120]

"""PDFs: layers that lost mappings, outlines or glyphs, layers that lie, and files that are broken."""

import json
import random
import re
import subprocess
import sys

import pikepdf
import pypdfium2
import pytest
from rapidfuzz.distance import Levenshtein
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from pipeline import Settings, restore
from pipeline.errors import UnreadableInputError
from pipeline.laboratory.losses import lost_characters
from pipeline.reading.pages import read_scan
from pipeline.reading.pdf import PdfReader, raise_own
from pipeline.reading.pdf_mapping import usable
from pipeline.reading.pdf_trust import LEAST_GAIN, context_gain
from pipeline.writing.files import report
from pipeline.writing.rows import edit_rows
from scripts.lab_pdf import FontDamage, Sheet, Text, sheets_of, write_pdf
from tests.test_restore import ROOT, TRUTH

BODY = "\n".join(line for line in TRUTH.splitlines() if len(line) > 60)[:420]
BODY = BODY[: BODY.rindex("。") + 1]
LOST = frozenset(lost_characters(BODY, 0.3, random.Random(5)))
SHEETS = sheets_of(BODY, "song")[:1]
SHOWN = "".join(char for text in SHEETS[0].texts for char, _ in text.glyphs)
BLANKED = "".join("□" if char in LOST else char for char in SHOWN)


def make(path, damage, sheets=SHEETS, **save):
    write_pdf(path, sheets, {"song": damage}, **save)
    return path


def cells_of(scan):
    return "".join(cell.text or "□" for page in scan.pages for line in page.lines for cell in line.cells)


@pytest.mark.parametrize(
    ("damage", "expected", "reason"),
    [
        (FontDamage(emptied=LOST), SHOWN, "named by the layer"),
        (FontDamage(unmapped=LOST, cmap=False), SHOWN, "by their outlines"),
        (FontDamage(emptied=LOST, unmapped=LOST, cmap=False), BLANKED, "lost"),
        (FontDamage(to_unicode=False), SHOWN, "named by the layer"),
        (FontDamage(to_unicode=False, cmap=False), SHOWN, "by their outlines"),
        (FontDamage(notdef=LOST), BLANKED, "lost"),
        (FontDamage(embedded=False), SHOWN, "named by the layer"),
        (FontDamage(say=lambda char: " " if char in LOST else char, cmap=False), SHOWN, "by their outlines"),
        (FontDamage(say=lambda char: chr(0xE000 + ord(char) % 6000), cmap=False), SHOWN, "by their outlines"),
    ],
    ids=["emptied", "unmapped", "both", "own map", "no map", "notdef", "not embedded", "called white", "private use"],
)
def test_a_glyph_layer_is_read_glyph_by_glyph(tmp_path, damage, expected, reason):
    scan = read_scan(make(tmp_path / "layer.pdf", damage), Settings())
    (page,) = scan.pages
    assert page.source == "glyph layer"
    assert reason in page.reason
    got = cells_of(scan)
    assert len(got) == len(expected)
    assert sum(a != b for a, b in zip(got, expected, strict=True)) <= 0.005 * len(expected)


def test_skipped_glyphs_are_counted_from_the_white_they_left(tmp_path):
    scan = read_scan(make(tmp_path / "skipped.pdf", FontDamage(skipped=LOST)), Settings())
    inner = re.compile("(?<=[^□])□+(?=[^□])")
    want = [len(m) for line in SHEETS[0].texts for m in inner.findall(_blanked(line))]
    got = [len(m) for line in scan.pages[0].lines for m in inner.findall("".join(c.text or "□" for c in line.cells))]
    assert got == want


def _blanked(line):
    return "".join("□" if char in LOST else char for char, _ in line.glyphs)


def test_a_layer_that_lies_gives_way_to_the_rendering(tmp_path):
    kinds = sorted(set(SHOWN))
    shuffled = random.Random(1).sample(kinds, len(kinds))
    lie = dict(zip(kinds, shuffled, strict=True))
    scan = read_scan(make(tmp_path / "lies.pdf", FontDamage(say=lambda char: lie[char], cmap=False)), Settings())
    assert scan.pages[0].source == "image"
    assert "improbable" in scan.pages[0].reason
    assert Levenshtein.distance(cells_of(scan), SHOWN) <= 0.01 * len(SHOWN)


def test_a_font_that_lied_is_not_believed_on_a_short_page(tmp_path):
    kinds = sorted(set(SHOWN))
    lie = dict(zip(kinds, random.Random(1).sample(kinds, len(kinds)), strict=True))
    damage = FontDamage(say=lambda char: lie[char], cmap=False)
    short = Sheet(SHEETS[0].texts[3:4])
    pages = list(PdfReader(make(tmp_path / "short.pdf", damage, [SHEETS[0], short]), Settings()).pages())
    assert [page.source for page in pages] == ["image", "image"]
    assert "other pages" in pages[1].reason


def test_invisible_text_over_a_picture_is_not_believed(tmp_path):
    seen = pypdfium2.PdfDocument(make(tmp_path / "seen.pdf", FontDamage()))[0].render(scale=2).to_numpy()
    texts = [Text(t.font, t.size, t.glyphs, t.baseline, invisible=True) for t in SHEETS[0].texts]
    path = make(tmp_path / "old.pdf", FontDamage(), [Sheet(texts, pictures=[(0, 0, 595, 842)])])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        image = pdf.pages[0].Resources.XObject.Im0
        image.Height, image.Width = seen.shape[:2]
        image.write(seen[:, :, 0].tobytes())
        pdf.save(path)
    (page,) = PdfReader(path, Settings()).pages()
    assert page.source == "image"
    assert "invisible" in page.reason


def test_radicals_and_codes_that_say_nothing():
    assert usable("⽂⼈") == "文人"
    assert usable("豈") == "豈"
    assert [usable(char) for char in ("\ufffd", "\ue123", "\x03", "⺀")] == ["", "", "", ""]
    assert usable(" ") == " "


def test_real_text_is_told_from_exchanged_characters():
    folder = Settings().models
    kinds = sorted(set(BODY))
    lie = dict(zip(kinds, random.Random(2).sample(kinds, len(kinds)), strict=True))
    assert context_gain([BODY], folder) > 4 * LEAST_GAIN
    assert context_gain(["".join(lie[c] for c in BODY)], folder) < 0
    assert context_gain([BODY[::-1]], folder) < 0
    assert context_gain(["公开"], folder) is None


def test_equal_glyphs_are_restored_alike_and_better(tmp_path):
    path = make(tmp_path / "cipher.pdf", FontDamage(emptied=LOST, unmapped=LOST, cmap=False))
    result = restore(path, Settings(fill="best", beam=60))
    alone = restore(result.original, Settings(fill="best", beam=60))
    offsets = [i for i, char in enumerate(result.original) if char == "□"]
    by_glyph = {}
    for at in offsets:
        by_glyph.setdefault(result.places[at].glyph, set()).add(result.text[at])
    assert all(len(texts) == 1 for texts in by_glyph.values())
    truth = iter(SHOWN)
    aligned = ["\n" if char == "\n" else next(truth) for char in result.original]
    right = sum(result.text[at] == aligned[at] for at in offsets)
    assert right > sum(alone.text[at] == aligned[at] for at in offsets)
    assert right >= 0.85 * len(offsets)
    rows = edit_rows(result)
    assert all(len(row["boxes"]) == len(row["before"]) for row in rows)
    assert any("places of one glyph" in mark for row in rows for mark in row["evidence"])
    (page,) = report(result, Settings(), "cipher")["pages"]
    assert page["source"] == "glyph layer"


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


def test_an_encrypted_pdf_wants_its_password(tmp_path):
    path = make(tmp_path / "locked 密.pdf", FontDamage(), encryption=pikepdf.Encryption(owner="o", user="geheim", R=6))
    with pytest.raises(UnreadableInputError, match=r"encrypted.*--password") as caught:
        read_scan(path, Settings())
    assert "locked 密.pdf" in str(caught.value)
    with pytest.raises(UnreadableInputError, match="password is wrong"):
        read_scan(path, Settings(password="wrong"))
    assert cells_of(read_scan(path, Settings(password="geheim"))) == SHOWN


def test_broken_files_name_the_reason(tmp_path):
    whole = make(tmp_path / "whole.pdf", FontDamage()).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[:200])
    (tmp_path / "empty.pdf").write_bytes(b"")
    pikepdf.new().save(tmp_path / "no pages.pdf")
    for name, reason in {"cut.pdf": "damaged", "empty.pdf": "empty", "no pages.pdf": "no pages|damaged"}.items():
        with pytest.raises(UnreadableInputError, match=reason) as caught:
            read_scan(tmp_path / name, Settings())
        assert name in str(caught.value)


def test_a_broken_cross_reference_table_is_rebuilt(tmp_path):
    path = make(tmp_path / "xref.pdf", FontDamage(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = path.read_bytes()
    path.write_bytes(re.sub(rb"startxref\s+\d+", b"startxref\n7", data))
    assert cells_of(read_scan(path, Settings())) == SHOWN


def test_bad_pages_leave_the_others_alone(tmp_path):
    path = make(tmp_path / "pages.pdf", FontDamage(), [SHEETS[0], SHEETS[0], SHEETS[0], Sheet()])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[1].Contents = pikepdf.Stream(pdf, b"BT /F9 (((( Tf <zz> Tj")
        pdf.pages[2].mediabox = pikepdf.Array([0, 0, 90000, 90000])
        pdf.save(path)
    scan = read_scan(path, Settings())
    assert [page.number for page in scan.pages] == [1, 2, 4]
    assert not scan.pages[1].lines
    assert not scan.pages[2].lines
    assert scan.pages[2].reason == "it is blank"
    assert cells_of(scan) == SHOWN
    ((number, failure),) = scan.failures
    assert number == 3
    assert "pages.pdf, page 3" in failure


def test_the_command_says_that_a_page_failed_and_takes_a_password(tmp_path):
    huge = Sheet(paper=(14000.0, 14000.0))
    folder = tmp_path / "in"
    folder.mkdir()
    make(
        folder / "县.pdf", FontDamage(), [SHEETS[0], huge], encryption=pikepdf.Encryption(owner="o", user="geheim", R=6)
    )
    command = [sys.executable, "-m", "pipeline", "restore", str(folder), "--out", str(tmp_path / "out"), "--quiet"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--password" in refused.stderr
    done = subprocess.run([*command, "--password", "geheim"], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    told = json.loads((tmp_path / "out" / "县" / "report.json").read_text(encoding="utf-8"))
    assert told["pages"][0]["source"] == "glyph layer"
    assert "page 2" in told["pages_failed"][0]["error"]
    assert (tmp_path / "out" / "县" / "restored.txt").read_text(encoding="utf-8").replace("\n", "") == SHOWN


def test_many_pages_are_read_one_by_one(tmp_path):
    line = Sheet([SHEETS[0].texts[0]])
    reader = PdfReader(make(tmp_path / "long.pdf", FontDamage(), [line] * 60), Settings())
    for count, page in enumerate(reader.pages(), 1):
        assert page.number == count
        assert len(reader._miner._cached_objs) < 50  # streams of pages that are done are not kept
    assert count == 60


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


def test_the_example_is_nearly_whole_again():
    path = ROOT / "examples" / "scans" / "held_out_county_2018_layer.pdf"
    result = restore(path, Settings(fill="best"))
    lines = result.text.splitlines()
    truth = TRUTH.splitlines()[:7]
    assert len(lines) == 12
    holes = result.original.count("□")
    assert holes > 400
    assert sum(Levenshtein.distance(a, b) for a, b in zip(lines, truth, strict=False)) < 0.03 * holes
    assert lines[7].split("\t")[1:] == ["单位", "数量"]
    accepted = [edit for edit in result.edits if edit.status == "accepted"]
    assert len(accepted) > 0.8 * len(result.edits)


def test_mistakes_of_our_own_are_not_taken_for_broken_pages():
    def raised_by(module):
        scope = {"__name__": module}
        exec("def fails():\n    return {}['page']", scope)
        try:
            scope["fails"]()
        except KeyError as error:
            return error

    raise_own(raised_by("pdfminer.psparser"))
    raise_own(raised_by("pipelines_of_others"))
    with pytest.raises(KeyError):
        raise_own(raised_by("pipeline.reading.pdf_glyphs"))


def test_text_of_no_size_shows_nothing(tmp_path):
    """Found by fuzzing."""
    path = tmp_path / "a.pdf"
    drawn = canvas.Canvas(str(path), pagesize=(300, 200))
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    for size, row in ((0, 150), (12, 120)):
        drawn.setFont("STSong-Light", size)
        drawn.drawString(20, row, "推进政府信息公开" if size else "看不见")
    drawn.save()
    assert restore(path).original == "推进政府信息公开\n"

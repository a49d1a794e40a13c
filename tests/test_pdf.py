"""PDFs: layers that lost mappings, outlines or glyphs, layers that lie, and files that are broken."""

import random
import re

import pikepdf
import pypdfium2
import pytest
from rapidfuzz.distance import Levenshtein

from pipeline import Settings, restore
from pipeline.laboratory.losses import lost_characters
from pipeline.reading.pages import read_scan
from pipeline.reading.pdf import PdfReader
from pipeline.reading.pdf_mapping import usable
from pipeline.reading.pdf_trust import LEAST_GAIN, context_gain
from pipeline.writing.files import report
from pipeline.writing.rows import edit_rows
from scripts.lab_pdf import FontDamage, Sheet, Text, sheets_of, write_pdf
from tests.test_restore import TRUTH

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


def right_in(result, restored):
    """How many of the characters that a reading of SHOWN lost are right in a restored text."""
    truth = iter(SHOWN)
    aligned = ["\n" if char == "\n" else next(truth) for char in result.original]
    return sum(restored.text[at] == aligned[at] for at, char in enumerate(result.original) if char == "□")


def test_equal_glyphs_are_restored_alike(tmp_path):
    path = make(tmp_path / "cipher.pdf", FontDamage(emptied=LOST, unmapped=LOST, cmap=False))
    result = restore(path, Settings(fill="best", beam=60))
    offsets = [i for i, char in enumerate(result.original) if char == "□"]
    by_glyph = {}
    for at in offsets:
        by_glyph.setdefault(result.places[at].glyph, set()).add(result.text[at])
    assert all(len(texts) == 1 for texts in by_glyph.values())
    assert right_in(result, result) >= 0.85 * len(offsets)
    rows = edit_rows(result)
    assert all(len(row["boxes"]) == len(row["before"]) for row in rows)
    assert any("places of one glyph" in mark for row in rows for mark in row["evidence"])
    (page,) = report(result, Settings(), "cipher")["pages"]
    assert page["source"] == "glyph layer"


def test_equal_glyphs_are_restored_better_where_much_is_lost(tmp_path):
    kinds = sorted(set(SHOWN))
    lost = set(random.Random(3).sample(kinds, len(kinds) // 2))
    path = make(tmp_path / "cipher.pdf", FontDamage(emptied=lost, unmapped=lost, cmap=False))
    for engine in ("ngram", "auto"):
        settings = Settings(fill="best", beam=60, engine=engine)
        result = restore(path, settings)
        right, alone = right_in(result, result), right_in(result, restore(result.original, settings))
        # Of 106; as boxes that nothing tells to be equal n-grams restore 66 of them, with the witness 79.
        assert right > max(80, alone)

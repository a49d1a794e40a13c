"""PDF files: encrypted, broken, long, and what is said of each page."""

import json
import re
import subprocess
import sys

import pikepdf
import pytest
from rapidfuzz.distance import Levenshtein
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from pipeline import Settings, restore
from pipeline.errors import UnreadableInputError
from pipeline.reading.pages import read_scan
from pipeline.reading.pdf import PdfReader, raise_own
from scripts.lab_pdf import FontDamage, Sheet
from tests.test_pdf import SHEETS, SHOWN, cells_of, make
from tests.test_restore import ROOT, TRUTH


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


def test_glyphs_of_a_size_beyond_all_numbers_are_passed_over(tmp_path):
    path = make(tmp_path / "size.pdf", FontDamage(), [SHEETS[0], SHEETS[0]])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        content = pdf.pages[1].Contents.read_bytes()
        pdf.pages[1].Contents = pikepdf.Stream(pdf, re.sub(rb"/F0 [\d.]+ Tf", b"/F0 1" + b"6" * 300 + b" Tf", content))
        assert pdf.pages[1].Contents.read_bytes() != content
        pdf.save(path)
    scan = read_scan(path, Settings())
    assert [page.number for page in scan.pages] == [1, 2] and not scan.failures
    assert cells_of(scan) == SHOWN


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

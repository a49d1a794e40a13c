"""Files of text: encodings come out as they came in; HTML, DOCX and OCR results are read as what people see."""

import codecs
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.decision.parallels import read_references
from pipeline.errors import UnreadableInputError
from pipeline.reading.source import STDIN, read_source
from pipeline.reading.text import decode, encode
from pipeline.review.stored import faults
from pipeline.vocabulary.terms import vocabulary
from pipeline.writing.diff_page import diff_html
from pipeline.writing.formats import render

ROOT = Path(__file__).parent.parent
BUQUE = [sys.executable, "-m", "pipeline"]
CLEAN = "青云县2018年政府信息公开工作年度报告\r\n一、概述\r\n　　全县主动公开政府信息1203条。\r\n"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ENCODINGS = {
    "utf-8": CLEAN.encode(),
    "utf-8 with mark": codecs.BOM_UTF8 + CLEAN.encode(),
    "gb18030": CLEAN.encode("gb18030"),
    "big5": "臺北市政府資訊公開年度報告\r\n一、概述：主動公開政府資訊的情形。\r\n".encode("big5"),
    "utf-16-le": CLEAN.encode("utf-16-le"),
    "utf-16-be": CLEAN.encode("utf-16-be"),
    "utf-16-le with mark": codecs.BOM_UTF16_LE + CLEAN.encode("utf-16-le"),
    "utf-16-be with mark": codecs.BOM_UTF16_BE + CLEAN.encode("utf-16-be"),
}


def run(*arguments, stdin=b""):
    return subprocess.run([*BUQUE, *arguments], input=stdin, capture_output=True, cwd=ROOT, check=False)


def docx(body):
    """Return a Word document with *body* in it, as bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as parts:
        parts.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return stream.getvalue()


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def packed(content, packing=zipfile.ZIP_STORED):
    """Return an archive with *content* as its document, as bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as parts:
        parts.writestr("word/document.xml", content)
    return stream.getvalue()


BAD_LZMA = packed(b"\0" * 500, zipfile.ZIP_LZMA).replace(b"\x5d\0\0", b"\xff\xff\xff", 1)


def test_evidence_of_an_edit_stands_on_lines_of_its_own_in_the_diff():
    result = restore("推进政□公开。")
    (edit,) = result.edits
    page = diff_html(replace(result, edits=(replace(edit, evidence=("第一", "第二")),)), "a", Settings())
    assert "第一\n第二" in page and "&amp;#10;" not in page


def test_a_sign_that_stands_alone_is_no_document():
    with pytest.raises(UnreadableInputError, match="no text"):
        read_source(packed(f'<w:br xmlns:w="{WORD}"/>'), "a.docx")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_comes_out_byte_for_byte(encoding):
    text, found = decode(ENCODINGS[encoding])
    assert found == encoding
    assert encode(text, found) == (ENCODINGS[encoding], encoding)


@given(st.text("政务公开龘𠀀□▭ a1，。\r\n", min_size=1), st.sampled_from(["utf-8", "gb18030", "utf-16-be with mark"]))
def test_encoded_text_reads_back(text, encoding):
    data, written = encode(text, encoding)
    assert written == encoding
    codec = encoding.removesuffix(" with mark")
    assert data.decode(codec).removeprefix("\ufeff") == text


def test_what_an_encoding_has_no_place_for_is_written_as_utf_8():
    assert encode("臺北市□▭", "big5") == ("臺北市□▭".encode(), "utf-8")
    assert encode("政务\ud800", "gb18030") == ("政务\ud800".encode("utf-8", "surrogatepass"), "utf-8")


def test_clean_files_come_out_as_they_are_and_can_be_had_as_utf_8(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in ENCODINGS.items():
        (folder / f"{name}.txt").write_bytes(data)
    assert run("restore", str(folder), "--out", str(tmp_path / "same"), "--jobs", "2").returncode == 0
    assert run("restore", str(folder), "--out", str(tmp_path / "utf-8"), "--encoding", "utf-8").returncode == 0
    for name, data in ENCODINGS.items():
        assert (tmp_path / "same" / name / "restored.txt").read_bytes() == data
        assert (tmp_path / "utf-8" / name / "restored.txt").read_bytes() == decode(data)[0].encode()
        report = json.loads((tmp_path / "same" / name / "report.json").read_bytes())
        assert report["encoding"] == {"read": name, "written": name}
        assert report["input"]["file"] == f"{name}.txt"
        assert not list(faults(tmp_path / "same" / name))


def test_stdin_keeps_its_encoding_and_takes_ocr_results():
    text = "推进政□公开。"
    done = run("restore", "-", "--fill", "best", stdin=codecs.BOM_UTF16_BE + text.encode("utf-16-be"))
    assert done.stdout == codecs.BOM_UTF16_BE + "推进政务公开。".encode("utf-16-be")
    page = "<html><body><div class='ocr_page'><span class='ocr_line'>推进政□公开。</span></div></body></html>"
    assert run("restore", "-", "--fill", "best", stdin=page.encode()).stdout.decode() == "推进政务公开。"


@pytest.mark.parametrize(
    "option", [["--force"], ["--out", "x"], ["--format", "md"], ["--from", "read"], ["--watch", "2"]]
)
def test_options_of_folders_are_refused_for_stdin(option):
    done = run("restore", "-", *option, stdin="政务公开".encode())
    assert done.returncode == 1 and option[0] in done.stderr.decode()
    assert not done.stdout


def test_html_is_read_as_it_is_seen():
    page = """<!DOCTYPE html><html><head><title>标题</title><style>p {color: red}</style></head><body>
    <h1>青云县年度报告</h1><script>var 不见 = 1;</script><!-- 不见 -->
    <p>　　全县主动公开
    <b>政府信息</b>1203条&nbsp;。<br>其中</p><div><p>第二段</p></div>
    <table><tr><th>指标</th><td> 数量 </td></tr><tr><td>公开</td><td></td><td>3</td></tr></table>
    尾部</body></html>"""
    expected = "青云县年度报告\n　　全县主动公开 政府信息1203条\xa0。\n其中\n第二段\n指标\t数量\n公开\t\t3\n尾部\n"
    assert read_source(page.encode("gb18030"), "a.html")[:2] == (expected, "html")
    assert read_source(page.encode(), STDIN)[:2] == (expected, "html")


def test_a_cell_of_one_paragraph_does_not_break_its_row():
    page = """<table><tr><td><p>项目</p></td> <td><p><span>数量</span></p></td><td><p></p></td></tr>
    <tr><th><div><p>甲</p></div></th><td>二<br></td></tr></table>
    <table><tr><td><p>第一段。</p><p>第二段。</p></td></tr></table>"""
    assert read_source(page.encode(), "a.html")[0] == "项目\t数量\n甲\t二\n第一段。\n第二段。\n"


def test_html_is_read_to_its_end_or_refused():
    def page(depth):
        return f"<p>开头</p>{'<div>' * depth}深处{'</div>' * depth}<p>末尾</p>".encode()

    assert read_source(page(1500), "a.html")[0] == "开头\n深处\n末尾\n"
    assert read_source(f"<p>{'中' * 4_000_000}</p><p>末尾</p>".encode(), "a.html")[0].endswith("末尾\n")
    with pytest.raises(UnreadableInputError, match=r"a\.html: .*depth"):
        read_source(page(5000), "a.html")


def test_hocr_is_read_to_its_end_or_refused():
    def page(depth):
        lines = (f'<span class="ocr_line" title="bbox 0 {top} 90 {top + 9}">末行</span>' for top in (0, 20))
        body = f"{'<div>' * depth}{next(lines)}{'</div>' * depth}<br>{next(lines)}"
        return f'<html><body><div class="ocr_page" title="bbox 0 0 99 99">{body}</div></body></html>'.encode()

    assert read_source(page(500), "a.hocr")[0].split() == ["末行", "末行"]
    with pytest.raises(UnreadableInputError, match=r"a\.hocr: .*depth"):
        read_source(page(5000), "a.hocr")


@pytest.mark.parametrize("page", ["<html><body><script>x()</script></body></html>", "<html></html>", "<!-- 政务 -->"])
def test_html_without_text_is_an_error(page):
    with pytest.raises(UnreadableInputError, match=r"a\.html"):
        read_source(page.encode(), "a.html")


def test_word_documents_are_read_with_insertions_and_without_deletions():
    body = (
        paragraph("青云县年度报告")
        + "<w:p><w:r><w:t>推进政</w:t></w:r><w:ins><w:r><w:t>务</w:t></w:r></w:ins>"
        + "<w:del><w:r><w:delText>府</w:delText><w:t>府</w:t></w:r></w:del>"
        + "<w:r><w:t>公开</w:t><w:br/><w:t>。</w:t></w:r></w:p>"
        + "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:tab/><w:t>缩进</w:t></w:r></w:p>"
        + f"<w:tbl><w:tr><w:tc>{paragraph('指标')}</w:tc><w:tc>{paragraph('数')}{paragraph('量')}</w:tc></w:tr>"
        + f"<w:tr><w:tc>{paragraph('公开')}</w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
        + paragraph("完")
    )
    expected = "青云县年度报告\n推进政务公开\n。\n\t缩进\n指标\t数 量\n公开\t\n完\n"
    assert read_source(docx(body), "a.docx")[:2] == (expected, "docx")
    assert read_source(docx(body), STDIN)[:2] == (expected, "docx")


def test_a_word_document_that_buque_wrote_reads_as_restored(tmp_path):
    chosen = Settings(fill="best")
    result = restore("推进政□公开。\n深入贯彻落实条例。", chosen)
    (content,) = render(result, chosen, "a", "docx").values()
    (tmp_path / "a.docx").write_bytes(content)
    assert restore(tmp_path / "a.docx").original.split() == ["推进政务公开。", "深入贯彻落实条例。"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old .doc"),
        (b"{\\rtf1\\ansi x}", "RTF"),
        (b"", "no Word document"),
        (docx(paragraph("政务"))[:-30], "no Word document"),
        (docx(paragraph("政务")).replace(b"word/document.xml", b"word/\xe8\x28cument.xml"), "no Word document"),
        (docx("<w:p>"), "damaged"),
        (BAD_LZMA, "no Word document"),
        (docx(""), "no text"),
        (docx("<w:p><w:r><w:t>&undefined;</w:t></w:r></w:p>"), "damaged"),
    ],
)
def test_damaged_word_documents_are_errors(data, word):
    with pytest.raises(UnreadableInputError, match=word):
        read_source(data, "a.docx")


@pytest.mark.parametrize("name", ["a.txt", "a.doc", "a", STDIN])
@pytest.mark.parametrize("beginning", ["%PDF-1.7\n", "{\\rtf1\\ansi", "\x89PNG", "II*\0"])
def test_what_is_no_text_is_named_whatever_it_is_called(name, beginning):
    with pytest.raises(UnreadableInputError, match=f"^{name}: (a PDF|rich text|a PNG|a TIFF)"):
        read_source(beginning.encode("latin-1") + b" x" * 50, name)


@pytest.mark.parametrize("name", ["a.doc", "a.wps", "a", STDIN])
def test_a_word_document_is_read_by_any_name(name):
    assert read_source(docx(paragraph("推进政务公开。")), name)[:2] == ("推进政务公开。\n", "docx")


def test_html_and_word_documents_in_a_folder_are_restored(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.html").write_text("<p>推进政□公开。</p>", encoding="utf-8")
    (folder / "b.docx").write_bytes(docx(paragraph("推进政□公开。")))
    (folder / "c.docx").write_bytes(b"PK")
    done = run("restore", str(folder), "--out", str(tmp_path / "out"), "--fill", "best")
    assert done.returncode == 4 and "c.docx" in "".join(done.stderr.decode().split())
    for name in "ab":
        assert (tmp_path / "out" / name / "restored.txt").read_text(encoding="utf-8") == "推进政务公开。\n"


def test_references_and_terms_are_read_again_when_they_change(tmp_path):
    sister, terms = tmp_path / "sister.md", tmp_path / "terms.txt"
    sister.write_text("青云县政务公开领导小组", encoding="utf-8")
    terms.write_text("青云县\n", encoding="utf-8")
    first = read_references(tmp_path)
    assert read_references(tmp_path) is first
    assert vocabulary(terms) is vocabulary(terms)
    assert "红山县" not in vocabulary(terms).terms
    for path, text in ((sister, "红山县政务公开领导小组"), (terms, "红山县\n")):
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    assert any(line.startswith("红山县") for reference in read_references(tmp_path) for line in reference.lines)
    assert "红山县" in vocabulary(terms).terms

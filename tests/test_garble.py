"""The garble score: low for right text, high for text that should be scanned again, and what follows from it."""

import random

from typer.testing import CliRunner

from pipeline import Settings, restore
from pipeline.cli import app
from pipeline.correction import correct
from pipeline.damage.hypotheses import is_han
from pipeline.holes import Line, paragraph_parts
from pipeline.writing.files import report

CLEAN = (
    "一年来，我县认真贯彻落实《中华人民共和国政府信息公开条例》，坚持以公开为常态、不公开为例外，"
    "不断加强组织领导，完善工作机制，拓宽公开渠道，政府信息公开工作取得了新的成效。"
    "县政府办公室负责推进、指导、协调、监督全县政府信息公开工作，各乡镇、各部门明确专人负责，"
    "及时公开群众关心的事项，主动接受社会监督。\n"
)


def garbled(share, seed=1):
    generator = random.Random(seed)
    common = "口日工于子大人刀又土十川山火木水田目石立米虫衣言走足身车门"
    return "".join(generator.choice(common) if is_han(c) and generator.random() < share else c for c in CLEAN)


def test_right_text_is_not_garbled_and_ruined_text_is():
    right, ruined = restore(CLEAN).garble, restore(garbled(0.35)).garble
    assert right.document is not None and right.document < 0.1 and right.rescan == ()
    assert ruined.document is not None and ruined.document > 0.9 and ruined.rescan == (1,)


def test_a_few_misreadings_are_to_be_repaired_not_scanned_again():
    assert restore(garbled(0.03)).garble.rescan == ()


def test_on_a_ruined_page_nothing_is_accepted():
    text = garbled(0.35) + CLEAN.replace("进一步", "讲一步").replace("不断加强", "不断加弦")
    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        lines.append(Line(at, at + len(line) - 1, "whole", at))
        at += len(line)
    paragraphs = [([line], paragraph_parts(text, [line])) for line in lines]
    pages = {i: 1 if i < lines[1].start else 2 for i in range(len(text))}
    edits, garble = correct(text, paragraphs, Settings(jobs=1), None, pages)
    assert garble.rescan == (1,)
    assert all(e.status == "suggested" for e in edits if e.start < lines[1].start)
    assert any(e.status == "accepted" for e in edits if e.start >= lines[1].start)


def test_too_little_text_is_not_judged():
    assert restore("政府信息公开。\n").garble.document is None


def test_the_report_says_which_pages_to_scan_again():
    result = restore(garbled(0.35))
    content = report(result, Settings(), "x")["garble"]
    assert content["scan_again"] == [1] and content["pages"]["1"] > 0.5


def test_clean_lines_around_holes_are_not_garble():
    assert restore(CLEAN.replace("机制", "□□").replace("渠", "▭")).garble.rescan == ()


def test_the_terminal_says_which_document_to_scan_again(tmp_path):
    (tmp_path / "ruined.txt").write_text(garbled(0.35), encoding="utf-8")
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "ruined.txt"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "page 1 is too garbled to repair" in done.stderr

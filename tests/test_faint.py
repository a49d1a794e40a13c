"""Suggestions that are nearly always wrong: listed, but no damage; and readings beside what else might stand there."""

import json
import re
import subprocess

import pytest

from pipeline import Settings, restore
from pipeline.correction import as_learnt
from pipeline.decision.policy import _alternatives
from pipeline.edits import Edit, is_faint
from pipeline.holes import Hole
from pipeline.infill.readings import Reading
from pipeline.profile import Calibration, Profile
from pipeline.writing.attention import worth
from tests.test_batch import BUQUE, start

CLEAN = "评委打分后，由计分员当场唱分，取平均值为最后得分。\n本馆藏书库于每周三上午整理，读者可凭证进库查阅旧报。\n"
DOUBTFUL = "会议由王椅同志主持，推进政□公开。\n"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faint")
    (folder / "clean.txt").write_text(CLEAN, encoding="utf-8")
    (folder / "open.txt").write_text("我局会同□□□办理。\n", encoding="utf-8")
    run = start("restore", folder / "clean.txt", "--out", folder / "out", "--strict", "--jobs", "1")
    _, told = run.communicate(timeout=60)
    assert run.returncode == 0, told
    assert re.search(r"clean +│ none systematic │ 0 +│ 0 +│ 0 ", told.decode())
    return folder


def test_clean_text_looks_clean(out):
    edits = restore(out / "clean.txt").edits
    assert edits and all(is_faint(edit, Settings().suggest) for edit in edits)
    rows = (out / "out/clean/edits.jsonl").read_text(encoding="utf-8").splitlines()
    report = json.loads((out / "out/clean/report.json").read_text(encoding="utf-8"))
    assert len(rows) == len(edits) == report["edits"]["faint"]
    again = start("restore", out / "clean.txt", "--out", out / "out", "--strict")
    again.communicate(timeout=60)
    assert again.returncode == 0  # unchanged: what an earlier run found is counted alike
    done = subprocess.run([*BUQUE, "restore", "-", "--strict"], input=CLEAN.encode(), capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout == CLEAN.encode()


def test_what_is_open_still_needs_review(out):
    run = start("restore", out / "open.txt", "--out", out / "open", "--strict", "--jobs", "1")
    run.communicate(timeout=60)
    assert run.returncode == 6


def test_faint_suggestions_are_shown_when_they_are_asked_for(out):
    def diff(*options):
        command = [*BUQUE, "diff", str(out / "out/clean"), *options]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode()

    assert diff("--only", "suggested") == diff("--only", "suggested", "--json") == ""
    assert "+评委" in diff("--only", "suggested", "--least", "0.004")
    rows = diff("--only", "suggested", "--least", "0", "--json").splitlines()
    assert len(rows) == len(restore(out / "clean.txt").edits)
    *_, total = diff("--stat").splitlines()
    assert total.split() == ["all", "0", "0", str(len(rows)), "0"]


def test_the_diff_shows_faint_suggestions_as_text(out):
    page = (out / "out/clean/diff.html").read_text(encoding="utf-8")
    assert 'class="faint"' in page and 'class="suggested" title' not in page and "建议 suggested 0" in page


def test_open_holes_are_open_in_the_diff(out):
    text = "我局会同□□□办理，经▭研究，推进政□公开。"
    result = restore(text)
    (hole, *_) = [edit for edit in result.edits if edit.status == "open"]
    assert hole.after not in text
    from pipeline.writing.diff_page import diff_html

    page = diff_html(result, "a", Settings())
    restored = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)[-1]
    seen = re.sub(r"<[^>]*>", "", restored)
    for edit in result.edits:
        shown = edit.before if edit.status == "open" else edit.after
        assert shown in seen
    assert hole.after not in seen
    filled = diff_html(restore(text, Settings(fill="best")), "a", Settings(fill="best"))
    assert re.sub(r"<[^>]*>", "", re.findall(r"<td>(.*?)</td>", filled, re.DOTALL)[-1]).count("□") == 0


def test_a_reading_that_is_less_likely_than_what_stands_says_so():
    for edit in restore(CLEAN + DOUBTFUL).edits:
        shares = [share for _, share in edit.alternatives]
        assert shares == sorted(shares, reverse=True) and edit.probability + sum(shares) < 1.001
        if shares and shares[0] > edit.probability:
            assert edit.alternatives[0][0] == edit.before
            assert any(sign.startswith(f"likelier as it stands:{edit.before}:") for sign in edit.evidence)


def test_no_other_filling_is_likelier_than_the_reading():
    one = Reading(Hole(0, 1, 0, 4, "gap"), "制作", (("在作", 0.7), ("制作", 0.1)), 0.1, 0.8, 1.0, 1.0, -1.0)
    assert _alternatives(one, 0.2) == (("在作", 0.2),)
    assert _alternatives(one, 0.6) == (("在作", 0.4),)


def test_what_a_profile_lowers_keeps_its_alternatives_in_order():
    (edit,) = [e for e in restore("会议由王椅同志主持。").edits if e.before == "椅"][:1]
    of = {"document": "a", "who": "李", "when": "2026-01-01T00:00:00"}
    fact = Calibration(of="misread", places=60, right=3, promised=40.0, variance=10.0, **of)
    learnt = as_learnt(edit, None, Profile((fact,)), Settings())
    assert learnt.probability < edit.probability
    assert learnt.alternatives[0][0] == "椅" and learnt.evidence[-1].startswith("likelier as it stands:椅")
    assert all(share <= learnt.probability for text, share in learnt.alternatives if text != "椅")


def test_text_that_is_likely_right_is_not_worth_a_look_before_an_open_hole():
    faint = Edit(0, 1, "唱", "处", "misread", (), 0.02, (("唱", 0.97),), "suggested")
    hole = Edit(2, 3, "□", "", "missing", (), 0.0, (), "open")
    assert worth(faint) < 0.05 < worth(hole)
    assert worth(Edit(0, 1, "（", "（", "bracket", (), 0.0, (), "open")) == 1

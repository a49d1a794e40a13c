"""The whole way through the API and the command, with the real models."""

import difflib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.edits import KINDS, apply, carried_out, revert
from pipeline.errors import UnreadableInputError

ROOT = Path(__file__).parent.parent
TRUTH = (ROOT / "examples" / "truth" / "held_out_county_2018.txt").read_text(encoding="utf-8")
BUQUE = [sys.executable, "-m", "pipeline"]


def run(*arguments, stdin=b""):
    return subprocess.run([*BUQUE, *arguments], input=stdin, capture_output=True, cwd=ROOT, check=False)


def test_clean_text_comes_out_byte_for_byte():
    result = restore(TRUTH)
    assert result.text == TRUTH
    assert {edit.kind for edit in result.edits} <= {"misread"}
    assert all(edit.status == "suggested" and edit.probability < 0.5 for edit in result.edits)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text("政府信息公开，。（）《》 0123年a\n\r\t\ufffd\ud800"))
def test_text_without_holes_is_never_changed(text):
    kept = Settings(off=frozenset(KINDS) - {"missing", "untraced", "label"})
    assert restore(text, kept).text == text


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text("政府信息公开□▭，。 \n", min_size=1, max_size=30))
def test_edits_replay_and_revert(text):
    result = restore(text, Settings(fill="best"))
    chosen = [edit for edit in result.edits if carried_out(edit, "best")]
    assert apply(text, chosen) == result.text
    assert revert(result.text, chosen) == text


def test_the_best_filling_fills_holes_and_leaves_what_can_be_read():
    text = "推进政□公开。\n会议于2016年111日召开，邮箱1yunling@sina.com。\n"
    result = restore(text, Settings(fill="best"))
    assert {edit.status for edit in result.edits if edit.kind in ("date", "contact")} == {"suggested"}
    assert result.text == text.replace("□", "务")


def test_exact_holes_of_set_phrases_are_filled():
    text = "深入贯彻落实《中华人民共和国政府信□公开条例》，坚持以公开为常□、不公开为例外的□则。"
    assert restore(text, Settings(fill="best")).text == text.replace("□", "息", 1).replace("□", "态", 1).replace(
        "□", "原"
    )


def test_numbers_and_negations_are_never_accepted():
    for edit in restore("坚持以公开为常态、□公开为例外的原则，共公开政府信息□千条。").edits:
        assert edit.status != "accepted" or not set(edit.after) & set("不未非无一二三四五六七八九")


def test_the_example_is_restored_better_than_chance():
    damaged = ROOT / "examples" / "scans" / "held_out_county_2018.txt"
    result = restore(damaged, Settings(fill="best"))

    def same(text):
        matcher = difflib.SequenceMatcher(None, "".join(TRUTH.split()), "".join(text.split()), autojunk=False)
        return sum(block.size for block in matcher.get_matching_blocks()) / len("".join(TRUTH.split()))

    assert same(result.text) > same(result.original) + 0.15
    assert same(result.text) > 0.70


def test_jobs_do_not_change_the_result():
    text = (ROOT / "examples" / "scans" / "held_out_county_2018.txt").read_text(encoding="utf-8")[:1500]
    assert restore(text, Settings(jobs=1)).edits == restore(text, Settings(jobs=3)).edits


def test_the_command_writes_every_file(tmp_path):
    source = tmp_path / "报告 一.txt"
    source.write_text("推进政□公开。\n", encoding="utf-8")
    done = run("restore", str(source), "--out", str(tmp_path / "out"), "--fill", "best")
    assert done.returncode == 0, done.stderr.decode()
    folder = tmp_path / "out" / "报告 一"
    assert (folder / "restored.txt").read_text(encoding="utf-8") == "推进政务公开。\n"
    row = json.loads((folder / "edits.jsonl").read_text(encoding="utf-8"))
    assert (row["line"], row["start"], row["end"], row["before"], row["after"]) == (1, 3, 4, "□", "务")
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["language_models"]["sha256"]
    assert "务</ins>" in (folder / "diff.html").read_text(encoding="utf-8")


def test_a_pipe_gives_text_only():
    done = run("restore", "-", "--mark", "--fill", "best", stdin="推进政□公开。".encode("gb18030"))
    assert done.stdout.decode("gb18030") == "推进政⟦务⟧公开。"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"\x00\x01\x02\xff\xfe\x00" * 50, "encoding"), (b"   \n", "empty")]
)
def test_bad_files_are_named_and_the_rest_goes_on(tmp_path, content, word):
    (tmp_path / "bad.txt").write_bytes(content)
    (tmp_path / "good.txt").write_text("推进政务公开。", encoding="utf-8")
    done = run("restore", str(tmp_path), "--out", str(tmp_path / "out"))
    message = " ".join(done.stderr.decode().split())
    assert done.returncode == 4
    assert "bad.txt" in message.replace(" ", "") and word in message
    assert (tmp_path / "out" / "good" / "restored.txt").read_text(encoding="utf-8") == "推进政务公开。"


def test_a_missing_file_is_a_file_error(tmp_path):
    assert run("restore", str(tmp_path / "none.txt"), "--out", str(tmp_path)).returncode == 5


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "utf-16-le"])
def test_encodings_are_detected(tmp_path, encoding):
    source = tmp_path / "a.txt"
    source.write_bytes(TRUTH.encode(encoding))
    assert restore(source).text == TRUTH


def test_markup_in_a_document_is_shown_not_run(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("<script>alert(1)</script>推进政□公开。", encoding="utf-8")
    run("restore", str(source), "--out", str(tmp_path / "out"))
    assert "<script>alert" not in (tmp_path / "out" / "a" / "diff.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["□" * 600, "公开" * 100_000, "▭" * 30, "plain English only"])
def test_strange_texts_end_in_bounded_time(text):
    assert len(restore(text, Settings(fill="best", beam=20)).text) >= len(text) // 2


def test_holes_in_what_is_no_unicode_are_an_error():
    with pytest.raises(UnreadableInputError, match="surrogates"):
        restore("推进政\ud800□公开。", Settings(jobs=1))


def test_a_long_line_is_read_in_pieces_and_stays_as_it_was():
    line = "推进政府信息公开工作，深入贯彻落实条例，各部门认真办理。" * 400
    assert restore(line, Settings(jobs=1)).text == line


def test_usage_errors_are_told_from_unreadable_input(tmp_path):
    assert run("restore", "--ocr", "none", str(tmp_path)).returncode == 1
    assert run("restore", "-", str(tmp_path), "--out", str(tmp_path / "out")).returncode == 1
    assert run("--nothing").returncode == 1

"""What a run tells: on a terminal, in a log, as events for machines."""

import io
import json

import pytest
from rich.console import Console

from pipeline import Settings
from pipeline.batch import progress
from pipeline.batch.planning import Batch
from pipeline.batch.reporting import Totals
from pipeline.batch.session import restore_batch
from tests.test_batch import start, write


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_says_how_far_a_run_is(tmp_path, monkeypatch, terminal):
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    folder = write(tmp_path / "in", 3)
    (folder / "bad[red].txt").write_bytes(b"")
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=None, width=200)
    heard = progress.reporter(console, "results", quiet=False, as_json=False)
    restore_batch(Batch((str(folder),), str(tmp_path / "out"), Settings(jobs=1)), heard)
    printed = console.file.getvalue()
    assert "bad[red]: " in printed and "the file is empty" in printed
    assert "3 documents restored, 1 failed" in printed and "000" in printed
    assert "4/4" in printed if terminal else "of 4 documents, " in printed


def test_events_are_json_lines(tmp_path):
    folder = write(tmp_path / "in", 2)
    (folder / "empty.txt").write_bytes(b"")
    run = start("restore", folder, "--out", tmp_path / "out", "--json", "--jobs", "1")
    lines, messages = run.communicate(timeout=60)
    events = [json.loads(line) for line in lines.splitlines()]
    assert run.returncode == 4 and b"empty" in messages
    assert events[0] == {"event": "started", "documents": 3}
    assert {e["document"] for e in events if e["event"] == "document"} == {"000", "001"}
    assert [e["kind"] for e in events if e["event"] == "failed"] == ["unreadable"]
    assert events[-1]["event"] == "finished" and events[-1]["done"] == 2 and events[-1]["failed"] == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_long_names_can_be_told_apart_and_lines_are_not_broken(tmp_path, terminal):
    names = ["青云县人民政府办公室关于印发二〇一八年政务公开工作要点的通知" * 2 + number for number in "甲乙"]
    for name in names:
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.txt").write_text("推进政务公开。", encoding="utf-8")
    (tmp_path / "in" / "a.doc").write_bytes(b"x")
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=None, width=60)
    heard = progress.reporter(console, "results/" * 9, quiet=False, as_json=False)
    restore_batch(Batch((str(tmp_path / "in"),), str(tmp_path / "out"), Settings(jobs=1)), heard)
    printed = console.file.getvalue()
    column = "".join(line.split("│")[1].strip() for line in printed.splitlines() if line.startswith("│"))
    assert all(name in column for name in names)
    assert "results/results/results/results/results/results/results/results/results/. Open" in printed
    assert "Passed over: 1 .doc." in printed and "sheets as CSV" in printed


def test_a_watch_tells_each_document_and_counts_to_no_total(monkeypatch):
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    console = Console(file=io.StringIO(), color_system=None, width=200)
    heard = progress.reporter(console, "results[1]", quiet=False, as_json=False)
    heard.started(None)
    summary = {"edits": {"by_status": {"accepted": 3, "suggested": 2}, "faint": 2}, "damage": {"model": None}}
    for name in map(str, range(progress.MOST_ROWS + 5)):
        heard.done(f"a[red]{name}", {**summary, "seconds": 1.25}, unchanged=False)
    heard.tick(Totals(documents=1, done=1), 1)
    printed = console.file.getvalue()
    assert "Watching; what comes is restored into results[1]." in printed
    assert "a[red]0: 3 accepted, 0 suggested, 0 open, 1.2 s" in printed
    assert f"a[red]{progress.MOST_ROWS + 4}: " in printed
    assert "1 document, 0 failed" in printed and " of " not in printed

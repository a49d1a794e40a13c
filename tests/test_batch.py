"""Runs: only what is new or changed, resumed after kill -9, in parallel, on a cluster, on other file systems."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import fsspec

from pipeline import Settings, restore
from pipeline.batch import work
from pipeline.batch.planning import Batch
from pipeline.batch.runner import Run
from pipeline.batch.session import STORE, output, restore_batch, state_folder
from tests.test_faults import Heard, files_of, go, page

BUQUE = [sys.executable, "-m", "pipeline"]
CLEAN = "推进政务公开。\n"


def write(folder, count, holes=()):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        text = f"第{number}号：推进政□公开。\n" if number in holes else f"第{number}号：{CLEAN}"
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
    return folder


def start(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*BUQUE, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


def test_a_second_run_does_only_what_is_new_or_changed(tmp_path):
    folder = write(tmp_path / "in", 5, {1})
    out = tmp_path / "out"
    assert len(go(folder, out).names) == 5
    before = files_of(out)
    assert go(folder, out).unchanged == ["000", "001", "002", "003", "004"]
    (folder / "003.txt").write_text("改了。\n", encoding="utf-8")
    (folder / "new.txt").write_text(CLEAN, encoding="utf-8")
    (out / "004" / "restored.txt").unlink()
    heard = go(folder, out)
    assert sorted(heard.names) == ["003", "004", "new"]
    assert (out / "003" / "restored.txt").read_text(encoding="utf-8") == "改了。\n"
    after = files_of(out)
    assert all(after[name] == before[name] for name in before if not name.startswith("003"))
    assert len(go(folder, out, force=True).names) == 6


def test_a_document_whose_summary_the_store_lost_is_done_again(tmp_path):
    """Found by fuzzing: a damaged page of the store may hold nothing where a summary stood."""
    folder = write(tmp_path / "in", 2, {1})
    out = tmp_path / "out"
    go(folder, out)
    with contextlib.closing(sqlite3.connect(state_folder(str(out)) / STORE)) as store:
        store.execute("UPDATE documents SET summary = '{}' WHERE name = '001'")
        store.commit()
    heard = go(folder, out)
    assert heard.unchanged == ["000"] and heard.names == ["001"]


def test_settings_and_formats_count_and_threads_do_not(tmp_path):
    folder = write(tmp_path / "in", 2, {1})
    out = tmp_path / "out"
    go(folder, out, jobs=1)
    assert go(folder, out, jobs=3).unchanged == ["000", "001"]
    assert sorted(go(folder, out, formats=("md",)).names) == ["000", "001"]
    assert any(name.endswith(".md") for name in files_of(out))
    go(folder, out)
    assert not any(name.endswith(".md") for name in files_of(out)), "files of an earlier run stay behind"


def test_writing_again_uses_the_kept_restoration(tmp_path, monkeypatch):
    folder = write(tmp_path / "in", 1, {0})
    out = tmp_path / "out"
    go(folder, out)
    before = files_of(out)

    def no_restoration(*_):
        raise AssertionError("restored again")

    monkeypatch.setattr(work, "restore", no_restoration)
    batch = Batch((str(folder),), str(out), Settings(jobs=1, beam=20), from_stage="write")
    heard = Heard()
    from pipeline.batch.inline import Inline

    with output(batch.out) as store:
        Run(batch, store, Inline(), heard).carry_out()
        assert heard.names == ["000"] and files_of(out) == before
        Run(replace(batch, from_stage="restore"), store, Inline(), heard).carry_out()
    assert "restored again" in heard.failures[0][2].message


def test_pages_are_kept_and_not_read_twice(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    page(5).save(folder / "scan.tif", save_all=True, append_images=[page(4)])
    out = tmp_path / "out"
    go(folder, out, ocr="tests.faults:Steady")
    store = sqlite3.connect(state_folder(str(out)) / STORE)
    kept = store.execute("SELECT number, content FROM pages ORDER BY number").fetchall()
    assert [number for number, _ in kept] == [1, 2]
    store.execute("UPDATE pages SET content = (SELECT content FROM pages WHERE number = 2) WHERE number = 1")
    store.commit()
    store.close()
    first = (out / "scan" / "restored.txt").read_text(encoding="utf-8")
    go(folder, out, ocr="tests.faults:Steady", from_stage="restore")
    assert (out / "scan" / "restored.txt").read_text(encoding="utf-8") != first
    go(folder, out, ocr="tests.faults:Steady", from_stage="read")
    assert (out / "scan" / "restored.txt").read_text(encoding="utf-8") == first


def test_a_restoration_is_kept_without_loss(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("推进政□公开，深入▭落实条例。\n" * 3, encoding="utf-8")
    result = replace(restore(source, Settings(beam=20)), readings=())
    packed = work.pack(result)
    assert work.unpack(packed) == result
    assert result.edits
    assert work.unpack(packed[:-9]) is None and work.unpack(b"") is None


def test_the_number_of_jobs_changes_nothing(tmp_path):
    folder = write(tmp_path / "in", 6, {0, 3})
    for jobs in (1, 3):
        go(folder, tmp_path / str(jobs), jobs=jobs)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "3")


def test_killed_at_any_instant_and_resumed_gives_the_same(tmp_path):
    """Five of the fifty kills of scripts/kill_and_resume.py."""
    folder = write(tmp_path / "in", 14, {5})
    page(4).save(folder / "scan.tif", save_all=True, append_images=[page(5), page(4)])
    options = ("--jobs", "2", "--beam", "20", "--ocr", "tests.faults:Steady", "--quiet")
    undisturbed = tmp_path / "whole"
    began = time.monotonic()
    assert start("restore", folder, "--out", undisturbed, *options).wait() == 0
    whole = time.monotonic() - began
    generator = random.Random(6)
    for attempt in range(5):
        out = tmp_path / f"killed{attempt}"
        run = start("restore", folder, "--out", out, *options)
        time.sleep(generator.uniform(0.15, whole))
        run.kill()
        run.wait()
        for folder_seen in out.glob("*/report.json"):
            proof = json.loads(folder_seen.read_bytes())
            assert all((folder_seen.parent / name).is_file() for name in proof["files"])
        assert start("restore", folder, "--out", out, *options).wait() == 0
        assert files_of(out) == files_of(undisturbed), attempt
        assert not list((out / ".buque").glob("staging/*"))
        shutil.rmtree(out)


def test_workers_do_not_outlive_a_killed_run(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    page(3).save(folder / "scan.tif", save_all=True, append_images=[page(3)])
    run = start("restore", folder, "--out", tmp_path / "out", "--jobs", "2", "--ocr", "tests.faults:Hang")

    def descendants(pid):
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
        direct = [int(line) for line in found.stdout.split()]
        return direct + [below for child in direct for below in descendants(child)]

    deadline = time.monotonic() + 30
    while len(workers := descendants(run.pid)) < 4 and time.monotonic() < deadline:  # server, tracker, two workers
        time.sleep(0.1)
    assert len(workers) >= 4
    run.kill()
    run.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_an_interrupt_keeps_what_is_done(tmp_path):
    folder = write(tmp_path / "in", 30, set(range(4, 30)))
    run = start("restore", folder, "--out", tmp_path / "out", "--jobs", "1")
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").glob("*/report.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    _, messages = run.communicate(timeout=30)
    assert run.returncode == 130 and b"go on" in messages and b"Traceback" not in messages


def test_watching_takes_files_that_have_come_to_rest(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    run = start("watch", folder, out, "--every", "0.3", "--jobs", "1", "--beam", "20")
    try:
        growing = folder / "growing.txt"
        (folder / "first.txt").write_text(CLEAN, encoding="utf-8")
        deadline = time.monotonic() + 40
        while not (out / "first" / "report.json").exists() and time.monotonic() < deadline:
            with growing.open("a", encoding="utf-8") as file:
                file.write(CLEAN)
            time.sleep(0.1)
        assert (out / "first" / "report.json").exists() and not (out / "growing").exists()
        while not (out / "growing" / "report.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (out / "growing" / "restored.txt").read_bytes() == growing.read_bytes()
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(20) == 0


def test_memory_to_memory_through_fsspec(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    files = fsspec.filesystem("memory")
    for name in ("a", "b"):
        files.pipe_file(f"/scans/sub/{name}.txt", f"{name}：{CLEAN}".encode())
    batch = Batch(("memory://scans",), "memory://scans/results", Settings(jobs=1, beam=20))
    heard = Heard()
    restore_batch(batch, heard)
    assert heard.names == ["a", "b"] and not heard.failures
    assert files.cat_file("/scans/results/a/restored.txt").decode() == f"a：{CLEAN}"
    again = Heard()
    restore_batch(batch, again)
    assert again.unchanged == ["a", "b"]
    files.pipe_file("/scans/sub/b.txt", "改了。".encode())
    changed = Heard()
    restore_batch(batch, changed)
    assert changed.names == ["b"]


def test_decisions_are_kept_in_the_store_once(tmp_path):
    folder = write(tmp_path / "in", 1, {0})
    go(folder, tmp_path / "out")
    [row] = map(json.loads, (tmp_path / "out" / "000" / "edits.jsonl").read_text(encoding="utf-8").splitlines())
    decision = {
        "document": "000",
        "edit": f"{row['start']}-{row['end']}",
        "before": "□",
        "verdict": "accept",
        "text": "务",
        "who": "li",
        "when": "2026-01-01T00:00:00Z",
    }
    path = tmp_path / "decisions.jsonl"
    path.write_text(json.dumps(decision) + "\n", encoding="utf-8")
    for _ in range(2):
        assert start("apply", path, "--out", tmp_path / "out").wait() == 0
    store = sqlite3.connect(state_folder(str(tmp_path / "out")) / STORE)
    assert store.execute("SELECT document, verdict, text, who FROM decisions").fetchall() == [
        ("000", "accept", "务", "li")
    ]
    store.close()
    assert "推进政务公开" in (tmp_path / "out" / "000" / "reviewed.txt").read_text(encoding="utf-8")
    assert go(folder, tmp_path / "out").unchanged == ["000"]

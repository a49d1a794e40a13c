"""What goes wrong in a run costs the page or document it befalls, is named, and nothing else changes."""

import contextlib
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline import Settings
from pipeline.batch import locations, publish, session
from pipeline.batch.inline import Inline
from pipeline.batch.planning import Batch
from pipeline.batch.pool import ProcessPool
from pipeline.batch.runner import Run
from pipeline.batch.session import output, restore_batch, state_folder
from pipeline.batch.store import Store
from pipeline.batch.tasks import Done, Failed, Task
from pipeline.errors import FileAccessError
from tests.faults import BAD_LINES

FONT = ImageFont.truetype("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf", 40)
TEXT = "推进政务公开。\n"


def page(lines):
    image = Image.new("L", (700, 160 + 70 * lines), 255)
    draw = ImageDraw.Draw(image)
    for row in range(lines):
        draw.text((80, 80 + 70 * row), "推进政府信息公开工作情况", font=FONT, fill=0)
    return image


class Heard:
    """A reporter that keeps what it hears."""

    def __init__(self):
        self.names, self.unchanged, self.failures, self.totals = [], [], [], None

    def started(self, documents):
        self.documents = documents

    def done(self, name, summary, unchanged):
        (self.unchanged if unchanged else self.names).append(name)

    def failed(self, name, failure, page=None):
        self.failures.append((name, page, failure))

    def waiting(self, reason):
        raise AssertionError(reason)

    def tick(self, totals, under_way):
        pass

    def finished(self, totals):
        self.totals = totals


def go(folder, out, jobs=2, memory=0, **options):
    settings = Settings(jobs=jobs, beam=20, ocr=options.pop("ocr", "rapidocr"))
    heard = Heard()
    restore_batch(Batch((str(folder),), str(out), settings, **options), heard, memory=memory)
    return heard


def files_of(out):
    """Return every file of an output folder but the run store."""
    found = {}
    for path in sorted(Path(out).rglob("*")):
        if path.is_file() and publish.STATE not in path.parts:
            found[str(path.relative_to(out))] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A TIFF whose second page befalls the fault, and a text."""
    folder = tmp_path_factory.mktemp("scans")
    pages = [page(5), page(BAD_LINES), page(4)]
    pages[0].save(folder / "scan.tif", save_all=True, append_images=pages[1:])
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    """What the pages give without the one that befalls the fault."""
    folder = tmp_path_factory.mktemp("others")
    page(5).save(folder / "scan.tif", save_all=True, append_images=[page(4)])
    assert not go(folder, folder / "out", ocr="tests.faults:Steady").failures
    return (folder / "out" / "scan" / "restored.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("Crash", "crash"),
        ("Exits", "internal"),
        ("Hang", "time"),
        ("Memory", "memory"),
        ("Hungry", "memory"),
        ("Nonsense", "internal"),
        ("TooFew", "internal"),
        ("BadText", "internal unreadable"),
        ("BadBytes", "internal"),
    ],
)
def test_a_faulty_engine_costs_one_page(scans, steady, tmp_path, engine, kind):
    seconds = 6.0 if engine == "Hang" else 60.0
    heard = go(scans, tmp_path, ocr=f"tests.faults:{engine}", memory=2 << 30, page_seconds=seconds)
    [(name, number, failure)] = heard.failures
    assert (name, number) == ("scan", 2) and failure.kind in kind.split()
    assert sorted(heard.names) == ["scan", "text"]
    named = json.loads((tmp_path / "scan" / "report.json").read_bytes())["pages_failed"]
    assert [row["page"] for row in named] == [2] and named[0]["error"]
    assert (tmp_path / "scan" / "restored.txt").read_text(encoding="utf-8") == steady
    assert (tmp_path / "text" / "restored.txt").read_text(encoding="utf-8") == TEXT


def test_a_worker_that_dies_is_replaced_and_its_task_named():
    pool = ProcessPool(2)
    try:
        for number in range(6):
            call = "os:abort" if number == 2 else "operator:neg"
            pool.submit(Task(number, call, () if number == 2 else (number,), 30.0))
        results = {}
        while len(results) < 6:
            results.update({task.id: result for task, result in pool.completed(1.0)})
    finally:
        pool.close()
    crash = results.pop(2)
    assert isinstance(crash, Failed) and crash.kind == "crash" and "SIGABRT" in crash.message
    assert results == {number: Done(-number) for number in (0, 1, 3, 4, 5)}


def test_limits_do_not_follow_a_clock_that_jumps(monkeypatch):
    pool = ProcessPool(1)
    try:
        pool.submit(Task(1, "time:sleep", (1.0,), 30.0))
        monkeypatch.setattr(time, "time", lambda: 4e9)  # sixty years on
        ended = []
        while not ended:
            ended = pool.completed(5.0)
        assert ended[0][1] == Done(None)
    finally:
        pool.close()


def test_a_file_with_a_time_to_come_is_restored_and_found_unchanged(tmp_path):
    source = tmp_path / "in" / "a.txt"
    source.parent.mkdir()
    source.write_text(TEXT, encoding="utf-8")
    os.utime(source, (4e9, 4e9))
    assert go(source.parent, tmp_path / "out").names == ["a"]
    assert go(source.parent, tmp_path / "out").unchanged == ["a"]
    # A change that leaves size and times as they were is seen all the same.
    source.write_text(TEXT.replace("推进", "做好"), encoding="utf-8")
    os.utime(source, (4e9, 4e9))
    assert go(source.parent, tmp_path / "out").names == ["a"]


def test_two_runs_on_one_folder_the_second_refuses(tmp_path):
    with (
        output(str(tmp_path / "out")),
        pytest.raises(FileAccessError, match=f"another run .process {os.getpid()}."),
        output(str(tmp_path / "out")),
    ):
        pass
    with output(str(tmp_path / "out")):
        pass  # and the lock is given back


@contextlib.contextmanager
def small_disk(folder, size):
    """Mount a file system of *size* on *folder*; skips where that is not allowed."""
    folder.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size={size} tmpfs {folder}"):
        pytest.skip("needs the right to mount")
    try:
        yield folder
    finally:
        os.system(f"umount -l {folder}")


def test_a_full_disk_ends_the_run_and_leaves_whole_documents(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(24):
        (tmp_path / "in" / f"{number:02}.txt").write_text(TEXT * 400, encoding="utf-8")
    with small_disk(tmp_path / "out", "1m") as out:
        with pytest.raises(FileAccessError, match=r"No space left|full"):
            go(tmp_path / "in", out)
        whole = [path.parent for path in out.glob("*/report.json")]
        for folder in whole:
            proof = json.loads((folder / "report.json").read_bytes())
            assert set(proof["files"]) <= {path.name for path in folder.iterdir()}
        assert os.system(f"mount -o remount,size=100m {out}") == 0
        heard = go(tmp_path / "in", out)
        assert len(heard.names) + len(heard.unchanged) == 24 and not heard.failures
        full = files_of(out)
    go(tmp_path / "in", tmp_path / "other")
    assert full == files_of(tmp_path / "other")


def test_a_read_only_output_is_an_error_with_its_path(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT, encoding="utf-8")
    with small_disk(tmp_path / "out", "2m") as out:
        assert os.system(f"mount -o remount,ro {out}") == 0
        with pytest.raises(FileAccessError, match="Read-only file system"):
            go(tmp_path / "in", out)


class Meddling(Inline):
    """Changes the input after a task was handed in, so often."""

    def __init__(self, path, times):
        super().__init__()
        self.path, self.times = path, times

    def submit(self, task):
        super().submit(task)
        if self.times:
            self.times -= 1
            self.path.write_text(f"{TEXT}{self.times}\n", encoding="utf-8")


@pytest.mark.parametrize(("times", "done"), [(2, True), (9, False)])
def test_an_input_that_changes_meanwhile_is_read_anew(tmp_path, times, done):
    path = tmp_path / "in" / "a.txt"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    heard = Heard()
    batch = Batch((str(path),), str(tmp_path / "out"), Settings(jobs=1))
    with output(batch.out) as store:
        Run(batch, store, Meddling(path, times), heard).carry_out()
    if done:
        assert heard.names == ["a"]
        assert (tmp_path / "out" / "a" / "original.txt").read_bytes() == path.read_bytes()
    else:
        assert [failure.kind for _, _, failure in heard.failures] == ["changed"]


def test_a_store_that_is_none_is_named(tmp_path):
    folder = state_folder(str(tmp_path))
    folder.mkdir()
    (folder / session.STORE).write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(FileAccessError, match=r"run\.sqlite"):
        Store(folder / session.STORE)


def test_no_name_leads_out_of_the_output_folder(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["...txt", "a?b.txt", "-rf.txt", "长" * 80 + ".txt", "x\ny.txt", "a.txt", "a.md", "a.text"]
    for name in names:
        (folder / name).write_text(TEXT, encoding="utf-8")
    with contextlib.suppress(OSError):
        Path(os.fsdecode(os.fsencode(str(folder)) + b"/bad\xff\xfe.txt")).write_text(TEXT, encoding="utf-8")
    heard = go(folder, tmp_path / "out")
    assert not heard.failures and len(heard.names) >= len(names)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    assert len(list((tmp_path / "out").glob("*/restored.txt"))) == len(heard.names)


def test_only_settled_files_need_no_second_look():
    assert locations.settled("1:1000000000:1000000000:7", now=10.0)
    assert not locations.settled("1:1000000000:9500000000:7", now=10.0)
    assert not locations.settled("1:20000000000:1000000000:7", now=10.0)


def test_a_store_whose_runs_have_no_number_is_an_error(tmp_path):
    """What a damaged page of the file amounts to: found by fuzzing."""
    path = tmp_path / "run.sqlite"
    Store(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE runs; CREATE TABLE runs (id, started, version, settings, finished)")
    store = Store(path)
    with pytest.raises(FileAccessError, match="damaged"):
        store.begin_run("now", "0", "{}")
    store.close()

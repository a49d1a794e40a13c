"""Folders as people have them: what is found, what is passed over and told, how the folders of results are named."""

import json
import os
import shutil
import subprocess
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings
from pipeline.batch import locations
from pipeline.batch.inline import Inline
from pipeline.batch.inputs import OTHER_DOCUMENTS, candidate_names, list_inputs, passed_over, safe_name
from pipeline.batch.planning import Batch
from pipeline.batch.runner import Run
from pipeline.batch.session import output
from pipeline.batch.store import Store
from tests.test_batch import BUQUE, CLEAN, start, write
from tests.test_faults import Heard


def go(folder, out):
    """Restore a folder in this process: what is tried here is done before any worker has it."""
    batch, heard = Batch((str(folder),), str(out), Settings(jobs=1, beam=20)), Heard()
    with output(batch.out) as store:
        Run(batch, store, Inline(), heard).carry_out()
    return heard


def listed(folder, out="/nowhere"):
    aside = locations.Aside(OTHER_DOCUMENTS)
    return [os.path.relpath(path, folder) for path in list_inputs([str(folder)], str(out), aside)], aside


def wait_for(path):
    deadline = time.monotonic() + 40
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert path.exists()


def test_inputs_leave_out_results_and_what_is_hidden(tmp_path):
    for name in ("a.txt", "sub/b.md", ".hidden/c.txt", "out/x/y.txt", "old/report.json", "old/edits.jsonl", "z.exe"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("字")
    (tmp_path / "old" / "restored.txt").write_text("字")
    found = [os.path.relpath(path, tmp_path) for path in list_inputs([str(tmp_path)], str(tmp_path / "out"))]
    assert found == ["a.txt", "sub/b.md"]


def test_names_are_safe_and_never_end():
    names = candidate_names("/in/报告.tar.txt")
    assert [next(names) for _ in range(5)] == [
        "报告.tar",
        "报告.tar.txt",
        "in-报告.tar",
        "in-报告.tar.txt",
        "报告.tar.txt-4a3b87a4",
    ]
    assert safe_name("..") == "_.." and "/" not in safe_name("a/b") and len(safe_name("长" * 99).encode()) <= 200
    assert safe_name("") == "_"


@given(st.binary(min_size=1, max_size=300))
def test_no_name_is_unsafe_whatever_the_bytes(data):
    names = candidate_names(os.fsdecode(b"/" + data.replace(b"\0", b"")))
    for name in (next(names) for _ in range(6)):
        assert name and "/" not in name and not name.startswith(".") and len(name.encode("utf-8")) <= 255


def test_names_of_archives_packed_in_gb18030_are_read():
    given = os.fsdecode("报告".encode("gb18030") + b".txt")
    assert next(candidate_names(f"/in/{given}")) == "报告"
    assert safe_name(unicodedata.normalize("NFD", "é")) == unicodedata.normalize("NFC", "é")


def test_names_that_are_no_utf_8_end_no_run(tmp_path):
    folder = write(tmp_path / "in", 1)
    for name, content in ((b"\xff\xfe", b""), ("报告".encode("gb18030"), CLEAN.encode())):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name + b".txt")).write_bytes(content)
    heard = go(folder, tmp_path / "out")
    assert set(heard.names) == {"000", "报告"} and [failure.kind for *_, failure in heard.failures] == ["unreadable"]
    assert go(folder, tmp_path / "out").totals.failed == 1
    report = json.loads((tmp_path / "out" / "报告" / "report.json").read_bytes().decode("utf-8"))
    assert report["input"]["file"] == "报告.txt"
    command = [*BUQUE, "restore", folder, "--out", tmp_path / "out", "--jobs", "1"]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    assert done.returncode == 4 and b"\\udcff" in done.stderr and b"the file is empty" in done.stderr


def test_documents_of_one_name_are_told_apart_by_their_folders_and_by_case(tmp_path):
    for name in ("a.txt", "A.txt", "a.md", "x/a.txt", "x/a.md", "y/a.txt", "x/y/a.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(f"{name}：{CLEAN}", encoding="utf-8")
    heard = go(tmp_path / "in", tmp_path / "out")
    assert not heard.failures and len({name.casefold() for name in heard.names}) == 7
    assert {"x-a", "x-a.txt", "y-a"} < set(heard.names)
    for path in (tmp_path / "out").glob("*/report.json"):
        given = json.loads(path.read_bytes())["input"]["file"]
        assert (path.parent / "original.txt").read_text(encoding="utf-8").split("：")[0].endswith(given)


def test_a_thousand_documents_of_one_name_are_named_at_once(tmp_path):
    store = Store(tmp_path / "run.sqlite")
    paths = [f"/in/{number % 2}/{number}/扫描/report.pdf" for number in range(1000)]
    asked = []
    store.enter(paths, store.begin_run("now", "0", "{}"), lambda name: bool(asked.append(name)))
    names = [row.name for row in store.documents(1)]
    store.close()
    assert len(set(names)) == 1000 and len(asked) <= 1000


def test_nobodys_files_are_overwritten_in_the_output_folder(tmp_path):
    folder = write(tmp_path / "in", 3)
    mine = {folder / "000" / "original.txt": "我的", folder / "001": "一个文件", folder / "empty": None}
    (folder / "000").mkdir()
    for path, content in mine.items():
        path.write_text(content, encoding="utf-8") if content else path.symlink_to("nowhere")
    (folder / "empty.txt").write_text(CLEAN, encoding="utf-8")
    heard = go(folder, folder)
    assert not heard.failures and set(heard.names) == {"in-000", "in-001", "002", "in-empty", "original"}
    assert all(path.read_text(encoding="utf-8") == content for path, content in mine.items() if content)
    again = go(folder, folder)
    assert set(again.unchanged) == set(heard.names)
    # An earlier result whose run store was deleted is Buque's own.
    shutil.rmtree(folder / ".buque")
    assert set(go(folder, folder).names) == set(heard.names)


def test_links_are_followed_to_files_and_never_in_circles(tmp_path):
    folder = write(tmp_path / "in", 1)
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("..")
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "broken.txt").symlink_to("nowhere.txt")
    (folder / "good.txt").symlink_to("000.txt")
    os.mkfifo(folder / "pipe.txt")
    heard = go(folder, tmp_path / "out")
    assert sorted(heard.names) == ["000", "good"]
    assert {name: failure.kind for name, _, failure in heard.failures} == dict.fromkeys(
        ("itself", "broken", "pipe"), "access"
    )
    assert all(f"{folder}/{name}.txt" in failure.message for name, _, failure in heard.failures)
    assert heard.totals.passed_over == {"links to folders": 1}


def test_folders_of_any_depth_are_searched(tmp_path):
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1100):  # deeper than Python's stack
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("a.txt", os.O_CREAT, dir_fd=at))
    os.close(at)
    found, aside = listed(tmp_path)
    assert [Path(path).name for path in found] == ["a.txt"] and not aside.unlisted
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


def test_documents_of_other_kinds_are_counted(tmp_path):
    for name in ("a.doc", "b.DOC", "c.wps", "d.exe", "e", ".f.doc", "g.txt"):
        (tmp_path / name).write_bytes(b"x")
    found, aside = listed(tmp_path)
    assert found == ["g.txt"] and passed_over(aside) == {".doc": 2, ".wps": 1}


def test_one_file_has_one_path(tmp_path):
    folder = write(tmp_path / "in", 1)
    (tmp_path / "link").symlink_to("in")
    heard = go(f"{folder}/../in/000.txt", tmp_path / "out")
    assert heard.names == ["000"] and go(folder, tmp_path / "out").unchanged == ["000"]
    assert locations.absolute(f"{tmp_path}/link/../in/000.txt") == str(folder / "000.txt")
    assert locations.absolute(f"{tmp_path}/link/000.txt") == f"{tmp_path}/link/000.txt"


def test_what_may_not_be_read_is_named_and_harms_nothing_else(tmp_path):
    folder = write(tmp_path / "in", 2)
    write(folder / "closed", 2)
    (folder / "000.txt").chmod(0)
    (folder / "closed").chmod(0)
    bound = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    if bound and not shutil.which("setpriv"):
        pytest.skip("root reads everything")
    closed = folder / "closed" / "001.txt"
    command = [*bound, *BUQUE, "restore", folder, closed, "--out", tmp_path / "out", "--jobs", "1"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    (folder / "closed").chmod(0o755)
    assert done.returncode == 4 and "Traceback" not in done.stderr
    for path in (folder / "000.txt", folder / "closed", closed):
        assert any(f"{path}: Permission denied" in line for line in done.stderr.splitlines()), path
    assert "1 document restored, 3 failed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("restore", ""), 1, "empty"),
        (("restore", "in", "--out", ""), 1, "--out"),
        (("watch", "nowhere", "out"), 5, "nowhere: no such folder"),
        (("restore", "in/000.txt", "--out", "in/000.txt"), 5, "Choose another --out folder"),
        (("restore", "nowhere"), 5, "nowhere: No such file"),
    ],
)
def test_paths_that_cannot_be_meant_are_refused(tmp_path, arguments, code, told):
    write(tmp_path / "in", 1)
    done = subprocess.run([*BUQUE, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code and told in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) in (["in"], ["in", "out"])


def test_a_watched_folder_that_goes_is_told_once_and_taken_up_again(tmp_path):
    folder, out = write(tmp_path / "in", 1), tmp_path / "out"
    run = start("watch", folder, out, "--every", "0.2", "--jobs", "1", "--beam", "20")
    try:
        wait_for(out / "000" / "report.json")
        folder.rename(tmp_path / "away")
        time.sleep(1.0)
        (tmp_path / "away" / "new.txt").write_text(CLEAN, encoding="utf-8")
        (tmp_path / "away").rename(folder)
        wait_for(out / "new" / "report.json")
    finally:
        run.terminate()
        _, messages = run.communicate(timeout=20)
    assert run.returncode == 0 and messages.decode().count(f"{folder}: is not there") == 1

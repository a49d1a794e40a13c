"""The command ``buque diff``: for people, for patch(1), for other programs."""

import json
import shutil
import subprocess
import sys

import pytest

from pipeline import restore
from pipeline.edits import apply
from pipeline.writing.files import unified_diff
from tests.test_batch import BUQUE
from tests.test_faults import go

TEXT = "推进政□公开。\r\n\t二 、:cat: [red]x[/red]\n\x0b\u2028尾□一行"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    path = tmp_path_factory.mktemp("diff") / "a.txt"
    path.write_text(TEXT, encoding="utf-8", newline="")
    return path


def diff(*arguments):
    return subprocess.run([*BUQUE, "diff", *map(str, arguments)], capture_output=True, check=False)


@pytest.mark.parametrize("only", ["accepted", "suggested"])
def test_what_diff_prints_is_carried_out_by_patch(damaged, tmp_path, only):
    done = diff(damaged, "--only", only, "--context", "0")
    assert done.returncode == 0 and b"\x1b" not in done.stdout
    edits = [edit for edit in restore(damaged).edits if edit.status == only]
    assert edits or only == "suggested"
    shutil.copy(damaged, tmp_path / "b.txt")
    command = ["patch", "--binary", str(tmp_path / "b.txt")]
    if edits:
        subprocess.run(command, input=done.stdout, check=True, capture_output=True)
    assert (tmp_path / "b.txt").read_bytes().decode() == apply(restore(damaged).original, edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [("一\n二", "一\n三"), ("一\n", "一"), ("一", "一\n"), ("", "一\n\n\n"), ("一\r\n二\r", "一\n二\r")],
)
def test_line_ends_and_their_absence_are_kept(tmp_path, before, after):
    (tmp_path / "a").write_bytes(before.encode())
    lines = "".join(f"{line}\n" for line in unified_diff(before, after, "a"))
    subprocess.run(["patch", "--binary", tmp_path / "a"], input=lines.encode(), check=True, capture_output=True)
    assert (tmp_path / "a").read_bytes() == after.encode()


def test_figures_and_edits_for_other_programs(damaged):
    edits = restore(damaged).edits
    rows = [json.loads(line) for line in diff(damaged, "--json").stdout.splitlines()]
    assert [row["after"] for row in rows] == [edit.after for edit in edits if edit.status == "accepted"]
    *_, total = diff(damaged, "--stat").stdout.decode().splitlines()
    assert total.split() == [
        "all",
        str(sum(e.status == "accepted" for e in edits)),
        str(sum(e.status == "suggested" and e.probability >= 0.3 for e in edits)),
        str(sum(e.status == "suggested" and e.probability < 0.3 for e in edits)),
        str(sum(e.status == "open" for e in edits)),
    ]


def test_a_restored_document_is_not_restored_again(damaged, tmp_path):
    go(damaged, tmp_path / "out")
    done = diff(tmp_path / "out" / "a")
    assert done.returncode == 0 and "政务".encode() in done.stdout
    assert diff(damaged, "--only", "open").returncode == 1
    assert diff(tmp_path).returncode == 5 and diff(tmp_path / "none.txt").returncode == 5


def test_a_reader_that_has_had_enough_is_no_error(tmp_path):
    (tmp_path / "a.txt").write_text("推进政□公开。\n" * 3000, encoding="utf-8")
    script = f"{sys.executable} -m pipeline diff {tmp_path}/a.txt | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, check=False)
    assert done.stdout.startswith(b"--- a.txt") and not done.stderr

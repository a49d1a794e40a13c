"""Kills runs at random instants with SIGKILL, resumes them and compares the results byte for byte.

    python -m scripts.kill_and_resume --kills 50

The folder holds texts with and without holes; half of the runs are killed a second time while they resume.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.bench_batch import make_pages

BUQUE = [sys.executable, "-m", "pipeline"]


def files_of(out: Path) -> dict[str, bytes]:
    """Return every file of an output folder but those of the run store."""
    paths = [path for path in out.rglob("*") if path.is_file() and ".buque" not in path.parts]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def run(folder: Path, out: Path, kill_after: float | None) -> None:
    """Restore *folder*, and kill the run after so many seconds."""
    command = [*BUQUE, "restore", str(folder), "--out", str(out), "--quiet", "--jobs", "2", "--beam", "20"]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if kill_after is None:
        if process.wait():
            raise SystemExit(f"a run ended with {process.returncode}")
        return
    time.sleep(kill_after)
    process.kill()
    process.wait()


def main() -> None:
    """Print how many of the killed runs gave what the undisturbed one gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    generator = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="buque-kill-") as name:
        folder = Path(name)
        make_pages(folder / "in", given.pages, 0.2, 0.01)
        began = time.monotonic()
        run(folder / "in", folder / "whole", None)
        seconds = time.monotonic() - began
        expected = files_of(folder / "whole")
        same = kills = 0
        rounds = 0
        while kills < given.kills:
            out = folder / "killed"
            for _ in range(1 + (rounds % 2 and kills + 1 < given.kills)):
                run(folder / "in", out, generator.uniform(0.1, seconds))
                kills += 1
            run(folder / "in", out, None)
            rounds += 1
            same += files_of(out) == expected
            shutil.rmtree(out)
            print(f"{kills} kills, {same} of {rounds} runs identical ({len(expected)} files)", flush=True)


if __name__ == "__main__":
    main()

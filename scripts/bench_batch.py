"""Measures of runs over folders: parallel efficiency, a second run, memory, start-up.

    python -m scripts.bench_batch efficiency --pages 40 --jobs 1 2 4
    python -m scripts.bench_batch unchanged --pages 1000
    python -m scripts.bench_batch memory --pages 50 5000
    python -m scripts.bench_batch cost --pages 20
    python -m scripts.bench_batch startup

Pages are made from corpus/ (a page has ``PAGE`` characters). On a busy machine the wall clock says little: the share of
the cores that others took is printed beside it, and the processor time of all processes is given as well.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image, ImageDraw, ImageFont

from pipeline.damage.hypotheses import is_han
from pipeline.language.normalise import HOLE_ONE

ROOT = Path(__file__).resolve().parent.parent
PAGE = 1500
FONT = "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"
SAMPLE_SECONDS = 0.25
BUQUE = [sys.executable, "-m", "pipeline"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost.

    Attributes:
        wall: wall clock, seconds.
        processor: processor time of all its processes, seconds.
        memory: greatest memory of all its processes, MiB, each with its share of what it shares (PSS).
        others: share of the machine's processor time that went to other processes meanwhile.
        runner: processor time of the first process alone, seconds.
    """

    wall: float
    processor: float
    memory: float
    others: float
    runner: float


def make_pages(folder: Path, count: int, damaged: float, holes: float, seed: int = 6) -> None:
    """Write *count* pages of text; the share *damaged* of them has the share *holes* of its Han characters as □."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "corpus").rglob("*.txt")))
    generator = random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        start = generator.randrange(len(text) - PAGE)
        page = text[start : start + PAGE]
        if generator.random() < damaged:
            page = "".join(HOLE_ONE if "一" <= c <= "龥" and generator.random() < holes else c for c in page)
        (folder / f"page{number:06}.txt").write_text(page, encoding="utf-8")


def measure(command: Sequence[str]) -> Cost:
    """Run *command* and measure it with all its processes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    peak = [0.0]
    spent: dict[int, float] = {}
    before = psutil.cpu_times()
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    watched = psutil.Process(process.pid)

    def sample() -> None:
        while process.poll() is None:
            total = 0.0
            try:
                for one in [watched, *watched.children(recursive=True)]:
                    total += one.memory_full_info().pss / 2**20
                    times = one.cpu_times()
                    spent[one.pid] = times.user + times.system
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            peak[0] = max(peak[0], total)
            time.sleep(SAMPLE_SECONDS)

    sampler = threading.Thread(target=sample)
    sampler.start()
    messages = process.communicate()[1]
    sampler.join()
    wall = time.monotonic() - began
    if process.returncode:
        raise SystemExit(messages.decode())
    after = psutil.cpu_times()
    busy = sum(getattr(after, kind) - getattr(before, kind) for kind in ("user", "system", "nice"))
    processor = sum(spent.values())
    others = max(0.0, busy - processor) / (wall * (psutil.cpu_count() or 1))
    return Cost(wall, processor, peak[0], others, spent.get(process.pid, 0.0))


def restore(folder: Path, out: Path, *options: str) -> Cost:
    """Measure a run."""
    return measure([*BUQUE, "restore", str(folder), "--out", str(out), "--quiet", *options])


def efficiency(folder: Path, pages: int, jobs: Sequence[int], beam: int) -> None:
    """Print wall clock and efficiency for each number of jobs."""
    make_pages(folder / "in", pages, 1.0, 0.1)
    print("jobs  wall s  pages/min  efficiency  processor s  others %")
    first: Cost | None = None
    for count in jobs:
        cost = restore(folder / "in", folder / f"out{count}", "--jobs", str(count), "--beam", str(beam))
        first = first or cost
        share = first.wall * jobs[0] / (cost.wall * count)
        rate = 60 * pages / cost.wall
        print(
            f"{count:4}  {cost.wall:6.1f}  {rate:9.1f}  {share:10.2f}  {cost.processor:11.1f}  {100 * cost.others:8.0f}"
        )


def unchanged(folder: Path, pages: int) -> None:
    """Print what a second run costs."""
    make_pages(folder / "in", pages, 0.0, 0.0)
    one = restore(folder / "in", folder / "out")
    print(f"first run of {pages} undamaged pages: {one.wall:.1f} s, {one.processor:.1f} s of processor time,")
    print(f"of which the runner took {one.runner:.1f} s")
    for _ in range(3):
        two = restore(folder / "in", folder / "out")
        print(f"next run: {two.wall:.2f} s, {two.processor:.2f} s of processor time")


def memory(folder: Path, pages: Sequence[int], beam: int) -> None:
    """Print the greatest memory of runs of different sizes; every fiftieth page is damaged."""
    for count in pages:
        make_pages(folder / f"in{count}", count, 0.02, 0.05)
        cost = restore(folder / f"in{count}", folder / f"out{count}", "--jobs", "2", "--beam", str(beam))
        print(f"{count} pages: {cost.memory:.0f} MiB, {cost.wall:.0f} s, {cost.processor:.0f} s of processor time")


def size(folder: Path) -> int:
    """Return the bytes of all files under *folder*."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def cost(folder: Path, pages: int, beam: int) -> None:
    """Print processor time and bytes a page: undamaged, with □, of a font that lost half its characters, as scans."""
    make_pages(folder / "undamaged", pages, 0.0, 0.0)
    make_pages(folder / "holes", pages, 1.0, 0.05)
    make_pages(folder / "cut", pages, 0.0, 0.0)
    for path in (folder / "cut").iterdir():
        kept = "".join(c if is_survivor(c) else " " for c in path.read_text(encoding="utf-8"))
        path.write_text(kept, encoding="utf-8")
    scans = folder / "scans"
    scans.mkdir()
    for path in sorted((folder / "undamaged").iterdir()):
        print_scan(path.read_text(encoding="utf-8"), scans / f"{path.stem}.png")
    print("kind        s/page  runner ms/page  input KB/page  output KB/page  store KB/page")
    for kind in ("undamaged", "holes", "cut", "scans"):
        spent = restore(folder / kind, folder / f"out-{kind}", "--jobs", "1", "--beam", str(beam))
        state = folder / f"out-{kind}" / ".buque"
        kept = size(state) / pages / 1000
        given, written = size(folder / kind) / pages / 1000, size(folder / f"out-{kind}") / pages / 1000 - kept
        seconds, runner = spent.processor / pages, 1000 * spent.runner / pages
        sizes = f"{given:13.1f}  {written:14.1f}  {kept:13.1f}"
        print(f"{kind:10} {seconds:7.2f}  {runner:14.1f}  {sizes}", flush=True)


def is_survivor(char: str) -> bool:
    """Say whether a font that lost the upper half of GB2312 would still show *char*."""
    if not is_han(char):
        return True
    code = char.encode("gb2312", "ignore")
    return bool(code) and code < b"\xc2\xc9"


def print_scan(text: str, path: Path) -> None:
    """Draw *text* as a page of A4 at 200 dpi."""
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 44)
    joined = "".join(text.split())
    for row in range(len(joined) // 28):
        draw.text((210, 200 + 66 * row), joined[28 * row : 28 * row + 28], font=font, fill=0)
    image.save(path)


def startup() -> None:
    """Print the best of five of ``buque --version`` and of a short text through a pipe."""
    for name, command, text in (
        ("--version", ["--version"], b""),
        ("first character from standard input", ["restore", "-", "--fill", "best"], "推进政□公开。".encode()),
    ):
        times = []
        for _ in range(5):
            began = time.monotonic()
            subprocess.run([*BUQUE, *command], input=text, capture_output=True, check=True)
            times.append(time.monotonic() - began)
        print(f"{name}: {min(times):.2f} s (median {sorted(times)[2]:.2f} s)")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("efficiency", "unchanged", "memory", "cost", "startup"))
    parser.add_argument("--pages", type=int, nargs="+")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--beam", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="buque-bench-") as folder:
        if given.what == "efficiency":
            efficiency(Path(folder), (given.pages or [40])[0], given.jobs, given.beam)
        elif given.what == "unchanged":
            unchanged(Path(folder), (given.pages or [1000])[0])
        elif given.what == "memory":
            memory(Path(folder), given.pages or [50, 5000], given.beam)
        elif given.what == "cost":
            cost(Path(folder), (given.pages or [20])[0], given.beam)
        else:
            startup()


if __name__ == "__main__":
    main()

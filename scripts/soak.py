"""Restores many small texts in one process, from several threads, and prints how its memory grows.

python -m scripts.soak --texts 10000 --holes 200
"""

from __future__ import annotations

import argparse
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from pipeline import Settings, restore

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Restore and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--holes", type=int, default=200, help="texts with a hole; the decoder needs a second for each")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "corpus").rglob("*.txt")))
    generator = random.Random(6)
    process = psutil.Process()
    settings = Settings(jobs=1, beam=20)

    def one(number: int) -> int:
        start = generator.randrange(len(text) - 200)
        short = text[start : start + 200]
        if number % max(1, given.texts // given.holes) == 0:
            short = f"{short[:100]}□{short[101:]}"
        return len(restore(short, settings).edits)

    with ThreadPoolExecutor(given.threads) as pool:
        for first in range(0, given.texts, given.texts // 10):
            edits = sum(pool.map(one, range(first, first + given.texts // 10)))
            resident = process.memory_info().rss / 2**20
            print(f"{first + given.texts // 10} texts: {resident:.0f} MiB resident ({edits} edits)", flush=True)


if __name__ == "__main__":
    main()

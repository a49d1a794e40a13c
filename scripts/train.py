"""Train the models of models/ from folders of text with KenLM's lmplz, built from its source distribution.

Usage:
    python scripts/train.py GENRE_DIR [--general FILE.txt.xz[=REPEAT] ...] --out models

GENRE_DIR holds ``*.txt``, a paragraph a line. Without --general the general model in --out stays as it is.
Needs cmake, a C++ compiler and Boost (libboost-program-options-dev, -system-dev, -thread-dev, -test-dev).
"""

from __future__ import annotations

import argparse
import lzma
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.language.normalise import symbols

ROOT = Path(__file__).resolve().parent.parent
SHORTEST = 4  # symbols; shorter lines are page numbers and debris
GENERAL_PRUNING = ("0", "0", "2", "3", "4", "5")  # keeps the file under 48 MB
GENRE_PRUNING = ("0", "0", "0", "1")  # n-grams above order 3 that occur once could be quotations


def build_lmplz() -> Path:
    """Build lmplz and build_binary once under build/; return their folder."""
    binaries = ROOT / "build" / "kenlm-tools"
    if not (binaries / "bin" / "lmplz").exists():
        source = next((ROOT / "build").glob("kenlm-*/CMakeLists.txt")).parent
        binaries.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cmake", str(source), "-DCMAKE_BUILD_TYPE=Release"], cwd=binaries, check=True)
        jobs = str(os.cpu_count() or 2)
        subprocess.run(["make", "-j", jobs, "lmplz", "build_binary"], cwd=binaries, check=True)
    return binaries / "bin"


def lines_of(folder: Path) -> Iterator[str]:
    """Yield the paragraphs of every text file under *folder*, in the order of their names."""
    for path in sorted(folder.rglob("*.txt")):
        yield from path.read_text(encoding="utf-8").splitlines()


def archive_lines(arguments: list[str]) -> Iterator[str]:
    """Yield the paragraphs of archives, each as often as its ``=REPEAT`` says."""
    for argument in arguments:
        name, _, repeat = argument.partition("=")
        for _ in range(int(repeat or 1)):
            with lzma.open(name, "rt", encoding="utf-8") as file:
                yield from file


def train(lines: Iterable[str], pruning: tuple[str, ...], target: Path) -> list[str]:
    """Train a 6-gram, write the quantised trie to *target* and return its symbols."""
    tools = build_lmplz()
    with tempfile.TemporaryDirectory() as folder:
        tokens, arpa = Path(folder) / "tokens", Path(folder) / "arpa"
        with tokens.open("w", encoding="utf-8") as file:
            for line in lines:
                units = symbols(line)
                if len(units) >= SHORTEST:
                    file.write(" ".join(units) + "\n")
        estimate = [tools / "lmplz", "-o", "6", "--prune", *pruning, "-S", "40%", "-T", folder, "--discount_fallback"]
        with tokens.open("rb") as source, arpa.open("wb") as sink:
            subprocess.run(estimate, stdin=source, stdout=sink, check=True)
        subprocess.run([tools / "build_binary", "-q", "8", "-b", "7", "-a", "22", "trie", arpa, target], check=True)
        known = []
        with arpa.open(encoding="utf-8") as file:
            for line in file:
                if line.startswith("\\2-grams"):
                    break
                fields = line.rstrip("\n").split("\t")
                if len(fields) >= 2:
                    known.append(fields[1])
    return known


def main() -> None:
    """Train what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", type=Path)
    parser.add_argument("--general", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=ROOT / "models")
    arguments = parser.parse_args()
    table = arguments.out / "symbols.txt"
    known = set(table.read_text(encoding="utf-8").split("\n")[:-1]) if table.exists() else set()
    known |= set(train(lines_of(arguments.genre), GENRE_PRUNING, arguments.out / "genre.klm"))
    if arguments.general:
        known |= set(train(archive_lines(arguments.general), GENERAL_PRUNING, arguments.out / "general.klm"))
    table.write_text("".join(symbol + "\n" for symbol in sorted(known)), encoding="utf-8")


if __name__ == "__main__":
    main()

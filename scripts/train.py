"""Train the models of models/ from folders of text with KenLM's lmplz, built from its source distribution.

Usage:
    python -m scripts.train GENRE_DIR... [--general FILE.txt.xz[=REPEAT] ...] --out models

A GENRE_DIR holds ``*.txt``, a paragraph a line; its invented places get real names. Without --general the general model
in --out stays as it is.
Needs cmake, a C++ compiler and Boost (libboost-program-options-dev, -system-dev, -thread-dev, -test-dev).
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pipeline.infill import _native, pairs
from pipeline.language.models import fit_weight_rows
from pipeline.language.normalise import symbols
from scripts.real_places import paragraphs

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 4
SHORTEST = 4  # symbols; shorter lines are page numbers and debris
GENERAL_PRUNING = ("0", "0", "2", "3", "4", "5")  # keeps the file under 48 MB
GENRE_PRUNING = ("0", "0", "0", "1")  # n-grams above order 3 that occur once could be quotations
EVEN = 0.3
"""Part of the weights in which both models have equal parts: the folds are of the same making as the rest, and make the
genre model look surer of other documents than it is (docs/results.md)."""


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


def texts_of(folders: Iterable[Path]) -> list[Path]:
    """Return the texts of folders, in the order of their paths."""
    return sorted({file for folder in folders for file in folder.rglob("*.txt")})


def fit_weights(files: Sequence[Path], out: Path) -> dict[str, object]:
    """Fit the interpolation weights on folds of the genre texts that their genre model has not seen."""
    columns: list[list[list[float]]] = [[], [], []]
    for fold in range(FOLDS):
        with tempfile.TemporaryDirectory() as name:
            models = Path(name)
            seen = [f for i, f in enumerate(files) if i % FOLDS != fold]
            held = [f for i, f in enumerate(files) if i % FOLDS == fold][::2]
            known = train(paragraphs(seen), GENRE_PRUNING, models / "genre.klm")
            known = sorted({*known, *(out / "symbols.txt").read_text(encoding="utf-8").split("\n")[:-1]})
            index = {symbol: i for i, symbol in enumerate(known)}
            decoder = _native.Decoder([str(out / "general.klm"), str(models / "genre.klm")], known)
            for line in paragraphs(held):
                sequence = [index[symbol] for symbol in symbols(line) if symbol in index]
                if len(sequence) >= SHORTEST:
                    for column, part in zip(columns, decoder.score(sequence), strict=True):
                        column.append(part)
    joined = [np.concatenate(column) for column in columns]
    overall, rows = fit_weight_rows(np.array(joined[:2], dtype=np.float64), joined[2].astype(int), decoder.buckets)
    overall, rows = ((1 - EVEN) * fitted + EVEN / 2 for fitted in (overall, rows))
    return {"overall": overall.round(4).tolist(), "rows": rows.round(4).tolist()}


@contextmanager
def models_of_half(files: Sequence[Path], models: Path) -> Iterator[Path]:
    """Give a copy of a models folder whose genre model knows every second one of *files*, while it is needed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in models.iterdir():
            if file.name != "genre.klm":
                shutil.copy(file, folder)
        train(paragraphs(files[::2]), GENRE_PRUNING, folder / "genre.klm")
        yield folder


def main() -> None:
    """Train what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("genre", type=Path, nargs="+")
    parser.add_argument("--general", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=ROOT / "models")
    arguments = parser.parse_args()
    files = texts_of(arguments.genre)
    table = arguments.out / "symbols.txt"
    known = set(table.read_text(encoding="utf-8").split("\n")[:-1]) if table.exists() else set()
    known |= set(train(paragraphs(files), GENRE_PRUNING, arguments.out / "genre.klm"))
    if arguments.general:
        known |= set(train(archive_lines(arguments.general), GENERAL_PRUNING, arguments.out / "general.klm"))
    table.write_text("".join(symbol + "\n" for symbol in sorted(known)), encoding="utf-8")
    weights = json.dumps(fit_weights(files, arguments.out))
    (arguments.out / "weights.json").write_text(weights + "\n", encoding="utf-8")
    pairs.write(arguments.out)


if __name__ == "__main__":
    main()

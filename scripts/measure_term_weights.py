"""Measure what a user's list is worth by the weights that its terms are remembered with.

    python -m scripts.measure_term_weights gov_text.txt.xz --documents 8 --listed 3 10 30 100 300
    python -m scripts.measure_term_weights gov_text.txt.xz --absent report.txt --listed 3 10 30 100 300

Documents and lists are those of scripts/measure_own_terms.py: half of a document's own names and all of four others.
They lose what a code cut loses, with exact counts and with gaps as spaces. The first weight is that of each term in the
decoder's cache (USER_WEIGHT), the second that of each place where one fits (USER_FITS). With --absent one report is
restored with 2,000 names that do not stand in it: what a list costs that is of no use.
"""

from __future__ import annotations

import argparse
import lzma
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline import Settings, filling, restore
from pipeline.vocabulary import matching
from scripts.damage import Trace, damage
from scripts.measure_own_terms import LINES, OTHERS, names_of
from scripts.scoring import CUT

CHARACTERS = 2000
LEAST_NAMES = 8
ABSENT = 2000

Score = dict[str, list[int]]


def beginning(text: str) -> str:
    """Return the first whole lines of a text, about ``CHARACTERS`` characters."""
    end = text.find("\n", CHARACTERS)
    return text[: end + 1] if end >= 0 else text


def cases(lines: Sequence[str], count: int, skip: int) -> list[tuple[str, list[str], list[str]]]:
    """Return documents, each with the list of its user and the names of its own in it."""
    documents = [beginning("\n".join(lines[at : at + LINES]) + "\n") for at in range(0, len(lines), LINES)]
    names = [names_of(document.splitlines()) for document in documents]
    usable = [at for at, own in enumerate(names) if len(own) >= LEAST_NAMES]
    generator = random.Random(5)
    generator.shuffle(usable)
    found = []
    for at in usable[skip : skip + count]:
        own = sorted(generator.sample(sorted(names[at]), len(names[at]) // 2))
        others = [names[other] for other in generator.sample(usable, OTHERS) if other != at]
        found.append((documents[at], sorted({*own, *(name for other in others for name in other)}), own))
    return found


def absent(lines: Sequence[str], text: str) -> list[str]:
    """Return names that do not stand in a text."""
    names = sorted(name for name in names_of(lines) if name not in text)
    return sorted(random.Random(5).sample(names, min(ABSENT, len(names))))


def scored(text: str, own: Sequence[str], trace: Trace, settings: Settings) -> Score:
    """Return right and all lost characters of a text, the same of its listed names, right and all accepted ones."""
    lost = damage(text, CUT.loses, trace, random.Random(1))
    named = [False] * len(text)
    for name in own:
        at = text.find(name)
        while at >= 0:
            named[at : at + len(name)] = [True] * len(name)
            at = text.find(name, at + 1)
    gone = [at for at, char in enumerate(text) if CUT.loses(char)]
    score = {"all": [0, len(gone)], "names": [0, sum(named[at] for at in gone)], "accepted": [0, 0]}
    for edit in restore(lost.text, settings).edits:
        if edit.before.strip(" □") or not edit.after:
            continue
        first = lost.origin[edit.start - 1] + 1 if edit.start else 0
        behind = lost.origin[edit.end] if edit.end < len(lost.origin) else len(text)
        due = [at for at in range(first, behind) if CUT.loses(text[at])]
        accepted = edit.status == "accepted"
        score["accepted"][1] += accepted * len(edit.after)
        for at, char in zip(due, edit.after, strict=False) if len(due) == len(edit.after) else ():
            right = char == text[at]
            score["all"][0] += right
            score["names"][0] += right and named[at]
            score["accepted"][0] += right and accepted
    return score


def restored(case: tuple[str, list[str], list[str]], trace: Trace, use: bool) -> Score:
    """Score a document, with its user's list if that is of *use*."""
    text, listed, own = case
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("\n".join(listed))
        file.flush()
        return scored(text, own, trace, Settings(vocabulary=Path(file.name) if use else None))


def main() -> None:
    """Print a row for each pair of weights: shares right of all lost characters, of listed names, of accepted ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--documents", type=int, default=8)
    parser.add_argument("--skip", type=int, default=0, help="documents to pass over: a fresh set")
    parser.add_argument("--absent", type=Path, help="a report to restore with names that it has not")
    parser.add_argument("--listed", type=float, nargs="+", default=[filling.USER_WEIGHT])
    parser.add_argument("--fitting", type=float, nargs="+", default=[matching.USER_FITS])
    parser.add_argument("--traces", nargs="+", choices=("exact", "gapped"), default=["exact", "gapped"])
    options = parser.parse_args()
    with lzma.open(options.text, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    if options.absent is not None:
        report = options.absent.read_text(encoding="utf-8")
        chosen = [(beginning(report), absent(lines, report), [])]
    else:
        chosen = cases(lines, options.documents, options.skip)
    pairs = [(listed, fitting) for fitting in options.fitting for listed in options.listed]
    for trace in options.traces:
        for pair in [None, *pairs]:
            if pair is not None:
                filling.USER_WEIGHT, matching.USER_FITS = pair
            total = {"all": [0, 0], "names": [0, 0], "accepted": [0, 0]}
            for case in chosen:
                for key, counts in restored(case, trace, pair is not None).items():
                    total[key] = [a + b for a, b in zip(total[key], counts, strict=True)]
            shares = "  ".join(
                f"{key} {right / max(1, places):.4f} of {places}" for key, (right, places) in total.items()
            )
            print(f"{trace:8}{'no list' if pair is None else f'{pair[0]:g} / {pair[1]:g}':12}{shares}", flush=True)


if __name__ == "__main__":
    main()

"""Measure how often a user's term that fits a hole is right: the chances of pipeline/decision/own_terms.py.

    python -m scripts.measure_own_terms gov_text.txt.xz --documents 300

Every 60 lines of the text are a document. Its names are what stands between punctuation and ends as names of bodies,
places and campaigns do. The user lists half of them, and all those of four other documents: the names of the other half
are what else may stand in a hole. A tenth of the characters is lost, in runs; once they are counted, once not.
"""

from __future__ import annotations

import argparse
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipeline.damage.hypotheses import is_han
from pipeline.decision.own_terms import Fit, OwnTerms, decisive
from pipeline.holes import Hole, Part
from pipeline.language.normalise import tokenise

LINES = 60
OTHERS = 4
LOST, GOES_ON = 0.1, 0.35
"""Share of characters at which a run of losses begins, and chance that it goes on with the next one."""

_ENDS = "县|镇|乡|村|社区|街道|局|办公室|中心|站|行动|工程|馆|学校|医院|公司|园区|基地|委员会|办法|平台"
_NAME = re.compile(
    rf"(?:(?<=[，。、；：（“《在由与和及对向从到])|^)([\u4e00-\u9fff]{{2,9}}?(?:{_ENDS}))(?=[，。、；：）”》在由与和及对的等]|$)"
)
_NO_NAME = re.compile("[的了在和与是为等各全我本该有及]")


def names_of(lines: Sequence[str]) -> set[str]:
    """Return what looks like a name in the lines of a document."""
    return {name for line in lines for name in _NAME.findall(line) if not _NO_NAME.search(name)}


def damaged(line: str, counted: bool, generator: random.Random) -> tuple[list[Part], dict[int, str]]:
    """Return the parts of a line that lost characters, and what each hole held, by its start."""
    tokens = [token for token in tokenise(line) if token.kind == "text"]
    parts: list[Part] = []
    truth: dict[int, str] = {}
    run: list[str] = []
    for at in range(len(tokens) + 1):
        here = at < len(tokens) and is_han(tokens[at].symbol)
        if here and generator.random() < (GOES_ON if run else LOST):
            run.append(tokens[at].symbol)
            continue
        if run:
            size, start = len(run), at - len(run)
            parts.append(Hole(start, at, size, size, "exact") if counted else Hole(start, at, 1, 8, "run"))
            truth[start] = "".join(run)
            run = []
        if at < len(tokens):
            parts.append(tokens[at])
    return parts, truth


def main() -> None:
    """Print for every kind of fit how often it was right, beside its chance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--documents", type=int, default=60)
    options = parser.parse_args()
    with lzma.open(options.text, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    documents = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    names = [names_of(document) for document in documents]
    generator = random.Random(5)
    usable = [at for at, own in enumerate(names) if len(own) >= OTHERS]
    generator.shuffle(usable)
    tally: dict[tuple[str, str, int, float], list[int]] = defaultdict(lambda: [0, 0])
    for counted in (True, False):
        for at in usable[: options.documents]:
            listed = set(generator.sample(sorted(names[at]), len(names[at]) // 2))
            listed.update(*(names[other] for other in generator.sample(usable, OTHERS) if other != at))
            own = OwnTerms(listed)
            for line in documents[at]:
                parts, truth = damaged(line, counted, generator)
                ways: dict[int, list[tuple[Fit, str]]] = defaultdict(list)
                for fit in own.fits(parts, lambda hole, char: True):
                    for hole, text in fit.supplied:
                        ways[hole.start].append((fit, text))
                for start, found in ways.items():
                    if (chosen := decisive(found)) is not None:
                        fit, text = chosen
                        key = "counted" if counted else "not", fit.part, min(sum(fit.seen), 5), fit.chance
                        tally[key][0] += text == truth[start]
                        tally[key][1] += 1
    print(f"{'holes':9}{'part':8}{'seen':>5}{'places':>8}{'right':>7}{'chance':>8}")
    for (holes, part, seen, chance), (right, places) in sorted(tally.items()):
        print(f"{holes:9}{part:8}{seen:5}{places:8}{right / places:7.2f}{chance:8.2f}")
    places = sum(number for _, number in tally.values())
    promised = sum(key[3] * number for key, (_, number) in tally.items())
    print(f"right {sum(right for right, _ in tally.values())}, promised {promised:.0f} of {places}")


if __name__ == "__main__":
    main()

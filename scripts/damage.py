"""Seeded damage with known truth: code cuts or random glyph sets; exact counts, gaps as spaces, or no trace at all."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.damage.hypotheses import ORDERS, Cut, is_han
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN

Trace = Literal["exact", "run", "gapped", "collapsed"]
PUNCTUATION = "，。、；：！？“”《》〔〕（）() "


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged text. ``origin[i]`` is the offset in ``truth`` that character i of ``text`` was taken from."""

    text: str
    truth: str
    origin: tuple[int, ...]

    def lost_at(self, start: int, end: int) -> str:
        """Return what was lost where ``text[start:end]`` stands: all between the kept characters around it."""
        before = self.origin[start - 1] + 1 if start else 0
        behind = self.origin[end] if end < len(self.origin) else len(self.truth)
        return "".join(self.truth[before:behind].split())


def random_cut(generator: random.Random) -> Cut:
    """Return a cut in a random order that loses something between a tenth and two thirds of common characters."""
    order = generator.choice(sorted(ORDERS))
    code = ORDERS[order]
    common = sorted(
        c for c in map(code, "的一国在人了有中是年和大业不为发会工经上地市要出行民建方面理务政府信息公开") if c
    )
    side = generator.choice(("above", "below"))
    return Cut(order, side, common[generator.randrange(len(common) // 3, 2 * len(common) // 3)])


def random_set(text: str, generator: random.Random) -> Callable[[str], bool]:
    """Return a test for a random set of the text's characters that holds 10 to 60 per cent of its mass."""
    counts = Counter(filter(is_han, text))
    kinds = sorted(counts)
    generator.shuffle(kinds)
    target = generator.uniform(0.1, 0.6) * counts.total()
    lost: set[str] = set()
    mass = 0
    for kind in kinds:
        if mass >= target:
            break
        lost.add(kind)
        mass += counts[kind]
    return lost.__contains__


def damage(truth: str, loses: Callable[[str], bool], trace: Trace, generator: random.Random) -> Damaged:
    """Take the lost characters out of *truth* and leave the given trace.

    A gapped text shows a run as one space, but four of ten runs beside punctuation or a line's edge as nothing.
    """
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    while at < len(truth):
        if not loses(truth[at]):
            pieces.append(truth[at])
            origin.append(at)
            at += 1
            continue
        end = at
        while end < len(truth) and loses(truth[end]):
            end += 1
        around = (truth[at - 1] if at else "\n") + (truth[end] if end < len(truth) else "\n")
        sign = ""
        if trace == "exact":
            sign = HOLE_ONE * (end - at)
        elif trace == "run":
            sign = HOLE_RUN
        elif trace == "gapped" and not (any(c in PUNCTUATION + "\n" for c in around) and generator.random() < 0.4):
            sign = " "
        pieces.append(sign)
        origin.extend(range(at, end) if trace == "exact" else [at] * len(sign))
        at = end
    return Damaged("".join(pieces), truth, tuple(origin))

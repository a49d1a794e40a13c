"""From readings to edits: calibrated probability, then accept, suggest or leave open."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.edits import Edit, Status
from pipeline.holes import Hole
from pipeline.infill.readings import Reading
from pipeline.profile import read_profile
from pipeline.settings import Settings

NEGATIONS = frozenset("不未非无没否勿")
"""They turn a sentence round: no evidence from language decides them."""

NUMERALS = frozenset("零一二三四五六七八九十百千万亿两")
"""Numbers are not decided by language either, but for set terms."""

BEARING_OUT = tuple(f"vocabulary:{kind}:" for kind in ("formula", "policy", "law", "document", "institution", "user"))
"""Set terms that hold such a character as a matter of course: 进一步 states no number."""

CALIBRATION = Path(__file__).with_name("calibration.json")


@cache
def _coefficients(engine: str) -> dict[str, list[float]]:
    data: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return {kind: [float(v) for v in values] for kind, values in data["coefficients"][engine].items()}


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def ease(readings: Sequence[Reading]) -> float:
    """Return how sure a document's readings are on average, 0 to 1: much lost text makes every reading less right."""
    return sum(reading.text_share for reading in readings) / max(1, len(readings))


def features(reading: Reading, document_ease: float) -> list[float]:
    """Describe a reading for calibration.

    Constant, log odds of the text (also squared), of its length and of the readings around it, share of seen
    characters around it (also squared, and times the odds), number of characters, fluency, ease of the document,
    whether the vocabulary or a parallel passage bears it out, and the log odds by each language model alone.
    """
    odds = _logit(reading.text_share)
    return [
        1.0,
        odds,
        odds * abs(odds) / 10,
        _logit(reading.length_share),
        _logit(reading.context),
        reading.seen,
        reading.seen**2,
        reading.seen * odds,
        math.log(max(1, len(reading.text))),
        reading.fluency,
        document_ease,
        document_ease * odds,
        float(any(w.startswith("vocabulary:") for w in reading.witnesses)),
        float(any(w.startswith(("document:", "reference:")) for w in reading.witnesses)),
        *map(_logit, reading.model_shares),
    ]


def kind_of(reading: Reading) -> str:
    """Return the row of coefficients: is the count known, is the gap seen, or is it guessed?"""
    if reading.hole.kind == "exact":
        return "exact"
    return "untraced" if reading.hole.start == reading.hole.end else "gap"


def probability(reading: Reading, document_ease: float) -> float:
    """Calibrated probability that the whole reading is right (logistic regression, scripts/calibrate.py)."""
    coefficients = _coefficients("both" if reading.heard else "ngram")[kind_of(reading)]
    z = sum(weight * value for weight, value in zip(coefficients, features(reading, document_ease), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def decide(text: str, readings: Sequence[Reading], settings: Settings, damage: Callable[[Hole], str]) -> list[Edit]:
    """Return one edit for each reading and each hole left open.

    Holes without a trace whose best reading is "nothing missing" yield no edit.

    Args:
        text: the document.
        readings: of its holes.
        settings: the run's settings.
        damage: says of a hole what its font lost, for people.
    """
    edits: list[Edit] = []
    document_ease = ease([reading for reading in readings if not reading.known])
    profile = read_profile(settings.profile)
    for reading in readings:
        first = last = reading.hole
        before = text[first.start : last.end]
        if not reading.text:
            continue
        evidence = [f"hole:{first.kind}", f"damage:{damage(first)}", *reading.witnesses]
        if reading.known:
            chance = reading.known
        else:
            chance = profile.recalibrated(probability(reading, document_ease), kind_of(reading))
            evidence.insert(2, "language:character 6-gram" + ", neural witness" * reading.heard)
        status: Status = (
            "accepted" if chance >= settings.accept else "suggested" if chance >= settings.suggest else "open"
        )
        if status == "accepted" and not _may_be_accepted(reading):
            status = "suggested"
            evidence.append("policy:numerals and negations are not accepted on language evidence alone")
        kind = "missing" if before else "untraced"
        alternatives = _alternatives(reading, chance)
        edits.append(
            Edit(first.start, last.end, before, reading.text, kind, tuple(evidence), chance, alternatives, status)
        )
    return edits


def _may_be_accepted(reading: Reading) -> bool:
    """Negations never; numerals only inside a set term that holds them. Items that are counted and own terms always."""
    if reading.known:
        return True
    supplied = set(reading.text)
    if supplied & NEGATIONS:
        return False
    if not supplied & NUMERALS:
        return True
    return any(w.startswith(BEARING_OUT) and reading.text in w.rsplit(":", 1)[1] for w in reading.witnesses)


def _alternatives(reading: Reading, chance: float) -> tuple[tuple[str, float], ...]:
    """Return the best other fillings with their probabilities; "" means nothing is missing.

    They stand to the reading's as their shares do, and share at most what it leaves: a reading that is doubtful for its
    surroundings does not make another filling of the same hole sure. None is likelier than the reading: it was read
    with its whole sentence, they were weighed with the rest of that sentence standing, and where the two differed on a
    held-out report the reading was right six times, the other twice.
    """
    others = [(text, share) for text, share in reading.fillings if text != reading.text]
    total = sum(share for _, share in others) or 1.0
    scale = (1 - chance) / total
    if most := max(reading.text_share, *(share for _, share in others), 0.0):
        scale = min(scale, chance / most)
    return tuple((text, round(scale * share, 4)) for text, share in others[:5])

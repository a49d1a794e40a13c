"""From readings to edits: calibrated probability, then accept, suggest or leave open."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from pipeline.edits import Edit, Status
from pipeline.infill.decode import Reading
from pipeline.settings import Settings

NEVER_ALONE = frozenset("不未非无没否勿零一二三四五六七八九十百千万亿两")
"""Negations and numerals: language evidence alone never decides them."""

CALIBRATION = Path(__file__).with_name("calibration.json")


@cache
def _coefficients() -> dict[str, list[float]]:
    data: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return {kind: [float(v) for v in values] for kind, values in data["coefficients"].items()}


class Evidence(Protocol):
    """Says what else speaks for a reading."""

    def of(self, reading: Reading) -> list[str]:
        """Return evidence strings."""


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def features(reading: Reading) -> list[float]:
    """Describe a reading for calibration.

    Constant, log odds of the text, of its length and of the readings around it, share of seen characters around it,
    number of characters, fluency.
    """
    return [
        1.0,
        _logit(reading.text_share),
        _logit(reading.length_share),
        _logit(reading.context),
        reading.seen,
        math.log(max(1, len(reading.text))),
        reading.fluency,
    ]


def probability(reading: Reading) -> float:
    """Calibrated probability that the whole reading is right (logistic regression, scripts/calibrate.py)."""
    kind = "exact" if reading.hole.kind == "exact" else "unknown"
    z = sum(weight * value for weight, value in zip(_coefficients()[kind], features(reading), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def decide(text: str, readings: Sequence[Reading], settings: Settings, damage: str, witnesses: Evidence) -> list[Edit]:
    """Return one edit for each reading and each hole left open.

    Holes without a trace whose best reading is "nothing missing" yield no edit.
    """
    edits: list[Edit] = []
    for reading in readings:
        first = last = reading.hole
        before = text[first.start : last.end]
        if not reading.text:
            continue
        chance = probability(reading)
        evidence = [f"hole:{first.kind}", f"damage:{damage}", "language:character 6-gram", *witnesses.of(reading)]
        status: Status = (
            "accepted" if chance >= settings.accept else "suggested" if chance >= settings.suggest else "open"
        )
        if status == "accepted" and NEVER_ALONE & set(reading.text):
            status = "suggested"
            evidence.append("policy:numerals and negations are not accepted on language evidence alone")
        kind = "missing" if before else "untraced"
        alternatives = _alternatives(reading, chance)
        edits.append(
            Edit(first.start, last.end, before, reading.text, kind, tuple(evidence), chance, alternatives, status)
        )
    return edits


def _alternatives(reading: Reading, chance: float) -> tuple[tuple[str, float], ...]:
    """Return the best other fillings with what probability the reading leaves them; "" means nothing is missing."""
    others = [(text, share) for text, share in reading.fillings if text != reading.text]
    total = sum(share for _, share in others) or 1.0
    return tuple((text, round((1 - chance) * share / total, 4)) for text, share in others[:5])

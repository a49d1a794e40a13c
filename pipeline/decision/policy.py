"""From readings to edits: calibrated probability, then accept, suggest or leave open."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

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


def features(reading: Reading) -> list[float]:
    """Describe a reading for calibration: constant, weakest and mean local log odds, length agreement, log length."""
    odds = [math.log(max(c.local, 1e-6) / max(1 - c.local, 1e-6)) for c in reading.characters]
    margin = math.log(max(reading.length_margin, 1e-4) / max(1.0001 - reading.length_margin, 1e-4))
    return [1.0, min(odds), sum(odds) / len(odds), margin, math.log(len(odds))]


def probability(reading: Reading) -> float:
    """Calibrated probability that the whole reading is right (logistic regression, scripts/calibrate.py)."""
    kind = "exact" if reading.hole.kind == "exact" else "unknown"
    z = sum(weight * value for weight, value in zip(_coefficients()[kind], features(reading), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def decide(text: str, readings: Sequence[Reading], settings: Settings, damage: str) -> list[Edit]:
    """Return one edit for each reading and each hole left open.

    Holes without a trace whose best reading is "nothing missing" yield no edit. Runs of □ that touch are one edit.
    """
    edits: list[Edit] = []
    for group in _joined(readings):
        first, last = group[0].hole, group[-1].hole
        before = text[first.start : last.end]
        reading = Reading(
            first,
            tuple(char for part in group for char in part.characters),
            min(part.length_margin for part in group),
        )
        if not reading.characters:
            continue
        chance = probability(reading)
        evidence = [f"hole:{first.kind}", f"damage:{damage}", "language:character 6-gram"]
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


def _joined(readings: Sequence[Reading]) -> list[list[Reading]]:
    groups: list[list[Reading]] = []
    for reading in readings:
        hole = reading.hole
        if (
            groups
            and hole.kind == "exact"
            and groups[-1][-1].hole.kind == "exact"
            and groups[-1][-1].hole.end == hole.start
        ):
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return groups


def _alternatives(reading: Reading, chance: float) -> tuple[tuple[str, float], ...]:
    """Readings that differ in one character, best first, with what probability the best one leaves them."""
    texts: dict[str, float] = {}
    for position, char in enumerate(reading.characters):
        for text, local in char.alternatives:
            if text != char.text:
                other = reading.text[:position] + text + reading.text[position + 1 :]
                texts[other] = max(texts.get(other, 0.0), local)
    total = sum(texts.values()) or 1.0
    ranked = sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:5]
    return tuple((text, round((1 - chance) * weight / total, 4)) for text, weight in ranked)

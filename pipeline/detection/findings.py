"""What the rules on ordinary damage have in common: how a finding becomes an edit."""

from __future__ import annotations

from dataclasses import replace

from pipeline.edits import Edit, Status
from pipeline.settings import Settings

SURE = 0.98
"""Probability of a repair that grammar and document leave no choice about; scripts/check_rules.py counts what such
repairs do to clean text."""

LIKELY = 0.7
"""Probability of a repair that fits, where another reading is not excluded."""

POSSIBLE = 0.4
"""Probability of a repair that is one among several."""


def finding(
    text: str,
    span: tuple[int, int],
    after: str,
    kind: str,
    *evidence: str,
    probability: float = LIKELY,
    alternatives: tuple[tuple[str, float], ...] = (),
) -> Edit:
    """Return an edit of the span of *text*; the settings decide later what becomes of it (``judged``)."""
    start, end = span
    before = text[start:end]
    return Edit(start, end, before, after, kind, evidence, probability, alternatives, "suggested")


def flag(text: str, span: tuple[int, int], kind: str, *evidence: str) -> Edit:
    """Return an open edit that proposes nothing: what stands there cannot be right or contradicts something."""
    start, end = span
    before = text[start:end]
    return Edit(start, end, before, before, kind, evidence, 0.0, (), "open")


def judged(edit: Edit, settings: Settings) -> Edit:
    """Return *edit* with the status that its probability has under the run's settings; a flag stays open."""
    status: Status = "open"
    if edit.after != edit.before and edit.probability >= settings.suggest:
        status = "accepted" if edit.probability >= settings.alter else "suggested"
    return replace(edit, status=status)

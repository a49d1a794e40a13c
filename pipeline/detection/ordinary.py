"""Ordinary damage: every rule that finds and repairs it, in the order in which their edits take precedence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from pipeline.damage.inference import DamageModel
from pipeline.detection import (
    brackets,
    contacts,
    dates,
    mojibake,
    numbering,
    numbers,
    slips,
    spaces,
    titles,
    widths,
    wraps,
)
from pipeline.detection.findings import judged
from pipeline.detection.source import Source
from pipeline.detection.witnesses import DocumentWitnesses
from pipeline.edits import Edit, settle, switched_on
from pipeline.settings import Settings

OWN_WITNESSES = frozenset({"join", "spacing", "width", "date", "number", "title", "cut_off", "label"})
"""Kinds whose rules ask for witnesses themselves, or that no passage bears out."""

Rule = Callable[[Source], Iterable[Edit]]

RULES: tuple[Rule, ...] = (
    mojibake.find,
    dates.find,
    numbers.find,
    contacts.find,
    numbering.find,
    brackets.find,
    titles.find,
    slips.find,
    wraps.find,
    spaces.find,
    widths.find,
)


def ordinary_damage(text: str, damage: DamageModel, settings: Settings) -> list[Edit]:
    """Return the edits of ordinary damage, without overlaps, judged by the run's settings.

    Args:
        text: the document.
        damage: what was inferred of it; where its font lost characters, spaces and line ends are holes.
        settings: the run's settings; kinds that are off yield nothing.
    """
    source = Source(text, damage, settings.models)
    found = [[judged(edit, settings) for edit in switched_on(rule(source), settings.off)] for rule in RULES]
    return with_witnesses(settle(*found), source.witnesses)


def with_witnesses(edits: Iterable[Edit], witnesses: DocumentWitnesses) -> list[Edit]:
    """Add to edits of characters what the same passage elsewhere in the document says of them."""
    return [
        replace(edit, evidence=(*edit.evidence, *told)) if (told := _told(edit, witnesses)) else edit for edit in edits
    ]


def _told(edit: Edit, witnesses: DocumentWitnesses) -> list[str]:
    return [] if edit.kind in OWN_WITNESSES else [e for e in witnesses.of_edit(edit) if e not in edit.evidence]

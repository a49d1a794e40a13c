"""Misread characters of a document: found, weighed, and turned into edits."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pipeline.decision.misread import decide_misread, ranked, standing, surroundings
from pipeline.detection._native import MisreadOptions
from pipeline.detection.doubts import Doubt, Offers
from pipeline.detection.garble import Garble, garble
from pipeline.detection.medium import DECLARED, typed_odds, witnesses
from pipeline.detection.misreadings import SHAPE, SOUND, Misreadings, Sequences, misreadings
from pipeline.edits import Edit, Status
from pipeline.holes import Hole, Line, Part
from pipeline.profile import Profile, read_profile
from pipeline.settings import Settings
from pipeline.vocabulary.terms import vocabulary

_ROW = re.compile(r"(?m)^[ \t]*\|.*\|[ \t\r]*$|^[^\r\n]*\t[^\r\n]*\r?$")
"""A row of a table in a text: Markdown, or cells with tabs between them."""

Medium = Literal["read", "typed"]
"""How a text came about: read from a page by an engine, or typed by somebody."""


SHORT = 1000
"""Symbols of a text that has few witnesses: all its doubtful cells tell whether it was typed. In longer ones only those
that cost most do, since trying sounds at all the others would double the time of the whole search."""


def readable(parts: Sequence[Part], lines: Sequence[Line]) -> list[Part]:
    """Return the parts of a paragraph with each damaged line as one hole: too little of it is left to judge by."""
    kept: list[Part] = []
    starts = [line.start for line in lines]
    for part in parts:
        line = lines[bisect.bisect_right(starts, part.start) - 1]
        if line.kind == "whole":
            kept.append(part)
        elif not kept or kept[-1].start != line.start or not isinstance(kept[-1], Hole):
            kept.append(Hole(line.start, line.end, 1, 1, "run"))
    return kept


def doubts_of(
    search: Misreadings,
    document: Sequences,
    medium: Medium | None,
    offers: Offers | None = None,
    line_ends: Sequence[int] = (),
) -> tuple[list[Doubt], float]:
    """Return the doubtful cells of a document, and the log10 odds that its errors were typed.

    Characters that sound alike compete only where the document is said to be typed, or its own errors show it.

    Args:
        search: looks for them.
        document: as the models read it.
        medium: how the text came about, or None where nobody says.
        offers: an engine's readings.
        line_ends: offsets at which lines end.
    """
    if medium is not None:
        table, odds = (SOUND, DECLARED) if medium == "typed" else (SHAPE, -DECLARED)
        return search.find(document, table, offers, line_ends), odds
    short = len(document) < SHORT
    limits = MisreadOptions()
    seen, heard = search.search(document, [(SHAPE, limits), (SOUND, limits if short else witnesses())], offers)
    odds = typed_odds(heard, seen, all_tell=short)
    if odds > 0 and not short:
        (heard,) = search.search(document, [(SOUND, limits)], offers)
    return search.describe(document, heard if odds > 0 else seen, offers, line_ends), odds


def with_learnt(text: str, offers: Offers | None, profile: Profile) -> Offers | None:
    """Return an engine's readings with those that the user's decisions know of the same character."""
    if not profile.confusions:
        return offers
    added = {at: ((seen, 1.0), *profile.confusions[seen]) for at, seen in enumerate(text) if seen in profile.confusions}
    for at in added.keys() & (offers or {}).keys():
        chances = {char: chance for char, chance in reversed(added[at])}
        for char, chance in (offers or {})[at]:
            chances[char] = max(chance, chances.get(char, 0.0)) if char != text[at] else chance
        added[at] = tuple(sorted(chances.items(), key=lambda item: (-item[1], item[0])))
    return {**(offers or {}), **added}


def as_learnt(edit: Edit, offers: Offers | None, profile: Profile, settings: Settings) -> Edit:
    """Return an edit with the probability that the user's decisions bear out, and the profile among its evidence.

    It may lose its acceptance by that, not gain it: acceptance rests on more than the probability.
    """
    if not profile.facts:
        return edit
    evidence = edit.evidence
    if not offers or edit.start not in offers:  # the offer was the profile's, not an engine's
        evidence = tuple(sign for sign in evidence if not sign.startswith("engine:"))
    known = dict(profile.confusions.get(edit.before, ()))
    if edit.after in known:
        evidence = (*evidence, f"profile:{edit.before}/{edit.after}:{known[edit.after]:.2f}")
    chance = profile.recalibrated(edit.probability, "misread")
    status: Status = "suggested" if edit.status == "accepted" and chance < settings.alter else edit.status
    less = min(1.0, chance / edit.probability) if edit.probability else 1.0
    others = ranked([(t, p * less) for t, p in edit.alternatives if t != edit.before], edit.before, chance)
    evidence = tuple(sign for sign in evidence if not sign.startswith("likelier as it stands:"))
    evidence = (*evidence, *standing(edit.before, chance, others))
    return replace(edit, evidence=evidence, probability=chance, alternatives=others, status=status)


def correct(
    text: str,
    paragraphs: Sequence[tuple[Sequence[Line], Sequence[Part]]],
    settings: Settings,
    offers: Offers | None = None,
    pages: Mapping[int, int] | None = None,
    medium: Medium | None = None,
) -> tuple[list[Edit], Garble]:
    """Return the edits of misread characters, and how garbled the document is.

    On a page that should be scanned again nothing is accepted: the context is misread too.

    Args:
        text: the document.
        paragraphs: lines and parts of each paragraph.
        settings: the run's settings.
        offers: an engine's readings with their probabilities, by offset in the text.
        pages: page number by offset; all is page 1 where it is not given.
        medium: how the text came about, or None where its errors have to tell.
    """
    pages = pages or {}
    sound = [
        list(parts) if all(line.kind == "whole" for line in lines) else readable(parts, lines)
        for lines, parts in paragraphs
    ]
    ends = [line.end for lines, _ in paragraphs for line in lines[:-1]]
    search = misreadings(settings.models)
    document = search.read(sound)
    profile = read_profile(settings.profile)
    doubts, odds = doubts_of(search, document, medium, with_learnt(text, offers, profile), ends)
    around = surroundings(doubts, text, odds)
    edits = decide_misread(text, doubts, around, vocabulary(settings.vocabulary, profile.terms), accept=settings.alter)
    edits = [as_learnt(edit, offers, profile, settings) for edit in edits]
    rows = () if pages else [m.span() for m in _ROW.finditer(text)]  # what was typed in cells is no garbled prose
    garbled = garble(search, document, pages, frozenset(at for start, end in rows for at in range(start, end)))
    bad = set(garbled.rescan)
    if bad:
        edits = [
            replace(edit, status="suggested", evidence=(*edit.evidence, "garbled page"))
            if edit.status == "accepted" and pages.get(edit.start, 1) in bad
            else edit
            for edit in edits
        ]
    return edits, garbled

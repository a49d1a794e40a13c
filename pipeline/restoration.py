"""The way of a text: infer damage, find holes, infill, decide."""

from __future__ import annotations

import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.correction import correct
from pipeline.damage.inference import DamageModel, infer
from pipeline.decision.misread import KIND as MISREAD
from pipeline.decision.policy import decide
from pipeline.detection.garble import Garble
from pipeline.detection.holes import Line, Part, paragraph_parts
from pipeline.detection.misreadings import Offers
from pipeline.document import PAGE_SUFFIXES, Place
from pipeline.edits import Edit, apply
from pipeline.errors import FileAccessError
from pipeline.infill.decode import Infill, Reading
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.reading import ocr_xml
from pipeline.reading.text import decode
from pipeline.settings import Settings
from pipeline.vocabulary.matching import Match, Matcher, confirmed, confirmed_names, names
from pipeline.vocabulary.parallels import REFERENCE_WEIGHT, Witnesses, read_references, read_text
from pipeline.vocabulary.terms import USER, USER_WEIGHT, vocabulary

if TYPE_CHECKING:
    from pipeline.reading.pages import Scan

_PDFIUM = Lock()
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_HEADING = re.compile(r"^\s*(?:#|\*\*|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十0-9]+[)）]|[0-9]+[.、．])")


@dataclass(frozen=True, slots=True)
class Restoration:
    """A restored document.

    Attributes:
        original: the text as it came in.
        text: the restored text, by the run's ``fill``.
        marked: the same with supplied text between ⟦ and ⟧.
        edits: every edit, whatever its status.
        damage: the inferred damage model.
        weights: interpolation weights of the language models (empty when nothing was missing).
        seconds: time of the restoration.
        encoding: what the input was read with.
        readings: what the decoder said of every filled hole, before the decision.
        places: where each character of ``original`` lies on its page; empty for text input.
        garble: how garbled the document and its pages are, and which to scan again.
    """

    original: str
    text: str
    marked: str
    edits: tuple[Edit, ...]
    damage: DamageModel
    weights: tuple[float, ...]
    seconds: float
    encoding: str = "str"
    readings: tuple[Reading, ...] = field(default=(), repr=False)
    places: tuple[Place | None, ...] = field(default=(), repr=False)
    garble: Garble = field(default_factory=lambda: Garble(None, {}), repr=False)


def restore(source: str | Path, settings: Settings | None = None) -> Restoration:
    """Restore a text (``str``), or a text file, page image or PDF (``Path``).

    Raises:
        UnreadableInputError: the file is empty or not text.
        FileAccessError: the file cannot be read.
        MissingDependencyError: a model is missing.
    """
    settings = settings or Settings()
    encoding = "str"
    if isinstance(source, Path) and source.suffix.lower() in PAGE_SUFFIXES:
        from pipeline.reading.pages import read_scan  # OpenCV and an engine, not needed for text

        began = time.perf_counter()
        # PDFium is not thread-safe; other pages are read in parallel.
        with _PDFIUM if source.suffix.lower() == ".pdf" else nullcontext():
            scan = read_scan(source, settings.ocr)
        result = restore_scan(scan, settings)
        return replace(result, seconds=time.perf_counter() - began)
    if isinstance(source, Path):
        try:
            data = source.read_bytes()
        except OSError as error:
            raise FileAccessError(f"{source}: {error.strerror}.", "Check the path and its permissions.") from error
        if ocr_xml.is_ocr(source, data):
            source, encoding = ocr_xml.text_of(ocr_xml.read(data, str(source))), "ocr"
        else:
            source, encoding = decode(data, str(source))
    return _restore_text(source, settings, encoding)


def _restore_text(
    source: str,
    settings: Settings,
    encoding: str,
    offers: Offers | None = None,
    places: tuple[Place | None, ...] = (),
) -> Restoration:
    """Restore a text; *offers* are an engine's readings of its characters, by offset, *places* where they lie."""
    began = time.perf_counter()
    spans = [m.span() for m in _LINE.finditer(source) if m.group()]
    contents = [source[start:end].rstrip("\r\n") for start, end in spans]
    damage = infer(contents, models.han_frequency(settings.models))
    lines = [
        Line(start, start + len(content), kind, start + onset)
        for (start, _), content, kind, onset in zip(spans, contents, damage.lines, damage.onsets, strict=True)
    ]
    edits: list[Edit] = []
    readings: list[Reading] = []
    weights: tuple[float, ...] = ()
    garbled = Garble(None, {})
    groups = _paragraphs(source, lines)
    paragraphs = [paragraph_parts(source, group) for group in groups]
    if damage.cut is not None or HOLE_ONE in source or HOLE_RUN in source:
        whole = [
            content
            for content, line in zip(contents, lines, strict=True)
            if line.kind == "whole" and HOLE_ONE not in content and HOLE_RUN not in content
        ]
        terms = vocabulary(settings.vocabulary)
        references = read_references(settings.references)
        remembered = [(line, REFERENCE_WEIGHT) for reference in references for line in reference.lines]
        remembered += [(term.text, USER_WEIGHT) for term in terms.terms.values() if term.category == USER]
        matcher = Matcher(terms, damage.cut) if damage.cut is not None else None
        fitting = matcher.fitting(paragraphs) if matcher else []
        infill = Infill(source, whole, damage.cut, settings, [*remembered, *names(fitting)])
        weights = infill.weights
        readings = infill.decode(paragraphs)
        if matcher and (sure := confirmed(fitting, read_text(source, readings)[0])):
            readings = _read_again(infill, matcher, sure, paragraphs, readings)
        witnesses = Witnesses(source, readings, terms, references)
        readings = [replace(reading, witnesses=tuple(witnesses.of(reading))) for reading in readings]
        edits = decide(source, readings, settings, str(damage.cut or "nothing systematic"))
    if settings.misreadings:
        pages = {at: place.page for at, place in enumerate(places) if place is not None}
        found, garbled = correct(source, list(zip(groups, paragraphs, strict=True)), settings, offers, pages)
        edits += found
        edits.sort(key=lambda edit: (edit.start, edit.end))
    # A hole is better filled by a guess than not at all; a character that can be read is not exchanged for a guess.
    best = settings.fill == "best"
    chosen = [edit for edit in edits if edit.status == "accepted" or (best and edit.kind != MISREAD)]
    marked = apply(source, chosen, mark=True)
    text = marked if settings.mark else apply(source, chosen)
    seconds = time.perf_counter() - began
    return Restoration(
        source, text, marked, tuple(edits), damage, weights, seconds, encoding, tuple(readings), places, garbled
    )


def restore_scan(scan: Scan, settings: Settings) -> Restoration:
    """Restore pages that have been read."""
    return _restore_text(scan.text, settings, settings.ocr, scan.offers, scan.places)


def _read_again(
    infill: Infill, matcher: Matcher, sure: list[Match], paragraphs: list[list[Part]], readings: list[Reading]
) -> list[Reading]:
    """Read the paragraphs once more in which a confirmed name may stand: one name is read alike everywhere."""
    infill.remember(confirmed_names(sure))
    wanted = {match.term.text for match in sure}
    again = [p for p in paragraphs if any(match.term.text in wanted for match in matcher.fitting([p]))]
    replaced = {id(part) for parts in again for part in parts}
    kept = [reading for reading in readings if id(reading.hole) not in replaced]
    return sorted([*kept, *infill.decode(again)], key=lambda r: (r.hole.start, r.hole.end))


def _paragraphs(text: str, lines: list[Line]) -> list[list[Line]]:
    """Group lines that are read on: a blank line, a heading or a table row starts anew."""
    groups: list[list[Line]] = []
    fresh = True
    for line in lines:
        content = text[line.start : line.end]
        if not content.strip():
            fresh = True
            continue
        standing_alone = bool(_HEADING.match(content)) or "\t" in content
        if fresh or standing_alone or not groups:
            groups.append([line])
        else:
            groups[-1].append(line)
        fresh = "\t" in content
    return groups

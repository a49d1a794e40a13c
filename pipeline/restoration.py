"""The way of a text: infer damage, find holes, infill, decide, look for ordinary damage."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.correction import Medium
from pipeline.damage.inference import DamageModel
from pipeline.damage.regions import infer_regions
from pipeline.detection.doubts import Offers
from pipeline.detection.findings import judged
from pipeline.detection.garble import Garble
from pipeline.detection.ordinary import ordinary_damage
from pipeline.document import LAID_OUT_SUFFIXES, Place
from pipeline.edits import Edit, apply, beside, carried_out, settle, switched_on
from pipeline.errors import FileAccessError
from pipeline.infill.readings import Reading
from pipeline.language import models
from pipeline.line_ends import with_doubts, with_told_ends
from pipeline.marks import without_specks
from pipeline.places import Places
from pipeline.reading.source import read_source
from pipeline.settings import Settings
from pipeline.vocabulary.forms.restoring import Forms, restore_forms
from pipeline.vocabulary.scanner import Scanner
from pipeline.vocabulary.terms import vocabulary
from pipeline.volumes import read_volumes, volumes_of

if TYPE_CHECKING:
    from pipeline.reading.scan import Scan

_PDFIUM = Lock()
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


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
        encoding: what the input was read with: of plain text its encoding, else ``str``, ``ocr``, ``html``, ``docx`` or
            the engine's name.
        readings: what the decoder said of every filled hole, before the decision; none where there are several volumes.
        places: where each character of ``original`` lies on its page; empty for text input.
        tables: the document's tables, the forms they follow, and the sums that do not hold.
        terms: the user's terms that stand in the document, with how often.
        pages: what is to be said of each page: number, source, reason, notes; empty for text input.
        failures: numbers of pages that could not be read, and why; None for a part of a file without pages.
        crops: pictures of printed lines, PNG data URIs, each with the offset in ``original`` that its line begins at.
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
    places: Places = field(default_factory=Places, repr=False)
    tables: Forms | None = field(default=None, repr=False)
    terms: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    pages: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    failures: tuple[tuple[int | None, str], ...] = ()
    crops: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    garble: Garble = field(default_factory=lambda: Garble(None, {}), repr=False)


def restore(source: str | Path, settings: Settings | None = None, places: Sequence[Place | None] = ()) -> Restoration:
    """Restore a text (``str``), or a text file, page image, PDF or OFD (``Path``).

    Args:
        source: the text or the file.
        settings: how to restore it.
        places: of each character of a text that was read from pages; equal glyphs among them get equal readings.

    Raises:
        UnreadableInputError: the file is empty or not text.
        FileAccessError: the file cannot be read.
        MissingDependencyError: a model is missing.
    """
    settings = settings or Settings()
    encoding = "str"
    damaged: tuple[str, ...] = ()
    if isinstance(source, Path) and source.suffix.lower() in LAID_OUT_SUFFIXES:
        from pipeline.reading import pages  # OpenCV and an engine, not needed for text

        began = time.perf_counter()
        # PDFium is not thread-safe; other pages are read in parallel.
        with _PDFIUM if source.suffix.lower() == ".pdf" else nullcontext():
            scan = pages.read_scan(source, settings)
        result = restore_scan(scan, settings)
        return replace(result, seconds=time.perf_counter() - began)
    if isinstance(source, Path):
        try:
            data = source.read_bytes()
        except OSError as error:
            raise FileAccessError(f"{source}: {error.strerror}.", "Check the path and its permissions.") from error
        name = str(source)
        source, encoding, damaged = read_source(data, name)
        if encoding == "ocr":
            from pipeline.reading import ocr_xml  # lxml is not needed for plain text

            places = ocr_xml.places_of(ocr_xml.read(data, name))
    result = _restore_text(source, settings, encoding, places)
    return replace(result, failures=tuple((None, message) for message in damaged)) if damaged else result


def _restore_text(
    source: str,
    settings: Settings,
    encoding: str,
    places: Sequence[Place | None] = (),
    offers: Offers | None = None,
    *,
    counted: Mapping[int, float] | None = None,
) -> Restoration:
    """Restore a text.

    Args:
        source: the text.
        settings: how to restore it.
        encoding: what it was read with.
        places: where its characters lie.
        offers: what an engine took each for, by offset.
        counted: the text comes from pages on which missing characters were counted, its lines are paragraphs. Where the
            language told how many are missing at the end of a line: the chance that it is right, by the offset of the
            first of them.
    """
    began = time.perf_counter()
    places = places if isinstance(places, Places) else Places(places)
    spans = [m.span() for m in _LINE.finditer(source) if m.group()]
    contents = [source[start:end].rstrip("\r\n") for start, end in spans]
    damage = infer_regions(contents, _fonts(spans, places), models.han_frequency(settings.models))
    medium: Medium | None = "read" if any(places) or offers or encoding == "ocr" else None
    if settings.pinyin_confusions is not None:
        medium = "typed" if settings.pinyin_confusions else "read"
    volumes = volumes_of(spans, contents, damage, places, counted=counted is not None)
    filled, misread, garbled = read_volumes(source, volumes, settings, places, offers, medium)
    damage = replace(damage, glyph_set=filled.glyph_set)
    holes = switched_on(with_doubts(filled.edits, counted or {}, settings), settings.off)
    tables = restore_forms(source, damage.cut)
    labels = [judged(edit, settings) for edit in switched_on(tables.labels, settings.off)]
    if labels:
        holes = tables.leaves(holes)
    edits = settle(labels, holes, ordinary_damage(source, damage, settings), switched_on(misread, settings.off))
    chosen = [edit for edit in edits if carried_out(edit, settings.fill)]
    marked = apply(source, chosen, mark=True)
    text = marked if settings.mark else apply(source, chosen)
    return Restoration(
        source,
        text,
        marked,
        tuple(edits),
        damage,
        filled.weights,
        time.perf_counter() - began,
        encoding,
        filled.readings,
        places,
        tables=tables,
        terms=_users_terms(source, settings),
        garble=garbled,
    )


def _users_terms(text: str, settings: Settings) -> tuple[tuple[str, int], ...]:
    """Return the terms of the user's list that stand in the text, with how often, the most frequent first."""
    if settings.vocabulary is None:
        return ()
    listed = vocabulary(settings.vocabulary)
    own = [listed.terms[term] for term in listed.own]
    counts = Counter(found.term.text for found in Scanner(own).find(text))
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def restore_scan(scan: Scan, settings: Settings) -> Restoration:
    """Restore pages that have been read."""
    from pipeline.reading import pages  # as above

    scan = with_told_ends(without_specks(scan, settings), settings)
    result = _restore_text(scan.text, settings, settings.ocr, scan.places, scan.offers, counted=scan.counted)
    pictures = switched_on(pages.picture_edits(scan), settings.off)
    return replace(
        result,
        edits=beside(result.edits, pictures, len(scan.text)),
        pages=pages.page_notes(scan),
        failures=scan.failures,
        crops=scan.crops,
    )


def _fonts(spans: Sequence[tuple[int, int]], places: Sequence[Place | None]) -> list[str]:
    """Return the font of most characters of each line; empty for text that comes from no page."""
    fonts = []
    for start, end in spans:
        counts = Counter(place.font for place in places[start:end] if place)
        fonts.append(counts.most_common(1)[0][0] if counts else "")
    return fonts

"""The way of a text: infer damage, find holes, infill, decide."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.damage.inference import DamageModel, infer
from pipeline.decision.policy import decide
from pipeline.detection.holes import Line, paragraph_parts
from pipeline.edits import Edit, apply
from pipeline.errors import FileAccessError
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.reading import ocr_xml
from pipeline.reading.text import decode
from pipeline.settings import Settings

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
    """

    original: str
    text: str
    marked: str
    edits: tuple[Edit, ...]
    damage: DamageModel
    weights: tuple[float, ...]
    seconds: float
    encoding: str = "str"


def restore(source: str | Path, settings: Settings | None = None) -> Restoration:
    """Restore a text (``str``) or a text file (``Path``).

    Raises:
        UnreadableInputError: the file is empty or not text.
        FileAccessError: the file cannot be read.
        MissingDependencyError: a model is missing.
    """
    settings = settings or Settings()
    encoding = "str"
    if isinstance(source, Path):
        try:
            data = source.read_bytes()
        except OSError as error:
            raise FileAccessError(f"{source}: {error.strerror}.", "Check the path and its permissions.") from error
        if ocr_xml.is_ocr(source, data):
            source, encoding = ocr_xml.text_of(ocr_xml.read(data, str(source))), "ocr"
        else:
            source, encoding = decode(data, str(source))
    began = time.perf_counter()
    spans = [m.span() for m in _LINE.finditer(source) if m.group()]
    contents = [source[start:end].rstrip("\r\n") for start, end in spans]
    damage = infer(contents, models.han_frequency(settings.models))
    lines = [
        Line(start, start + len(content), kind)
        for (start, _), content, kind in zip(spans, contents, damage.lines, strict=True)
    ]
    edits: list[Edit] = []
    weights: tuple[float, ...] = ()
    if damage.cut is not None or HOLE_ONE in source or HOLE_RUN in source:
        from pipeline.infill.decode import Infill  # loads the models: only where there is something to fill

        paragraphs = [paragraph_parts(source, group) for group in _paragraphs(source, lines)]
        whole = [c for c, line in zip(contents, lines, strict=True) if line.kind == "whole"]
        infill = Infill(source, whole, damage.cut, settings)
        weights = infill.weights
        readings = infill.decode(paragraphs)
        edits = decide(source, readings, settings, str(damage.cut or "nothing systematic"))
    chosen = [edit for edit in edits if edit.status == "accepted" or settings.fill == "best"]
    marked = apply(source, chosen, mark=True)
    text = marked if settings.mark else apply(source, chosen)
    seconds = time.perf_counter() - began
    return Restoration(source, text, marked, tuple(edits), damage, weights, seconds, encoding)


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

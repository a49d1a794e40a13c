"""Read hOCR, ALTO and PAGE as other tools write them (Tesseract, kraken, OCR-D).

The parser resolves no entities and opens no network connection; a document that is too deep or too large is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from unicodedata import east_asian_width

from lxml import etree, html

from pipeline.document import Place
from pipeline.errors import UnreadableInputError
from pipeline.reading.elements import outermost

_BBOX = re.compile(r"\bbbox\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})")
_POINT = re.compile(r"(-?\d{1,9}),(-?\d{1,9})")

LEAST_SPACE = 0.75
"""Width from which white between Chinese characters is a space, in heights of the line: a lost character leaves a whole
cell, and Tesseract's boxes miss their characters by up to half of one."""

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A line of an OCR result; ``page`` counts from 1, ``box`` is left, top, right, bottom in pixels or None."""

    page: int
    text: str
    box: Rectangle | None


def read(data: bytes, source: str) -> list[OcrLine]:
    """Return the lines of an hOCR, ALTO or PAGE file.

    Raises:
        UnreadableInputError: it is none of these, or not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if b"ocr_page" not in data:
            raise UnreadableInputError(f"{source}: {error.msg}.", "Give hOCR, ALTO or PAGE.") from error
        # hOCR may be HTML that is not XML; this parser knows HTML's own entities only and loads nothing.
        try:
            lenient = html.HTMLParser(no_network=True, encoding="utf-8", huge_tree=True)
            root = html.document_fromstring(data, parser=lenient)
        except etree.ParserError as empty:
            raise UnreadableInputError(f"{source}: {empty}.", "Give hOCR, ALTO or PAGE.") from empty
        if lost := next((entry for entry in lenient.error_log if entry.level == etree.ErrorLevels.FATAL), None):
            raise UnreadableInputError(f"{source}: {lost.message.strip()}.", "Give hOCR, ALTO or PAGE.") from error
    kind = etree.QName(root).localname
    if kind == "alto":
        return list(_alto(root))
    if kind == "PcGts":
        return list(_page(root))
    if kind == "html":
        return list(_hocr(root))
    raise UnreadableInputError(f"{source}: <{kind}> is not hOCR, ALTO or PAGE.", "Give one of these.")


def text_of(lines: list[OcrLine]) -> str:
    """Return the text of *lines*, a line each, in reading order."""
    return "\n".join(line.text for line in lines)


def places_of(lines: list[OcrLine]) -> list[Place | None]:
    """Return where each character of ``text_of`` lies: a line's box shared out, half a part to a narrow character.

    A line without a box has no places; nor have line ends.
    """
    places: list[Place | None] = []
    for line in lines:
        places += [None] * bool(places or line is not lines[0])
        if line.box is None:
            places += [None] * len(line.text)
            continue
        left, top, right, bottom = line.box
        parts = [0, *accumulate(2 if east_asian_width(character) in "WFA" else 1 for character in line.text)]
        edges = [left + (right - left) * part // max(parts[-1], 1) for part in parts]
        places += [Place(line.page, (a, top, b, bottom)) for a, b in pairwise(edges)]
    return places


def _wide(character: str) -> bool:
    return east_asian_width(character) in "WF"


def _collapse(text: str) -> str:
    """Take out white space that is the file's own indentation: between wide characters all, elsewhere one space stays.

    White space without a line end is text: in a damaged document it may be all that is left of a character.
    """

    def joint(match: re.Match[str]) -> str:
        before, behind = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
        return "" if not before or not behind or (_wide(before) and _wide(behind)) else " "

    return re.sub(r"(?<![ \t])[ \t]*[\r\n]\s*", joint, text)


def _of_class(*names: str) -> Callable[[etree._Element], bool]:
    return lambda element: not set(names).isdisjoint((element.get("class") or "").split())


def _named(name: str) -> Callable[[etree._Element], bool]:
    return lambda element: isinstance(element.tag, str) and etree.QName(element).localname == name


def _hocr(root: etree._Element) -> Iterator[OcrLine]:
    of_line = _of_class("ocr_line", "ocrx_line", "ocr_header", "ocr_caption", "ocr_textfloat")
    for number, page in enumerate(outermost(root, _of_class("ocr_page")), 1):
        for line in outermost(page, of_line):
            match = _BBOX.search(line.get("title", ""))
            box = (int(match[1]), int(match[2]), int(match[3]), int(match[4])) if match else None
            yield OcrLine(number, _collapse("".join(line.itertext())), box)


def _alto(root: etree._Element) -> Iterator[OcrLine]:
    for number, page in enumerate(outermost(root, _named("Page")), 1):
        for line in outermost(page, _named("TextLine")):
            parts: list[str] = []
            children = [c for c in line if isinstance(c.tag, str)]
            height = _number(line, "HEIGHT") or 0.0
            for at, child in enumerate(children):
                tag = etree.QName(child).localname
                if tag in ("String", "HYP"):
                    parts.append(child.get("CONTENT", ""))
                elif tag == "SP":
                    behind = children[at + 1].get("CONTENT", "") if at + 1 < len(children) else ""
                    wide = parts and parts[-1] and behind and _wide(parts[-1][-1]) and _wide(behind[0])
                    # Tesseract writes SP between all words, also where Chinese has no space.
                    if not wide or (_number(child, "WIDTH") or 0.0) >= LEAST_SPACE * height > 0:
                        parts.append(" ")
            yield OcrLine(number, "".join(parts), _alto_box(line))


def _alto_box(element: etree._Element) -> Rectangle | None:
    values = [_number(element, name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(value is None for value in values):
        return None
    left, top, width, height = (round(value) for value in values if value is not None)
    return left, top, left + width, top + height


def _number(element: etree._Element, name: str) -> float | None:
    """Return a measure of an element, or None where it has none or one that is no length."""
    try:
        value = float(element.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _in_reading_order(page: etree._Element) -> list[etree._Element]:
    """Return the text lines of a PAGE page, by region as its ReadingOrder says; what it leaves out comes last."""
    refs = page.iterfind("{*}ReadingOrder//*[@regionRef]")
    rank = {ref.get("regionRef"): number for number, ref in reversed(list(enumerate(refs)))}

    def place(line: etree._Element) -> int:
        around = (rank[region.get("id")] for region in line.iterancestors() if region.get("id") in rank)
        return next(around, len(rank))

    return sorted(page.iterfind(".//{*}TextLine"), key=place)


def _page(root: etree._Element) -> Iterator[OcrLine]:
    for number, page in enumerate(root.iterfind("{*}Page"), 1):
        for line in _in_reading_order(page):
            text = _equiv(line)
            if text is None:
                text = _joined(_word(word) for word in line.iterfind("{*}Word"))
            points = _POINT.findall("".join(c.get("points", "") + " " for c in line.iterfind("{*}Coords")))
            xs, ys = [int(x) for x, _ in points], [int(y) for _, y in points]
            yield OcrLine(number, text, (min(xs), min(ys), max(xs), max(ys)) if points else None)


def _word(word: etree._Element) -> str:
    """Return the text of a PAGE word, where only its glyphs have some, theirs."""
    text = _equiv(word)
    return "".join(_equiv(glyph) or "" for glyph in word.iterfind("{*}Glyph")) if text is None else text


def _joined(words: Iterable[str]) -> str:
    """Join words with spaces, but for those that Chinese knows none between."""
    line = ""
    for word in words:
        if word:
            line += word if not line or (_wide(line[-1]) and _wide(word[0])) else f" {word}"
    return line


def _equiv(element: etree._Element) -> str | None:
    """Return the first reading of a PAGE element: that of the lowest index."""
    readings = sorted(element.iterfind("{*}TextEquiv"), key=lambda equiv: _number(equiv, "index") or 0.0)
    for reading in readings:
        return reading.findtext("{*}Unicode") or ""
    return None

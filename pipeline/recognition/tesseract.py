"""Tesseract as a second engine, all lines of a page in one run, a line an image (page segmentation mode 7), chi_sim."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytesseract
from lxml import etree, html

from pipeline.errors import MissingDependencyError, UnreadableInputError
from pipeline.imaging.loading import Image
from pipeline.recognition.engine import Seen

_LANGUAGE = "chi_sim"
_PADDING = 12

_CONFIG = "--psm 7 -c hocr_char_boxes=1"
_BOX = re.compile(r"x_bboxes (-?\d+) -?\d+ (-?\d+) -?\d+")
_CERTAINTY = re.compile(r"x_conf ([\d.]+)")
_REJECTED = "~"


class Tesseract:
    """Tesseract through pytesseract."""

    def __init__(self) -> None:
        # Several OpenMP threads stall on small lines.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        try:
            languages = pytesseract.get_languages()
        except pytesseract.TesseractNotFoundError as error:
            raise MissingDependencyError("Tesseract is missing.", "apt-get install tesseract-ocr.") from error
        if _LANGUAGE not in languages:
            raise MissingDependencyError("Tesseract lacks chi_sim.", "apt-get install tesseract-ocr-chi-sim.")

    def read(self, lines: Sequence[Image]) -> list[list[Seen]]:
        """Read lines; see ``Engine.read``.

        Raises:
            UnreadableInputError: Tesseract fails on them.
        """
        if not lines:
            return []
        with tempfile.TemporaryDirectory(prefix="buque-") as folder:
            names = []
            for number, line in enumerate(lines):
                padded = cv2.copyMakeBorder(line, *(_PADDING,) * 4, cv2.BORDER_CONSTANT, value=255)
                names.append(str(Path(folder, f"{number}.png")))
                cv2.imwrite(names[-1], padded)
            index = Path(folder, "lines.txt")
            index.write_text("\n".join(names), encoding="utf-8")
            try:
                result = pytesseract.image_to_pdf_or_hocr(str(index), lang=_LANGUAGE, config=_CONFIG, extension="hocr")
            except pytesseract.TesseractError as error:
                raise UnreadableInputError(f"Tesseract fails: {error}.", "Use --ocr rapidocr.") from error
        data = result if isinstance(result, bytes) else result.encode()
        root = html.document_fromstring(data, parser=html.HTMLParser(no_network=True, encoding="utf-8"))
        pages = root.xpath("//*[@class='ocr_page']")
        if len(pages) != len(lines):
            raise UnreadableInputError("Tesseract left lines out.", "Use --ocr rapidocr.")
        return [_seen(page) for page in pages]


def _seen(page: etree._Element) -> list[Seen]:
    seen = []
    for place in page.xpath(".//*[@class='ocrx_cinfo']"):
        text = "".join(place.itertext()).strip()
        title = place.get("title", "")
        box, certainty = _BOX.search(title), _CERTAINTY.search(title)
        if box is None or not text or text == _REJECTED:
            continue
        probability = min(1.0, float(certainty[1]) / 100) if certainty else 0.0
        # Several code points may share a box: a ligature, or two digits.
        width = (int(box[2]) - int(box[1])) / len(text)
        for at, character in enumerate(text):
            centre = int(box[1]) + (at + 0.5) * width - _PADDING
            seen.append(Seen(character, centre, ((character, probability),)))
    return seen

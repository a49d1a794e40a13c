"""Tesseract as a second engine, a line at a time (page segmentation mode 7), with the model chi_sim."""

from __future__ import annotations

import os
from collections.abc import Sequence

import cv2
import numpy as np
import pytesseract

from pipeline.errors import MissingDependencyError
from pipeline.imaging.loading import Image
from pipeline.recognition.engine import Seen

_LANGUAGE = "chi_sim"
_PADDING = 12
_CERTAINTY = 0.9
"""Stands in for a probability, which Tesseract's box output does not have; not measured."""


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
        """Read lines one by one; see ``Engine.read``."""
        return [self._line(line) for line in lines]

    def _line(self, line: Image) -> list[Seen]:
        padded = cv2.copyMakeBorder(line, *(_PADDING,) * 4, cv2.BORDER_CONSTANT, value=255)
        boxes = pytesseract.image_to_boxes(np.asarray(padded), lang=_LANGUAGE, config="--psm 7")
        seen = []
        for row in boxes.splitlines():
            fields = row.split(" ")
            if len(fields) != 6 or not fields[0].strip() or fields[0] == "~":  # ~ stands for what it rejected
                continue
            centre = (int(fields[1]) + int(fields[3])) / 2 - _PADDING
            seen.append(Seen(fields[0], centre, ((fields[0], _CERTAINTY),)))
        return sorted(seen, key=lambda character: character.centre)

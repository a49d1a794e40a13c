"""The recogniser bundled with RapidOCR (PP-OCRv6 small), run by ONNX Runtime.

RapidOCR's own call returns the best reading only. The model is a CTC network: every step of 8 columns has a probability
for each character, so places and alternatives are read from its output here. Nothing is ever downloaded.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from pipeline.errors import MissingDependencyError
from pipeline.imaging.loading import Image
from pipeline.recognition.engine import Seen

MODEL = "PP-OCRv6_rec_small.onnx"
_HEIGHT = 48
_STEP = 8
_SQUEEZE = 0.6
"""Share of a line's width that is given to the model: it reads as well down to 0.55, worse from 0.45, in the less time.

On 14 laboratory scans, 9,600 characters: 111 errors at 0.75, 109 at 0.65, 107 at 0.55, 116 at 0.45; on 13 others 107
at 1 and 105 at 0.65.
"""

_DOUBTFUL = 0.85
"""Probability of a character under which its line is read once more in full width.

On 16 scans with lost glyphs, 6,078 characters: without 0.31 % errors, from 0.8 0.23 % in 12 % more time, from 0.92
0.25 % in 22 % more.
"""

_SMOOTHING = 0.7
"""Blur of lines that are enlarged, pixels: a scanner's noise would be enlarged with them.

On 8 poor scans in 10.5 and 12 pt, 8,800 characters: 237 errors without, 213 with it; on 8 others at 150 dpi 0.32 and
0.29 %, on their clean pages 0.12 % both.
"""

_ALTERNATIVES = 5
_LEAST_PROBABILITY = 0.01


def model_path() -> Path:
    """Return the path of the bundled model.

    Raises:
        MissingDependencyError: RapidOCR, or the model in it, is not there.
    """
    spec = importlib.util.find_spec("rapidocr")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / MODEL
        if path.is_file():
            return path
    raise MissingDependencyError("RapidOCR's recognition model is missing.", "Run make setup.")


class Rapid:
    """RapidOCR's line recogniser on one thread."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
        characters = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        classes = self._session.get_outputs()[0].shape[-1]
        # Class 0 is CTC's blank, the last one the space.
        self._symbols = ["", *characters[: classes - 2], " "]
        self._input = self._session.get_inputs()[0].name

    def read(self, lines: Sequence[Image]) -> list[list[Seen]]:
        """Read lines one by one, which takes less time than batches with their padding; see ``Engine.read``.

        A line is read narrow first, and where that leaves doubt, in its full width too; the surer reading is kept.
        """
        results = []
        for line in lines:
            seen = self.read_at(line, _SQUEEZE)
            if any(read.alternatives[0][1] < _DOUBTFUL for read in seen):
                seen = max(seen, self.read_at(line, 1.0), key=_sureness)
            results.append(seen)
        return results

    def read_at(self, line: Image, squeeze: float) -> list[Seen]:
        """Read a line whose width is squeezed to a share of what its height asks for."""
        scaled = _scaled(line, squeeze)
        # White behind the line up to a whole step.
        width = -(-scaled.shape[1] // _STEP) * _STEP
        image = np.ones((1, 3, _HEIGHT, width), np.float32)
        image[0, :, :, : scaled.shape[1]] = scaled.astype(np.float32) / 127.5 - 1
        steps = self._session.run(None, {self._input: image})[0][0]
        return self._decode(steps, width / len(steps) * line.shape[1] / scaled.shape[1])

    def _decode(self, steps: npt.NDArray[np.float32], columns: float) -> list[Seen]:
        """Read the best path; *steps* has shape (steps, classes), a step is *columns* wide in the line's image."""
        best = steps.argmax(1)
        seen: list[Seen] = []
        start = 0
        while start < len(best):
            end = start + 1
            while end < len(best) and best[end] == best[start]:
                end += 1
            symbol = self._symbols[best[start]]
            if symbol.strip():
                # The sharpest step speaks for the character: others share their mass with the blank.
                peak = steps[start + int(steps[start:end, best[start]].argmax())]
                likely = np.argpartition(peak, -_ALTERNATIVES)[-_ALTERNATIVES:]
                ranked = sorted(((float(peak[i]), self._symbols[i]) for i in likely), reverse=True)
                alternatives = tuple((s, p) for p, s in ranked if s.strip() and p >= _LEAST_PROBABILITY)
                seen.append(Seen(symbol, (start + end) / 2 * columns, alternatives or ((symbol, 0.0),)))
            start = end
        return seen


def _sureness(seen: Sequence[Seen]) -> float:
    """Return the mean natural log of the probabilities of a reading; of nothing, less than that of any other."""
    if not seen:
        return -math.inf
    return sum(math.log(max(read.alternatives[0][1], _LEAST_PROBABILITY)) for read in seen) / len(seen)


def _scaled(line: Image, squeeze: float) -> Image:
    """Scale a line to the model's height, its characters narrower."""
    width = max(1, round(line.shape[1] * squeeze * _HEIGHT / line.shape[0]))
    shrinks = line.shape[0] > _HEIGHT
    if line.shape[0] < _HEIGHT:
        line = cv2.GaussianBlur(line, (0, 0), _SMOOTHING).astype(np.uint8)
    scaled: Image = cv2.resize(line, (width, _HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return scaled

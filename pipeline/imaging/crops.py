"""Lines as small pictures, to be shown beside their text."""

from __future__ import annotations

import base64
import io
import zlib

import cv2
import numpy as np
import PIL.Image

from pipeline.imaging.loading import Image

_HEIGHT = 36
_GREYS = 8
_MARGIN = 0.62
"""Half the height of a picture, pitches."""


def line_picture(page: Image, left: float, right: float, middle: float, pitch: float) -> str:
    """Return a line of a straight page, BGR or grey, as a PNG data URI, 36 pixels high, in 8 greys.

    Args:
        page: shape (height, width) or (height, width, 3).
        left: first column of the line; half a pitch is added on both sides.
        right: last column.
        middle: row of the line's middle.
        pitch: width of a full-width cell, pixels.
    """
    top, bottom = max(0, round(middle - _MARGIN * pitch)), round(middle + _MARGIN * pitch)
    crop = page[top:bottom, max(0, round(left - pitch / 2)) : round(right + pitch / 2)]
    if not crop.size:
        return ""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY) if crop.ndim == 3 else crop
    width = max(1, round(grey.shape[1] * _HEIGHT / grey.shape[0]))
    small = cv2.resize(grey, (width, _HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = np.round(small * ((_GREYS - 1) / 255)).astype(np.uint8)
    picture = PIL.Image.fromarray(steps).convert("P")
    picture.putpalette([shade for step in range(_GREYS) for shade in (step * 255 // (_GREYS - 1),) * 3])
    file = io.BytesIO()
    # Runs of one grey alone are packed in a twentieth of the time of level 9, and no worse.
    picture.save(file, "PNG", bits=3, compress_type=zlib.Z_RLE)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")

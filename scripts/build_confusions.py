"""Compute which characters are taken for each other: pipeline/detection/data/confusions.tsv.

    python -m scripts.build_confusions [--out FILE]

Two sources, both the project's own. Glyphs of every character are rendered in several fonts and compared, by their
blurred ink and by histograms of stroke directions (Dalal and Triggs 2005), which forgive small shifts. The recogniser
then reads every glyph alone, smeared and noisy, and says what else it may be. Fonts: Debian packages
fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp, fonts-wqy-zenhei, fonts-wqy-microhei, fonts-noto-cjk.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image, ImageDraw, ImageFont

from pipeline.damage.hypotheses import is_han
from pipeline.detection.confusions import CONFUSIONS, LEVEL, Confusions, write
from pipeline.language import models
from pipeline.recognition.rapid import model_path
from pipeline.settings import Settings

Floats = npt.NDArray[np.float32]

FONTS = (
    ("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
    ("/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
)
"""Files and faces; the recogniser reads the first READ_FONTS of them, the printed styles of official documents."""
READ_FONTS = 3
SIDE = 48
KEPT = 16
"""Look-alikes kept of each character."""
COMMON = 4500
"""Characters, commonest first, that a misread one may truly be."""
PART_LOSS = 0.05
"""What a differing radical takes from the similarity of two characters; as SHARPNESS."""
SHARPNESS = 18.0
"""How fast the chance falls with similarity; fitted by ``--fit`` on what the recogniser takes for each other."""
OCR_SHARE = 0.5
"""Weight of the recogniser's own confusions against glyph similarity."""


def characters() -> list[str]:
    """Return the Han characters of GB2312 and those that the models know, in code order."""
    gb = {bytes((a, b)).decode("gb2312", "ignore") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF)}
    known = set(models.symbols(Settings().models))
    return sorted(c for c in gb | known if len(c) == 1 and is_han(c))


def glyphs(chars: Sequence[str], font: tuple[str, int]) -> Floats:
    """Render each character in a square of SIDE pixels, ink 1; shape [characters][SIDE][SIDE]."""
    face = ImageFont.truetype(font[0], size=SIDE - 4, index=font[1])
    out = np.zeros((len(chars), SIDE, SIDE), np.float32)
    for i, char in enumerate(chars):
        image = Image.new("L", (SIDE, SIDE), 0)
        ImageDraw.Draw(image).text((SIDE / 2, SIDE - 7), char, font=face, fill=255, anchor="ms")
        out[i] = np.asarray(image, np.float32) / 255
    return out


def _unit(rows: Floats) -> Floats:
    rows = rows - rows.mean(1, keepdims=True)
    return (rows / np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))).astype(np.float32)


def ink(images: Floats) -> Floats:
    """Describe glyphs by their blurred ink: unit vectors."""
    return _unit(np.stack([cv2.resize(cv2.GaussianBlur(g, (0, 0), 2.0), (24, 24)).ravel() for g in images]))


def strokes(images: Floats) -> Floats:
    """Describe glyphs by the directions of their strokes in 8 x 8 overlapping squares: unit vectors."""
    rows = []
    for image in images:
        dx, dy = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
        size, angle = np.hypot(dx, dy), np.arctan2(dy, dx) % np.pi
        parts = []
        for k in range(6):
            near = np.maximum(0, 1 - np.abs((angle / np.pi * 6 - k + 3) % 6 - 3))
            parts.append(cv2.resize(cv2.GaussianBlur(size * near, (0, 0), 3.0), (8, 8), interpolation=cv2.INTER_AREA))
        rows.append(np.concatenate([p.ravel() for p in parts]))
    return _unit(np.sqrt(np.stack(rows)))


def parts(images: Floats) -> list[Floats]:
    """Describe the ink of each glyph, whole and without a radical at one side, stretched to one size."""
    low, inner, outer = int(0.3 * SIDE), int(0.4 * SIDE), int(0.6 * SIDE)
    corner = images[:, : int(0.8 * SIDE), low:]
    crops = [images, images[:, :, inner:], corner, images[:, inner:, :], images[:, :, :outer]]
    return [ink(np.stack([_stretched(crop) for crop in part])) for part in crops]


def _stretched(image: Floats) -> Floats:
    """Cut a part to its ink and stretch it to a square of SIDE pixels."""
    rows, columns = np.flatnonzero(image.max(1) > 0.3), np.flatnonzero(image.max(0) > 0.3)
    if not len(rows) or not len(columns):
        return np.zeros((SIDE, SIDE), np.float32)
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def similarity(chars: Sequence[str], fonts: Sequence[tuple[str, int]]) -> Floats:
    """Return the mean similarity of each pair over the fonts, 0 to 1; shape [characters][characters].

    A pair that shares all but a radical counts as similar too: what differs is small print.
    """
    total = np.zeros((len(chars), len(chars)), np.float32)
    shared = np.zeros_like(total)
    for font in fonts:
        images = glyphs(chars, font)
        for described in (ink(images), strokes(images)):
            total += described @ described.T
        crops = parts(images)
        pairs = [(a, b) for i, a in enumerate(crops) for b in crops[i:] if b is not crops[0]]
        best = np.full_like(total, -1)
        for a, b in pairs:
            alike = a @ b.T
            np.maximum(best, np.maximum(alike, alike.T), out=best)
        shared += best
    return np.maximum(total / (2 * len(fonts)), shared / len(fonts) - PART_LOSS)


def readings(chars: Sequence[str], fonts: Sequence[tuple[str, int]], seed: int) -> Floats:
    """Return P(read | printed) of the recogniser on smeared single glyphs; shape [printed][read], rows below one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
    classes = ["", *session.get_modelmeta().custom_metadata_map["character"].split("\n")]
    place = {c: i for i, c in enumerate(chars)}
    pairs = [(k, place[c]) for k, c in enumerate(classes) if c in place]
    taken, given = np.array([k for k, _ in pairs]), np.array([i for _, i in pairs])
    generator = np.random.default_rng(seed)
    total = np.zeros((len(chars), len(chars)), np.float32)
    for font in fonts:
        images = glyphs(chars, font)
        for first in range(0, len(chars), 32):
            batch = []
            for image in images[first : first + 32]:
                size = int(generator.integers(13, 21))
                small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
                small = cv2.GaussianBlur(small, (0, 0), generator.uniform(0.4, 0.9))
                small = small * generator.uniform(0.6, 1.0) + generator.normal(0, 0.08, small.shape)
                line = np.zeros((48, 80), np.float32)
                line[:, 16:64] = cv2.resize(small.astype(np.float32), (48, 48), interpolation=cv2.INTER_CUBIC)
                batch.append(np.repeat((1 - 2 * np.clip(line, 0, 1))[None], 3, 0))
            output = session.run(None, {session.get_inputs()[0].name: np.stack(batch).astype(np.float32)})[0]
            peak = output[:, :, 1:].sum(2).argmax(1)  # the step that is least blank
            rows = output[np.arange(len(batch)), peak]
            rows = rows / np.maximum(1e-6, 1 - rows[:, :1])
            total[first : first + len(batch)][:, given] += rows[:, taken]
    return total / len(fonts)


def chances(alike: Floats, read: Floats, sharpness: float = SHARPNESS) -> Floats:
    """Return P(seen | true, misread): both sources mixed, nothing on the diagonal; rows sum to one."""
    by_shape = np.exp(sharpness * (alike - 1))
    np.fill_diagonal(by_shape, 0)
    by_shape /= by_shape.sum(1, keepdims=True)
    by_ocr = read.copy()
    np.fill_diagonal(by_ocr, 0)
    # A glyph that is read rightly nearly always tells little by the rest: it counts in proportion.
    by_ocr /= by_ocr.sum(1, keepdims=True) + 0.1
    mixed = (1 - OCR_SHARE) * by_shape + OCR_SHARE * by_ocr
    return (mixed / mixed.sum(1, keepdims=True)).astype(np.float32)


def fit(chars: Sequence[str], fonts: Sequence[tuple[str, int]]) -> None:
    """Print how likely other smears' misreadings are under each sharpness."""
    alike, read = similarity(chars, fonts), readings(chars, fonts[:READ_FONTS], 1)
    other = readings(chars, fonts[:READ_FONTS], 2)
    np.fill_diagonal(other, 0)
    for sharpness in (10.0, 14.0, 18.0, 22.0, 26.0, 32.0, 40.0):
        shape_only = chances(alike, np.zeros_like(read), sharpness)
        both = chances(alike, read, sharpness)
        bits = [float(-(other * np.log10(np.maximum(p, 1e-7))).sum() / other.sum()) for p in (shape_only, both)]
        print(f"sharpness {sharpness:.0f}: {bits[0]:.3f} by shape, {bits[1]:.3f} with readings (-log10)")


def main() -> None:
    """Compute and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=CONFUSIONS)
    parser.add_argument("--fit", action="store_true", help="fit the sharpness instead")
    arguments = parser.parse_args()
    chars = characters()
    fonts = [font for font in FONTS if Path(font[0]).exists()]
    if arguments.fit:
        fit(chars, fonts)
        return
    table = chances(similarity(chars, fonts), readings(chars, fonts[:READ_FONTS], 1))
    symmetric = np.maximum(table, table.T)  # misreadings go both ways; what is kept must be found from either side
    neighbours: dict[str, list[tuple[str, float]]] = {}
    frequency = models.han_frequency(Settings().models)
    common = set(sorted(frequency, key=lambda c: (-frequency[c], c))[:COMMON])
    symmetric[:, [char not in common for char in chars]] = 0
    for i, char in enumerate(chars):
        best = np.argsort(-symmetric[i], kind="stable")[:KEPT]
        neighbours[char] = [(chars[j], float(np.log10(max(symmetric[i][j], 10 ** (-9 * LEVEL))))) for j in best]
    write(Confusions(neighbours), arguments.out)
    print(f"{arguments.out}: {len(neighbours)} characters, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

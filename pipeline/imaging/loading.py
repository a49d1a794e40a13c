"""Files to page images: PNG, JPEG, TIFF of several pages, and PDF pages rendered with PDFium."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageOps
import PIL.TiffImagePlugin
import pypdfium2

from pipeline.errors import FileAccessError, UnreadableInputError

Image = npt.NDArray[np.uint8]

cv2.utils.logging.setLogLevel(0)  # errors are raised; what its decoders print would stand between the run's own lines

PDF_DPI = 300
LARGEST_PIXELS = 120_000_000
"""An A3 page at 600 dpi has 70 million; more is a mistake or an attack."""

LARGEST_SIDE = 16_000
"""The longer side of A0 at 300 dpi has 14,000 pixels."""

SMALLEST_SIDE = 32
_FORMATS = ("PNG", "JPEG", "TIFF")
_SQUARE = 1.1
"""Pixels whose sides differ by more, those of a coarse fax, are made square."""

BROKEN = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
    PIL.Image.DecompressionBombError,
)
"""What Pillow raises on damaged files, by format and place of the damage: it looks header values up unchecked."""

# Every page is measured before it is decoded, see check_size; the warning at 89 million pixels would repeat that.
warnings.filterwarnings("ignore", category=PIL.Image.DecompressionBombWarning)


def load_pages(path: Path, password: str | None = None) -> Iterator[tuple[int, Image]]:
    """Yield number and BGR image, 8 bits a channel, shape (height, width, 3), of every page that can be shown.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the file is empty, damaged, encrypted or no image.
    """
    if _beginning(path).startswith(b"%PDF"):
        yield from _pdf_pages(path, path.read_bytes(), password)
        return
    for number in range(1, count_pages(path) + 1):
        with suppress(UnreadableInputError):  # whoever read it has told
            yield number, load_page(path, number)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(8)
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check the path and its permissions.") from error
    if not data:
        raise UnreadableInputError(f"{path}: the file is empty.", "Scan or export it again.")
    return data


@contextmanager
def _opened(path: Path, name: str) -> Iterator[PIL.Image.Image]:
    """Open an image file; only its header is read.

    Raises:
        FileAccessError: it cannot be read.
        UnreadableInputError: no PNG, JPEG or TIFF, damaged, or too large.
    """
    _beginning(path)
    try:
        with PIL.Image.open(path, formats=_FORMATS) as image:
            yield image
    except PIL.UnidentifiedImageError as error:
        raise UnreadableInputError(f"{path}: no PNG, JPEG, TIFF or PDF.", "Save it as one of these.") from error
    except PIL.Image.DecompressionBombError as error:
        raise UnreadableInputError(f"{name}: the page has too many pixels.", "Scan at 300 dpi.") from error
    except BROKEN as error:
        raise UnreadableInputError(f"{name}: the image is damaged or cut off.", "Copy or scan it again.") from error


def check_size(width: float, height: float, name: str) -> None:
    """Check the size of a page, pixels, before it is decoded or rendered.

    Raises:
        UnreadableInputError: too large or too small.
    """
    if width * height > LARGEST_PIXELS or max(width, height) > LARGEST_SIDE:
        size = f"{width:.0f} x {height:.0f}"
        raise UnreadableInputError(f"{name}: {size} pixels are too many.", "Cut it, or scan at 300 dpi.")
    if min(width, height) < SMALLEST_SIDE:
        size = f"{width:.0f} x {height:.0f}"
        raise UnreadableInputError(f"{name}: {size} pixels are too few to be a page.", "Scan at 300 dpi.")


def _decoded(image: PIL.Image.Image, name: str) -> Image:
    """Bring 1-bit, grey, palette, alpha, 16-bit and CMYK pages to BGR on white, turned as their camera says."""
    check_size(*image.size, name)
    across, down = (float(dots) for dots in image.info.get("dpi", (1, 1)))
    image = PIL.ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        deep = np.asarray(image).astype(np.int64)
        grey = (deep // 257 if deep.max(initial=0) > 255 else deep).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = PIL.Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    if across > 0 and down > 0 and max(across / down, down / across) > _SQUARE:
        finest = max(across, down)
        size = round(image.width * finest / across), round(image.height * finest / down)
        check_size(*size, name)
        image = image.convert("L").resize(size, PIL.Image.Resampling.BILINEAR)
    plain = image.mode in ("1", "L")
    bgr: Image = cv2.cvtColor(
        np.asarray(image.convert("L" if plain else "RGB")), cv2.COLOR_GRAY2BGR if plain else cv2.COLOR_RGB2BGR
    )
    return bgr


def _as_bgr(pixels: npt.NDArray[np.generic]) -> Image:
    """Bring PDFium's rendering, grey or BGR(A), to BGR."""
    shown = pixels.astype(np.uint8, copy=False)
    if shown.ndim == 2:
        bgr: Image = cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR)
        return bgr
    return np.ascontiguousarray(shown[:, :, :1].repeat(3, 2) if shown.shape[2] == 1 else shown[:, :, :3])


def _pdf_pages(path: Path, data: bytes, password: str | None) -> Iterator[tuple[int, Image]]:
    try:
        document = pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableInputError(f"{path}: the PDF is encrypted.", "Save it without a password.") from error
        raise UnreadableInputError(f"{path}: the PDF is damaged.", "Export it again.") from error
    try:
        for number in range(1, len(document) + 1):
            with suppress(pypdfium2.PdfiumError, UnreadableInputError):
                yield number, _rendered(document[number - 1], f"{path}, page {number}")
    finally:
        document.close()


def _rendered(page: pypdfium2.PdfPage, name: str) -> Image:
    scale = PDF_DPI / 72
    width, height = page.get_size()
    check_size(width * scale, height * scale, name)
    return _as_bgr(page.render(scale=scale).to_numpy())


def count_pages(path: Path) -> int:
    """Return the number of pages of an image file; those of a PDF are counted where PDFs are read.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: damaged or no image.
    """
    with _opened(path, str(path)) as image:
        if image.format != "TIFF":  # a JPEG may hold a preview of itself as a second picture
            return 1
        count = 1
        try:
            while True:
                image.seek(count)
                count += 1
        except EOFError:
            return count
        except BROKEN:
            return count + 1  # whoever reads that page says what is wrong with it


def load_page(path: Path, number: int) -> Image:
    """Return page *number*, from 1, as BGR, 8 bits a channel, shape (height, width, 3), without decoding the others.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the page is damaged.
    """
    name = f"{path}, page {number}"
    if path.suffix.lower() == ".pdf":
        try:
            with pypdfium2.PdfDocument(path) as document:
                return _rendered(document[number - 1], name)
        except pypdfium2.PdfiumError as error:
            raise UnreadableInputError(f"{name}: the page cannot be rendered.", "Export it again.") from error
    with _opened(path, name) as image:
        if number > 1:
            image.seek(number - 1)
        if isinstance(image, PIL.TiffImagePlugin.TiffImageFile):
            _check_strips(image, path, name)
        return _decoded(image, name)


def _check_strips(image: PIL.TiffImagePlugin.TiffImageFile, path: Path, name: str) -> None:
    """Check that the pixels of a TIFF page lie in the file; where their places are cut off, Pillow shows other pixels.

    Raises:
        UnreadableInputError: they do not.
    """
    size = path.stat().st_size
    for places, lengths in ((273, 279), (324, 325)):  # strips, tiles: TIFF 6.0, sections 8 and 15
        starts, counts = image.tag_v2.get(places), image.tag_v2.get(lengths)
        if starts and counts and all(a + b <= size for a, b in zip(starts, counts, strict=True)):
            return
    raise UnreadableInputError(f"{name}: the page is cut off.", "Copy or scan it again.")

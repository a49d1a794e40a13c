"""Files to page images: PNG, JPEG, TIFF of several pages, and PDF pages rendered with PDFium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2

from pipeline.errors import FileAccessError, UnreadableInputError

Image = npt.NDArray[np.uint8]

cv2.utils.logging.setLogLevel(0)  # errors are raised; what its decoders print would stand between the run's own lines

PDF_DPI = 300
LARGEST_PIXELS = 120_000_000
"""An A3 page at 600 dpi has 70 million; more is a mistake or an attack."""

SMALLEST_SIDE = 32
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"%PDF")


def load_pages(path: Path, password: str | None = None) -> Iterator[Image]:
    """Yield the pages of a file as BGR images, 8 bits a channel, shape (height, width, 3).

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: empty, damaged, encrypted, too large or no image.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check the path and its permissions.") from error
    if not data:
        raise UnreadableInputError(f"{path}: the file is empty.", "Scan or export it again.")
    if not data.startswith(_SIGNATURES):
        raise UnreadableInputError(f"{path}: no PNG, JPEG, TIFF or PDF.", "Save it as one of these.")
    if data.startswith(b"%PDF"):
        yield from _pdf_pages(path, data, password)
        return
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" not in data[-4096:]:
        raise UnreadableInputError(f"{path}: the JPEG is cut off.", "Copy or scan it again.")
    yield from _raster_pages(path, data)


def _raster_pages(path: Path, data: bytes) -> Iterator[Image]:
    try:
        # OpenCV refuses pictures over 2**30 pixels itself and raises; IMREAD_UNCHANGED keeps alpha and 16 bits.
        done, images = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadableInputError(f"{path}: the image cannot be decoded.", "Scan it again, smaller.") from error
    if not done or not images:
        raise UnreadableInputError(f"{path}: the image is damaged or cut off.", "Copy or scan it again.")
    for number, image in enumerate(images, 1):
        yield _as_bgr(image, f"{path}, page {number}")


def _as_bgr(image: npt.NDArray[np.generic], name: str) -> Image:
    """Bring grey, alpha, 16-bit and 1-bit images to BGR on white.

    Raises:
        UnreadableInputError: too large, too small or of an unknown kind.
    """
    height, width = image.shape[:2]
    if height * width > LARGEST_PIXELS:
        raise UnreadableInputError(f"{name}: {width} x {height} pixels are too many.", "Scan at 300 dpi.")
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableInputError(f"{name}: {width} x {height} pixels are too few to be a page.", "Scan at 300 dpi.")
    if image.dtype == np.uint16:
        pixels = (image // 257).astype(np.uint8)
    elif image.dtype == np.uint8:
        pixels = image.astype(np.uint8, copy=False)
    else:
        raise UnreadableInputError(f"{name}: {image.dtype} pixels.", "Save it with 8 bits a channel.")
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:].astype(np.float32) / 255
        return (pixels[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    if pixels.shape[2] != 3:
        raise UnreadableInputError(f"{name}: {pixels.shape[2]} channels.", "Save it in colour or grey.")
    return np.ascontiguousarray(pixels)


def _pdf_pages(path: Path, data: bytes, password: str | None) -> Iterator[Image]:
    try:
        document = pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableInputError(f"{path}: the PDF is encrypted.", "Save it without a password.") from error
        raise UnreadableInputError(f"{path}: the PDF is damaged.", "Export it again.") from error
    try:
        for number in range(len(document)):
            name = f"{path}, page {number + 1}"
            try:
                yield _rendered(document[number], name)
            except pypdfium2.PdfiumError as error:
                raise UnreadableInputError(f"{name}: the page cannot be rendered.", "Export it again.") from error
    finally:
        document.close()


def _rendered(page: pypdfium2.PdfPage, name: str) -> Image:
    width, height = page.get_size()
    scale = PDF_DPI / 72
    if width * height * scale * scale > LARGEST_PIXELS:
        raise UnreadableInputError(f"{name}: {width:.0f} x {height:.0f} pt are too large.", "Crop it.")
    return _as_bgr(page.render(scale=scale).to_numpy(), name)


def count_pages(path: Path) -> int:
    """Return the number of pages that ``load_page`` reads one by one; 0 for a PDF with text, which is read as a whole.

    Raises:
        UnreadableInputError: damaged or encrypted.
    """
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        try:
            with pypdfium2.PdfDocument(path) as document:
                if any(page.get_textpage().count_chars() for page in document):
                    return 0
                return len(document)
        except pypdfium2.PdfiumError:
            return 0  # whoever reads the whole says what is wrong with it
    if suffix not in (".tif", ".tiff"):
        return 1
    try:
        return int(cv2.imcount(str(path)))
    except cv2.error as error:
        raise UnreadableInputError(f"{path}: the image cannot be decoded.", "Scan it again, smaller.") from error


def load_page(path: Path, number: int) -> Image:
    """Return page *number*, from 1, as ``load_pages`` yields it, without decoding the others.

    Raises:
        UnreadableInputError: the page is damaged.
    """
    name = f"{path}, page {number}"
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        try:
            with pypdfium2.PdfDocument(path) as document:
                return _rendered(document[number - 1], name)
        except pypdfium2.PdfiumError as error:
            raise UnreadableInputError(f"{name}: the page cannot be rendered.", "Export it again.") from error
    if suffix not in (".tif", ".tiff"):
        return next(load_pages(path))
    try:
        done, images = cv2.imreadmulti(str(path), start=number - 1, count=1, flags=cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadableInputError(f"{name}: the image cannot be decoded.", "Scan it again, smaller.") from error
    if not done or not images:
        raise UnreadableInputError(f"{name}: the image is damaged or cut off.", "Copy or scan it again.")
    return _as_bgr(images[0], name)

"""What happens to paper: scanning, folds, fading, seals, pen strokes. All from a generator, so that pages repeat."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.loading import Image

Transform = npt.NDArray[np.float64]


def scan(page: Image, dpi: int, generator: np.random.Generator) -> tuple[Image, Transform]:
    """Return the page as a poor scanner gives it, and the 2 x 3 transform: skew, blur, light, specks, noise, JPEG."""
    height, width = page.shape
    unit = dpi / 200
    transform = cv2.getRotationMatrix2D((width / 2, height / 2), generator.uniform(-1.5, 1.5), 1.0)
    transform[:, 2] += generator.uniform(-6, 6, 2)
    image = cv2.warpAffine(page, transform, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    press = generator.random()
    if press < 0.33:
        image = cv2.erode(image, np.ones((2, 2), np.uint8))
    elif press < 0.5:
        image = cv2.dilate(image, np.ones((2, 1), np.uint8))
    grey = 30 + cv2.GaussianBlur(image, (0, 0), generator.uniform(0.6, 1.1) * unit).astype(np.float32) * (225 / 255)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = generator.uniform(0, 2 * np.pi)
    slope = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    cx, cy = generator.uniform(0.2, 0.8, 2)
    grey *= np.clip(0.9 + 0.22 * slope - 0.18 * ((x / width - cx) ** 2 + (y / height - cy) ** 2), 0.5, 1.0)
    for shade, count, largest in ((generator.uniform(20, 110), generator.integers(400, 900), 2), (225.0, 450, 1)):
        dots = np.zeros((height, width), np.uint8)
        for _ in range(int(count)):
            centre = int(generator.integers(width)), int(generator.integers(height))
            cv2.circle(dots, centre, int(generator.integers(0, largest + 1) * unit), 1, -1)
        grey = np.where(dots > 0, shade, grey)
    noisy = np.clip(grey + generator.normal(0, generator.uniform(7, 15), grey.shape), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.uint8), transform


def folded(page: Image, generator: np.random.Generator) -> Image:
    """Return the page with one fold across and one down: a dark crease with a light rim."""
    height, width = page.shape[:2]
    shade = np.zeros((height, width), np.float32)
    row, column = (int(generator.uniform(0.3, 0.7) * size) for size in (height, width))
    for distance in (np.abs(np.arange(height) - row)[:, None], np.abs(np.arange(width) - column)[None, :]):
        shade += (12 * np.exp(-(distance / 25.0)) - 45 * np.exp(-((distance / 1.5) ** 2))).astype(np.float32)
    return _add(page, shade)


def faded(page: Image, generator: np.random.Generator) -> Image:
    """Return the page with a patch where ink has paled to a third of its darkness."""
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = generator.uniform(0.25, 0.75, 2)
    patch = np.exp(-(((x / width - cx) / 0.22) ** 2 + ((y / height - cy) / 0.16) ** 2))
    pale = (0.67 * patch).astype(np.float32)
    if page.ndim == 3:
        pale = pale[:, :, None]
    result: Image = (page + (255.0 - page) * pale).astype(np.uint8)
    return result


def sealed(page: Image, dpi: int, generator: np.random.Generator) -> tuple[Image, tuple[int, int, int]]:
    """Return the page, BGR, under a round red seal of 42 mm, and the seal's centre and radius in pixels."""
    colour: Image = cv2.cvtColor(page, cv2.COLOR_GRAY2BGR).astype(np.uint8) if page.ndim == 2 else page
    height, width = page.shape[:2]
    radius = round(21 / 25.4 * dpi)
    x = int(generator.uniform(0.35, 0.65) * width)
    y = int(generator.uniform(0.3, 0.6) * height)
    stamp = np.full_like(colour, 255)
    red = (45, 35, 215)
    thick = max(2, radius // 18)
    cv2.circle(stamp, (x, y), radius, red, thick, cv2.LINE_AA)
    angles = np.pi / 2 + np.arange(5) * 4 * np.pi / 5
    star = np.stack([x + 0.3 * radius * np.cos(angles), y - 0.3 * radius * np.sin(angles)], 1)
    points = star.astype(np.int32)
    cv2.fillPoly(stamp, [points], red)
    for at in np.deg2rad(np.arange(-210, 31, 24)):  # blocks in place of the office's name
        cx, cy = x + 0.78 * radius * np.cos(at), y + 0.78 * radius * np.sin(at)
        size = 0.09 * radius
        for part in (-0.8, 0.0, 0.8):
            left, right = (int(cx - size), int(cy + part * size)), (int(cx + size), int(cy + part * size))
            cv2.line(stamp, left, right, red, thick // 2 + 1, cv2.LINE_AA)
        cv2.line(stamp, (int(cx), int(cy - size)), (int(cx), int(cy + size)), red, thick // 2 + 1, cv2.LINE_AA)
    # Two inks on one spot: the darker of each channel.
    return np.minimum(colour, stamp), (x, y, radius)


def scribbled(page: Image, dpi: int, generator: np.random.Generator) -> Image:
    """Return the page with pen strokes in the margins and between the last line and the foot."""
    result = page.copy()
    height, width = page.shape[:2]
    for _ in range(4):
        x, y = generator.uniform(0.15, 0.75) * width, generator.uniform(0.93, 0.97) * height
        steps = generator.normal(0, 0.02 * width, (24, 2)) * (1.0, 0.5)
        path = np.cumsum(np.vstack([[x, y], steps]), 0)
        smooth = cv2.GaussianBlur(path.astype(np.float32), (1, 7), 2)
        cv2.polylines(result, [smooth.astype(np.int32)], False, (60,) * 3, max(2, dpi // 90), cv2.LINE_AA)
    return result


def _add(page: Image, shade: npt.NDArray[np.float32]) -> Image:
    if page.ndim == 3:
        shade = shade[:, :, None]
    result: Image = np.clip(page + shade, 0, 255).astype(np.uint8)
    return result

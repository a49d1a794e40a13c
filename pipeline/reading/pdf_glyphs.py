"""What a PDF page draws: glyphs with their places, ruled lines and pictures, as the content stream says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextDevice, PDFTextSeq
from pdfminer.pdffont import PDFFont
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager, PDFTextState
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFStream
from pdfminer.utils import Matrix, PathSegment, Rect, apply_matrix_pt, apply_matrix_rect

from pipeline.reading.pdf_mapping import FontMap

_INVISIBLE = 3
_LEAST_SIZE = 0.1  # pixels
"""Text render mode (ISO 32000-1, table 106): neither filled nor stroked."""

_RULE_THICKNESS = 3.0
"""A filled rectangle thinner than this is a ruled line, points."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn glyph; lengths in pixels of the rendered page, from its top left corner.

    Attributes:
        text: what the layer says it is; empty where nothing usable is said.
        identity: font and code: equal glyphs are equal characters; empty for .notdef, which stands for any.
        font: name of the font; the parts that a writer cut it in share it.
        left: pen position before it.
        right: pen position behind it, by its advance.
        baseline: row it stands on.
        size: of the font.
        upright: it reads from left to right.
        invisible: it is not painted.
    """

    text: str
    identity: str
    font: str
    left: float
    right: float
    baseline: float
    size: float
    upright: bool = True
    invisible: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of its full-width square; 0.86 of an em lies above the baseline."""
        return self.left, self.baseline - 0.86 * self.size, self.right, self.baseline + 0.14 * self.size


@dataclass
class PageContent:
    """The drawing of a page; pixels, origin top left.

    Attributes:
        width: of the page.
        height: of the page.
        glyphs: in the order they are drawn.
        rules: horizontal and vertical lines as left, top, right, bottom.
        pictures: boxes of images.
    """

    width: int
    height: int
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rect] = field(default_factory=list)
    pictures: list[Rect] = field(default_factory=list)

    def clip_pictures(self) -> None:
        """Cut off what of pictures lies beyond the page."""
        clipped = [
            (max(left, 0.0), max(top, 0.0), min(right, float(self.width)), min(bottom, float(self.height)))
            for left, top, right, bottom in self.pictures
        ]
        self.pictures = [box for box in clipped if box[2] > box[0] and box[3] > box[1]]


class Fonts(PDFResourceManager):
    """Fonts of a document, each with its map from codes to characters; kept over pages."""

    def __init__(self) -> None:
        super().__init__(caching=True)
        self._maps: dict[int, FontMap] = {}
        self._number = ""

    def get_font(self, objid: object, spec: Mapping[str, object]) -> PDFFont:
        """Make a font and keep its specification, which the map is made from."""
        # A composite font asks for its descendant without a number; it is the same whatever pages are read before.
        outer, self._number = self._number, str(objid) if objid is not None else self._number
        font = super().get_font(objid, spec)
        if id(font) not in self._maps and isinstance(spec, dict):
            self._maps[id(font)] = FontMap(font, spec, self._number or f"inline{len(self._maps)}")
        self._number = outer
        return font

    def map_of(self, font: PDFFont) -> FontMap:
        """Return the map of a font."""
        return self._maps[id(font)]


class _Device(PDFTextDevice):
    """Collects what is drawn."""

    def __init__(self, fonts: Fonts, scale: float, crop: tuple[float, float], content: PageContent) -> None:
        super().__init__(fonts)
        self._fonts = fonts
        self._scale = scale
        self._crop = crop
        self._content = content
        self._invisible = False

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return (x - self._crop[0]) * self._scale, self._content.height - (y - self._crop[1]) * self._scale

    def render_string(
        self, textstate: PDFTextState, seq: PDFTextSeq, ncs: PDFColorSpace, graphicstate: PDFGraphicState
    ) -> None:
        """Remember the render mode, which glyphs are not told."""
        self._invisible = textstate.render == _INVISIBLE
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        """Collect a glyph and return its advance in text space."""
        advance = font.char_width(cid) * fontsize * scaling
        across, down = apply_matrix_pt(matrix, (advance, rise)), apply_matrix_pt(matrix, (0, fontsize + rise))
        pen = apply_matrix_pt(matrix, (0, rise))
        size = math.hypot(down[0] - pen[0], down[1] - pen[1]) * self._scale  # ** would raise where this is infinite
        left, baseline = self._point(*pen)
        right, level = self._point(*across)
        if size < _LEAST_SIZE or not all(map(math.isfinite, (left, right, baseline, size))):
            return advance  # shows nothing
        told = self._fonts.map_of(font)
        level_enough = abs(level - baseline) <= 0.02 * abs(right - left) + 0.01
        upright = level_enough and right >= left and down[1] >= pen[1] and not font.is_vertical()
        glyph = Glyph(
            told.text(cid), told.identity(cid), told.name, left, right, baseline, size, upright, self._invisible
        )
        self._content.glyphs.append(glyph)
        return advance

    def render_image(self, name: str, stream: PDFStream) -> None:
        """Collect a picture: it fills the unit square."""
        del name, stream
        self._content.pictures.append(self._rectangle((0.0, 0.0, 1.0, 1.0)))

    def _rectangle(self, box: Rect) -> Rect:
        assert self.ctm is not None
        x0, y0, x1, y1 = apply_matrix_rect(self.ctm, box)
        (left, bottom), (right, top) = self._point(x0, y0), self._point(x1, y1)
        return left, top, right, bottom

    def paint_path(
        self, graphicstate: PDFGraphicState, stroke: bool, fill: bool, evenodd: bool, path: Sequence[PathSegment]
    ) -> None:
        """Collect ruled lines: straight strokes, sides of stroked boxes, thin filled boxes."""
        del graphicstate, evenodd
        assert self.ctm is not None
        pen: tuple[float, float] | None = None
        start = pen
        segments: list[tuple[tuple[float, float], tuple[float, float]]] = []
        for piece in path:
            if piece[0] == "h":
                end = start
            else:
                x, y = (float(str(value)) for value in piece[-2:])
                end = self._point(*apply_matrix_pt(self.ctm, (x, y)))
            if piece[0] == "m":
                start = end
            elif pen is not None and end is not None and piece[0] in ("l", "h"):
                segments.append((pen, end))
            pen = end
        thin = _RULE_THICKNESS * self._scale
        if fill and not stroke and segments:
            xs = [x for segment in segments for x, _ in segment]
            ys = [y for segment in segments for _, y in segment]
            box = min(xs), min(ys), max(xs), max(ys)
            if min(box[2] - box[0], box[3] - box[1]) <= thin:
                self._content.rules.append(box)
            return
        for (x0, y0), (x1, y1) in segments if stroke else ():
            if abs(x1 - x0) < 0.5 or abs(y1 - y0) < 0.5:
                self._content.rules.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))


def read_content(page: PDFPage, fonts: Fonts, scale: float, width: int, height: int) -> PageContent:
    """Return what *page* draws, in pixels of its rendering.

    Args:
        page: of pdfminer.
        fonts: of its document.
        scale: pixels a point.
        width: of the rendered page, pixels.
        height: of the rendered page, pixels.
    """
    content = PageContent(width, height)
    device = _Device(fonts, scale, _crop_corner(page), content)
    PDFPageInterpreter(fonts, device).process_page(page)
    content.clip_pictures()
    return content


def _crop_corner(page: PDFPage) -> tuple[float, float]:
    """Return the lower left corner of the crop box in the turned page, whose origin is that of the media box."""
    x0, y0, x1, y1 = page.mediabox
    u0, v0, u1, v1 = page.cropbox
    u0, v0, u1, v1 = max(u0, x0), max(v0, y0), min(u1, x1), min(v1, y1)
    if u1 <= u0 or v1 <= v0:
        return 0.0, 0.0
    # Rotation is clockwise (ISO 32000-1, table 30): the corner that comes to lie at the lower left.
    corners = {0: (u0 - x0, v0 - y0), 90: (v0 - y0, x1 - u1), 180: (x1 - u1, y1 - v1), 270: (y1 - v1, u0 - x0)}
    return corners.get(page.rotate, corners[0])

"""The font of invisible text: one empty glyph for every character, and a map that says what its codes mean."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Mapping

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Dictionary, Name, String

_EM = 1000


class EmptyFont:
    """One empty glyph that stands for every character; codes count the characters in use."""

    def __init__(self, characters: Iterable[str]) -> None:
        self._codes: Mapping[str, int] = {char: code for code, char in enumerate(sorted(characters), 1)}

    def encode(self, text: str) -> bytes:
        """Return the codes of *text*, two bytes each."""
        return b"".join(self._codes[char].to_bytes(2, "big") for char in text)

    def _to_unicode(self) -> bytes:
        """Return the map from codes to text (ISO 32000-1, 9.10.3)."""
        pairs = [(code, char.encode("utf-16-be", "replace")) for char, code in self._codes.items()]
        blocks = []
        for at in range(0, len(pairs), 100):  # a block holds a hundred at most
            block = pairs[at : at + 100]
            rows = "".join(f"<{code:04x}> <{text.hex()}>\n" for code, text in block)
            blocks.append(f"{len(block)} beginbfchar\n{rows}endbfchar\n")
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Buque-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{''.join(blocks)}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")

    def embedded(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """Add the font to a file and return it."""
        program = pdf.make_stream(empty_font(), Length1=len(empty_font()))
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/BUQUEA+Empty"),
            Flags=4,
            FontBBox=[0, 0, _EM, _EM],
            ItalicAngle=0,
            Ascent=_EM,
            Descent=0,
            CapHeight=_EM,
            StemV=80,
            FontFile2=program,
        )
        everything_one = b"\0\0" + b"\0\1" * 0xFFFF
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/BUQUEA+Empty"),
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=_EM,
            CIDToGIDMap=pdf.make_stream(everything_one),
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/BUQUEA+Empty"),
                Encoding=Name("/Identity-H"),
                DescendantFonts=[pdf.make_indirect(descendant)],
                ToUnicode=pdf.make_stream(self._to_unicode()),
            )
        )


@functools.cache
def empty_font() -> bytes:
    """Return a TrueType font of one empty glyph, as wide as high; the same bytes each time."""
    builder = FontBuilder(_EM, isTTF=True)
    builder.font.recalcTimestamp = False
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupGlyf({name: Glyph() for name in (".notdef", "empty")})
    builder.setupHorizontalMetrics({name: (_EM, 0) for name in (".notdef", "empty")})
    builder.setupHorizontalHeader(ascent=_EM, descent=0)
    builder.setupHead(unitsPerEm=_EM, created=0, modified=0)
    builder.setupMaxp()
    buffer = io.BytesIO()
    builder.font.save(buffer)
    return buffer.getvalue()

"""Fonts of laboratory PDFs: subsets of installed fonts that lost outlines, mappings or both."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name, Stream

from pipeline.laboratory.typesetting import font_path

EMPTY_CHARSTRING = b"\x0e"
"""endchar (Type 2 charstring format, section 4.1)."""


@dataclass(frozen=True, slots=True)
class FontDamage:
    """What a font of a PDF lost.

    Attributes:
        emptied: characters without an outline.
        unmapped: characters without an entry in ToUnicode.
        notdef: characters drawn as glyph 0.
        skipped: characters that are not drawn at all; the next glyph stands where it stood.
        to_unicode: there is such a map.
        cmap: the embedded font keeps its own character map.
        embedded: the font program is in the file; otherwise UniGB-UCS2-H names the characters.
        say: what ToUnicode says of a character, to let it lie; None for the truth.
    """

    emptied: frozenset[str] = frozenset()
    unmapped: frozenset[str] = frozenset()
    notdef: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    to_unicode: bool = True
    cmap: bool = True
    embedded: bool = True
    say: Callable[[str], str] | None = None


class PdfFont:
    """A font of the laboratory in a PDF, with its damage."""

    def __init__(self, pdf: pikepdf.Pdf, name: str, characters: Iterable[str], damage: FontDamage, tag: str) -> None:
        path, index = font_path(name)
        self._source = TTFont(path, fontNumber=index)
        cmap = self._source.getBestCmap()
        self.characters = sorted({c for c in characters if ord(c) in cmap})
        self._cmap = {c: cmap[ord(c)] for c in self.characters}
        self.damage = damage
        scale = 1000 / self._source["head"].unitsPerEm
        self.widths = {c: self._source["hmtx"][glyph][0] * scale for c, glyph in self._cmap.items()}
        self.codes: dict[str, int]
        self.codes = {c: ord(c) for c in self.characters}
        program = None
        if damage.embedded:
            program = self._program()
            # A font keyed by CID is asked for glyph "cid01234" by its number; its order is for itself.
            gids = {name: at for at, name in enumerate(self._source.getGlyphOrder())} if "glyf" in self._source else {}
            names = self._names
            self.codes = {c: gids[names[c]] if gids else int(names[c].removeprefix("cid")) for c in self.characters}
        self.dictionary = self._dictionary(pdf, program, f"{tag}+{name.title()}")

    def width(self, char: str) -> float:
        """Return the advance of a character, ems."""
        return self.widths.get(char, 1000.0) / 1000

    def code(self, char: str) -> str | None:
        """Return what draws a character, as hexadecimal digits; None where it is not drawn."""
        if char in self.damage.skipped or char not in self.codes:
            return None
        return f"{0 if char in self.damage.notdef else self.codes[char]:04X}"

    def _program(self) -> bytes:
        options = subset.Options()
        options.glyph_names = True
        options.notdef_outline = True
        options.hinting = False
        options.layout_features = []
        options.drop_tables += ["GSUB", "GPOS", "morx", "mort", "VORG", "vhea", "vmtx", "BASE"]
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[ord(c) for c in self.characters])
        subsetter.subset(self._source)
        cmap = self._source.getBestCmap()
        self._names = {c: cmap[ord(c)] for c in self.characters}
        for char in self.damage.emptied & set(self.characters):
            if "glyf" in self._source:
                self._source["glyf"][self._names[char]] = Glyph()
            else:
                strings = self._source["CFF "].cff.topDictIndex[0].CharStrings
                strings[self._names[char]].bytecode = EMPTY_CHARSTRING
                strings[self._names[char]].program = None
        if not self.damage.cmap:
            del self._source["cmap"]
        data = io.BytesIO()
        self._source.save(data)
        return data.getvalue()

    def _dictionary(self, pdf: pikepdf.Pdf, program: bytes | None, name: str) -> Dictionary:
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + name),
            Flags=4,
            FontBBox=[0, -200, 1000, 900],
            ItalicAngle=0,
            Ascent=860,
            Descent=-140,
            CapHeight=700,
            StemV=80,
        )
        outlines = "CIDFontType2"
        if program is not None:
            if program[:4] == b"OTTO":
                outlines = "CIDFontType0"
                bare = TTFont(io.BytesIO(program)).getTableData("CFF ")
                descriptor.FontFile3 = Stream(pdf, bare, Subtype=Name.CIDFontType0C)
            else:
                descriptor.FontFile2 = Stream(pdf, program)
        widths = Array()
        ordering = "Identity" if program is not None else "GB1"
        if program is not None:
            for char in self.characters:
                if abs(self.widths[char] - 1000) > 1:
                    widths.extend([self.codes[char], Array([round(self.widths[char])])])
        else:
            widths.extend([1, 95, 500])  # the half-width ASCII of Adobe-GB1
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name("/" + outlines),
            BaseFont=Name("/" + name),
            CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String(ordering), Supplement=2),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=1000,
            W=widths,
        )
        if program is not None and outlines == "CIDFontType2":
            font.CIDToGIDMap = Name.Identity
        whole = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/" + name),
            Encoding=Name("/Identity-H" if program is not None else "/UniGB-UCS2-H"),
            DescendantFonts=Array([pdf.make_indirect(font)]),
        )
        if self.damage.to_unicode and program is not None:
            whole.ToUnicode = Stream(pdf, self._to_unicode())
        return whole

    def _to_unicode(self) -> bytes:
        """Return the map of ISO 32000-1, section 9.10.3, for what is not unmapped."""
        says = self.damage.say or (lambda char: char)
        entries = [
            f"<{self.codes[c]:04X}> <{says(c).encode('utf-16-be').hex().upper()}>"
            for c in self.characters
            if c not in self.damage.unmapped
        ]
        blocks = [entries[i : i + 100] for i in range(0, len(entries), 100)]
        body = "\n".join([f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in blocks])
        return (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
            f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{body}\n"
            "endcmap CMapName currentdict /CMap defineresource pop end end"
        ).encode()

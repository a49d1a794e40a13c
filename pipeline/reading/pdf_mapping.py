"""From the codes of a PDF font to characters: ToUnicode, then the embedded font's own character map."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont, TTLibError
from pdfminer.encodingdb import name2unicode
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import literal_name

BROKEN_FONT = (TTLibError, struct.error, AssertionError, KeyError, IndexError, ValueError, AttributeError, OSError)
"""What fontTools raises on font programs that are cut or wrong."""

_NO_TEXT = {"Cc", "Cf", "Cn", "Co", "Cs"}
"""Unicode categories of controls, unassigned and private codes."""

_EQUIVALENT = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻊⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⼾",
    "母民虎西见角贝足车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟户",
)
"""Radicals that are characters by themselves and have no compatibility mapping (Unicode, EquivalentUnifiedIdeograph).

Writers of PDFs take the first code that shows a glyph, which often is the radical's. Fonts for simplified Chinese show
户 for U+2F3E, whose compatibility mapping is 戶.
"""

_SYMBOLIC = 4
"""Flag of a font with a character set of its own (ISO 32000-1, table 123)."""

_RADICALS = range(0x2E80, 0x2FE0)
_COMPATIBILITY = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))


def is_twin(char: str) -> bool:
    """Tell whether *char* looks like a unified ideograph but is a radical or a compatibility form."""
    code = ord(char)
    return code in _RADICALS or any(code in block for block in _COMPATIBILITY)


def usable(text: str) -> str:
    """Return *text* with radicals and compatibility ideographs as the characters they look like.

    Empty where it says nothing: U+FFFD, private, control and unassigned codes, radicals without a character.
    """
    text = text.translate(_EQUIVALENT)
    folded = "".join(unicodedata.normalize("NFKC", char) if is_twin(char) else char for char in text)
    for char in folded:
        if char == "\ufffd" or is_twin(char):
            return ""
        if unicodedata.category(char) in _NO_TEXT and char not in "\t\n\r\u00ad":
            return ""
    return "" if folded.strip("\t\n\r ") == "" and "\0" in folded else folded


class FontMap:
    """Characters of a font's codes."""

    def __init__(self, font: PDFFont, spec: Mapping[str, Any], number: str) -> None:
        self._font = font
        self._spec = spec
        self._embedded: dict[int, str] | None = None
        self._texts: dict[int, str] = {}
        self.name = str(getattr(font, "basefont", None) or getattr(font, "fontname", None) or "font")
        program = self._program()
        # Writers cut one face in fonts of 256 codes that share its name: a code means nothing across them. An
        # embedded program of which several dictionaries speak is one font.
        self._own_name = self.name + (f".{number}" if program is None else f".{hashlib.sha1(program).hexdigest()[:6]}")

    def text(self, code: int) -> str:
        """Return the character of *code*, or an empty string where no map says anything usable."""
        if code not in self._texts:
            self._texts[code] = self._look_up(code)
        return self._texts[code]

    def identity(self, code: int) -> str:
        """Return a name of the glyph of *code*; empty for glyph 0 of a CID font, drawn for all that it lacks."""
        return "" if code == 0 and self._font.is_multibyte() and not self.text(0) else f"{self._own_name}/{code}"

    def _look_up(self, code: int) -> str:
        try:
            raw = self._told(code)
        except (PDFUnicodeNotDefined, PDFException, KeyError, ValueError):
            raw = ""
        return usable(raw) or usable(self._own_map().get(code, ""))

    def _told(self, code: int) -> str:
        """Return what the dictionary of the font says of *code*.

        Raises:
            PDFException, PDFUnicodeNotDefined, KeyError, ValueError: nothing, or something broken.
        """
        if "ToUnicode" in self._spec and self._font.unicode_map is not None:  # type: ignore[attr-defined]
            known: str = self._font.unicode_map.get_unichr(code)  # type: ignore[attr-defined]
            return known
        if self._font.is_multibyte():
            return "" if self._indirect() else self._font.to_unichr(code)
        return self._by_name(code)

    def _by_name(self, code: int) -> str:
        """Return the character of a simple font's code by the name of its glyph.

        A subset whose codes are numbered as they come is symbolic and names nothing, or names like g12: the standard
        encoding, which would make ASCII of them, is not theirs.
        """
        encoding = resolve1(self._spec.get("Encoding"))
        named = isinstance(encoding, dict) and self._names(resolve1(encoding.get("Differences")) or []).get(code)
        if named:
            return name2unicode(named)
        own = literal_name(self._spec["Subtype"]) == "Type3" or bool(self._font.flags & _SYMBOLIC)
        base = encoding.get("BaseEncoding") if isinstance(encoding, dict) else encoding
        if own and base is None:
            return ""
        return self._font.to_unichr(code)

    @staticmethod
    def _names(differences: Sequence[object]) -> dict[int, str]:
        """Return glyph names by code from an array of differences (ISO 32000-1, table 114)."""
        names: dict[int, str] = {}
        code = 0
        for item in differences:
            if isinstance(item, int):
                code = item
            else:
                names[code] = literal_name(item)
                code += 1
        return names

    def _indirect(self) -> bool:
        """Tell whether codes are glyph numbers only through a table, which pdfminer does not follow."""
        return isinstance(resolve1(self._spec.get("CIDToGIDMap")), PDFStream)

    def _program(self) -> bytes | None:
        descriptor = resolve1(self._spec.get("FontDescriptor"))
        if not isinstance(descriptor, dict):
            return None
        for key in ("FontFile2", "FontFile3", "FontFile"):
            stream = resolve1(descriptor.get(key))
            if isinstance(stream, PDFStream):
                data: bytes = stream.get_data()
                return data
        return None

    def _own_map(self) -> dict[int, str]:
        """Return characters by code from the embedded font's cmap table."""
        if self._embedded is None:
            self._embedded = {}
            if str(resolve1(self._spec.get("Subtype"))).strip("/'") in ("CIDFontType2", "CIDFontType0"):
                self._embedded = self._cmap_of_program()
        return self._embedded

    def _cmap_of_program(self) -> dict[int, str]:
        program = self._program()
        if program is None or program[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
            return {}
        try:
            font = TTFont(BytesIO(program), lazy=True)
            cmap = font.getBestCmap() or {}
            # Glyphs of a CID-keyed font are asked for by CID, all others by number.
            order = font.getReverseGlyphMap()
            by_cid = "CFF " in font and hasattr(font["CFF "].cff.topDictIndex[0], "ROS")
            found: dict[int, str] = {}
            for unicode, name in sorted(cmap.items(), reverse=True):
                found[int(name.removeprefix("cid")) if by_cid else order[name]] = chr(unicode)
        except BROKEN_FONT:
            return {}
        table = resolve1(self._spec.get("CIDToGIDMap"))
        if isinstance(table, PDFStream):
            data = table.get_data()
            gids = struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])
            return {cid: found[gid] for cid, gid in enumerate(gids) if gid in found}
        return found

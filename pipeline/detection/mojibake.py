"""Text read in the wrong encoding, and characters that only look like Chinese ones.

UTF-8 read as GBK or Latin-1 is read back where the whole stretch gives commoner Chinese; what was lost for good
(U+FFFD, 锟斤拷, ``(cid:12)``, private use) is marked as a hole. Kangxi and other radicals, and compatibility
ideographs (Unicode 15, blocks 2E80, 2F00, F900), stand for the characters they are the shape of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline.damage.hypotheses import is_han
from pipeline.detection.findings import LIKELY, POSSIBLE, SURE, finding
from pipeline.detection.source import Source
from pipeline.edits import Edit
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN

_LOOKS_CHINESE = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1f]")

# Radicals of the supplement that Unicode does not decompose, with the characters whose shape they have
# (EquivalentUnifiedIdeograph.txt); PDF text layers carry them for common characters.
_RADICALS = dict(
    zip(
        "⺁⺎⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "厂兀母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)

# UTF-8 read as GBK shows these: lead bytes E4-E9 with a second byte, and the signs 。，、 of U+3000 and U+FF00.
_AS_GBK = re.compile(r"[^\x00-\x7f\s\ufffd]{2,}")
_AS_GBK_SIGNS = re.compile("[鐨锛銆涓绗鏈鏄鍏鏀鍦浜鍥姘戞斂搴淇伅鍜寮骞]")
_AS_LATIN = re.compile(
    r"(?=.{0,6}[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff])[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]{4,}"
)

_LOST = re.compile(r"(?:锟斤拷)+|\ufffd+|(?:\(cid:\d+\))+|[\ue000-\uf8ff]+")

FEWEST_KINDS = 3
"""Different characters of a stretch that can be misread text."""

FEWEST_READ_BACK = 2
"""Chinese characters that a stretch read back must give."""


def find(source: Source) -> Iterator[Edit]:
    """Yield edits of wrong encodings and of look-alike code points."""
    text = source.text
    if text.isascii():
        return
    yield from _read_back(source)
    radicals = list(_LOOKS_CHINESE.finditer(text))
    # A list of radicals means radicals.
    if len(radicals) * 2 < sum(map(is_han, text)):
        for match in radicals:
            plain = _RADICALS.get(match.group()) or unicodedata.normalize("NFKC", match.group())
            if len(plain) == 1 and is_han(plain) and plain != match.group():
                sign = f"mojibake: {unicodedata.name(match.group(), 'radical')} has the shape of {plain}"
                yield finding(text, match.span(), plain, "mojibake", sign, probability=SURE)
    for match in _LOST.finditer(text):
        lost = match.group()
        line_edge = text[match.end() : match.end() + 1] in ("", "\n", "\r") or (
            text[max(0, match.start() - 40) : match.start()].rstrip(" \t")[-1:] in ("", "\n", "\r")
        )
        if "\ue000" <= lost[0] <= "\uf8ff" and line_edge:
            continue  # symbol fonts keep bullets and marks of paragraphs in the private use area
        count = lost.count("(cid:") or (len(lost) if "\ue000" <= lost[0] <= "\uf8ff" else 0)
        after = HOLE_ONE * count if count else HOLE_RUN
        named = {"锟": "U+FFFD written as GBK", "\ufffd": "bytes that could not be read", "(": "glyphs without a code"}
        sign = f"mojibake: {named.get(lost[0], 'characters of private use')}"
        # What stood there is unknown; the mark says only that something did.
        yield finding(text, match.span(), after, "mojibake", sign, probability=SURE if lost[0] == "锟" else LIKELY)


def _read_back(source: Source) -> Iterator[Edit]:
    text = source.text
    if _AS_GBK_SIGNS.search(text):
        for match in _AS_GBK.finditer(text):
            if not _AS_GBK_SIGNS.search(match.group()):
                continue
            read = _read_as_gbk(match.group())
            if read and _commoner(source, read, match.group()):
                end = match.end()
                if read.endswith(HOLE_ONE) and text[end : end + 1] in ("?", "\ufffd"):
                    end += 1
                sign = "mojibake: UTF-8 read as GBK"
                yield finding(text, (match.start(), end), read, "mojibake", sign, probability=SURE)
    for match in _AS_LATIN.finditer(text):
        piece = match.group()
        if len(set(piece)) < FEWEST_KINDS:
            continue  # ×××× hides a name
        from ftfy import fix_encoding  # a tenth of the time that a short text takes, and few documents need it

        for read, what in (
            (fix_encoding(piece), "UTF-8 read as Latin-1"),
            (_decoded(piece, "latin-1", "gb18030"), "GBK read as Latin-1"),
        ):
            if read and read != piece and sum(map(is_han, read)) >= FEWEST_READ_BACK and _commoner(source, read, piece):
                probability = SURE if sum(map(is_han, read)) * 2 > len(read) else POSSIBLE
                yield finding(text, match.span(), read, "mojibake", f"mojibake: {what}", probability=probability)
                break


def _decoded(piece: str, wrong: str, right: str) -> str | None:
    """Return *piece* read in the *right* encoding after it was read in the *wrong* one, or None."""
    try:
        return piece.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _read_as_gbk(piece: str) -> str | None:
    """Return UTF-8 that was read as GBK; □ for a last character of which bytes are lost, or None."""
    try:
        data = piece.encode("gb18030")
    except UnicodeEncodeError:
        return None
    for cut in range(3):
        try:
            read = data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return read + HOLE_ONE if cut else read
    return None


def _commoner(source: Source, read: str, piece: str) -> bool:
    """Tell whether *read* is commoner Chinese than *piece*: its rarest character is less rare."""
    frequency = models.han_frequency(source.models)
    han = [char for char in read if is_han(char)]
    if len(han) < FEWEST_READ_BACK:
        return False
    after = sum(frequency.get(char, 0.0) for char in han) / len(han)
    before = [frequency.get(char, 0.0) for char in piece if is_han(char)]
    return after > 2 * (sum(before) / len(before) if before else 0.0)

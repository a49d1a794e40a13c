"""Damage that keeps the outer form of a file whole, so that what lies within is tried too.

Archives are packed again, check sums set right, JSON and SQL stay what they are: plain damage would end at their door.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageOps

from pipeline.imaging.loading import BROKEN
from scripts.fuzzing.mutation import EDGES, MUTATIONS, TOKENS

Damage = Callable[[bytes, random.Random], bytes]

_TAG = re.compile(rb"<[^<>]{1,300}>")
_ATTRIBUTE = re.compile(rb"=\s*\"[^\"<>]{0,80}\"")
_PDF_VALUE = re.compile(
    rb"(/[A-Z][A-Za-z0-9]{0,20}\s?)(\[[^\[\]<>]{0,80}\]|/[A-Za-z0-9+-]{1,30}|\([^()]{0,30}\)|[-0-9.]+)"
)
_PDF_HEX = re.compile(rb"<([0-9A-Fa-f]{2,16})>")
_PDF_OPERATOR = re.compile(rb"(?<=\s)(Tj|TJ|Td|Tm|Tf|Tr|Tz|Ts|cm|re|l|m|c|q|Q|Do|gs|S|f|BT|ET|BI|ID|EI)(?=\s)")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, 1e308, float("nan"), float("-inf"), "", "\0", "\ud800", "../../x", "□", "x" * 5000),
    *([], {}, [[]], [None], {"a": {}}, [0] * 50, "1", "accepted", "0-0", "9999999-99999999"),
)
_PDF_VALUES = (
    *(b"-1", b"0", b"1e9", b"99999999999", b"0.0000001", b"null", b"true", b"[]", b"[0 0 0 0]", b"[1e30 -1e30 nan 1]"),
    *(b"/Identity-H", b"/Identity-V", b"/UniGB-UCS2-H", b"/GBK-EUC-H", b"/90ms-RKSJ-V", b"/Nothing", b"()", b"<>"),
    *(b"1 0 R", b"3 0 R", b"9 0 R", b"9999 0 R", b"/Type0", b"/Type3", b"/TrueType", b"/CIDFontType0", b"/JPXDecode"),
    *(b"/JBIG2Decode", b"/CCITTFaxDecode", b"/LZWDecode", b"/RunLengthDecode", b"/ASCII85Decode", b"/Crypt", b"16 0 R"),
)
_PNG_HEAD = 8
_SIGNS = tuple(
    "□▭⟦⟧ \u3000\t\n\r\f\v\0\x01\x1b\x85\xa0\xad\u200b\u200e\u202e\u2028\ufeff\ufffd\ue000\U000f0000\U0001f600é"
    "́①〇零一十百千万年月日〔〕（）()《》“”‘’「」，、。；：！？·…—-~|<>&\"'#*_`\\/=+@%$0123456789０９aAzＺ政兀己已巳末未龘𠀀ﾊㄅ가"
)
"""Characters that some part of a restoration treats in its own way."""


def _spliced(data: bytes, span: tuple[int, int], piece: bytes) -> bytes:
    return data[: span[0]] + piece + data[span[1] :]


def _chosen(pattern: re.Pattern[bytes], data: bytes, generator: random.Random) -> re.Match[bytes] | None:
    """Return one of the places of *pattern* that come first, each as likely."""
    found = [match for _, match in zip(range(2000), pattern.finditer(data), strict=False)]
    return generator.choice(found) if found else None


def _damaged(data: bytes, generator: random.Random) -> bytes:
    part = bytearray(data)
    if part:
        generator.choice(MUTATIONS)(part, generator)
    return bytes(part)


def characters(data: bytes, generator: random.Random) -> bytes:
    """Take out, repeat, exchange or put in characters; the text stays text."""
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("gb18030", "replace"), "gb18030"
    for _ in range(generator.choice((1, 3, 10, 60))):
        at, other = generator.randrange(len(text) + 1), generator.randrange(len(text) + 1)
        count = generator.choice((1, 1, 2, 5, 40))
        kind = generator.randrange(5)
        if kind == 0:
            text = text[:at] + text[at + count :]
        elif kind == 1:
            text = text[:at] + text[at : at + count] * generator.choice((2, 3, 30)) + text[at + count :]
        elif kind == 2:
            text = text[:at] + text[other : other + count] + text[at:]
        elif kind == 3:
            text = text[:at] + generator.choice(_SIGNS) * generator.choice((1, 1, 2, 50)) + text[at:]
        else:
            text = text[:at] + generator.choice(_SIGNS) + text[at + 1 :]
        text = text[:20_000]
    return text.encode(encoding)


def pixels(data: bytes, generator: random.Random) -> bytes:
    """Cut, turn, stretch, invert or draw over a picture, and save it as it was."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            kind = opened.format
            picture = opened.convert(generator.choice(("L", "RGB", "1")))
    except BROKEN:
        return data
    for _ in range(generator.choice((1, 2, 4))):
        wide, high = picture.size
        box = sorted(generator.choices(range(wide), k=2)), sorted(generator.choices(range(high), k=2))
        (left, right), (top, bottom) = box
        kind_of_damage = generator.randrange(6)
        if kind_of_damage == 0:
            picture = picture.crop((left, top, right + 1, bottom + 1))
        elif kind_of_damage == 1:
            picture = picture.rotate(generator.choice((90, 180, 1, 3, 30)), expand=True, fillcolor="white")
        elif kind_of_damage == 2:
            sizes = (33, 64, wide, 2 * wide, 40), (33, 64, high, 2 * high, 1200)
            picture = picture.resize((generator.choice(sizes[0]), generator.choice(sizes[1])))
        elif kind_of_damage == 3:
            picture = ImageOps.invert(picture.convert("L"))
        elif kind_of_damage == 4:
            noise = Image.frombytes("L", (8, 8), generator.randbytes(64)).resize(picture.size, Image.Resampling.NEAREST)
            picture = ImageChops.multiply(picture.convert("L"), noise)
        else:
            fill = generator.choice(("black", "white"))
            ImageDraw.Draw(picture).rectangle((left, top, right, bottom), fill, width=generator.choice((0, 1, 9)))
    stream = io.BytesIO()
    with contextlib.suppress(OSError, ValueError):  # no JPEG is that wide
        picture.save(stream, kind)
    return stream.getvalue()


def members(data: bytes, generator: random.Random) -> bytes:
    """Damage, leave out, repeat or exchange a part of an archive, and pack it again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, zlib.error, EOFError):
        return data
    if not parts:
        return data
    name = generator.choice(sorted(parts))
    kind = generator.randrange(8)
    if kind < 5:
        parts[name] = tags(parts[name], generator)
    elif kind == 5:
        parts[name] = _damaged(parts[name], generator)
    elif kind == 6:
        del parts[name]
    else:
        parts[name] = parts[generator.choice(sorted(parts))]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", generator.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return stream.getvalue()


def tags(data: bytes, generator: random.Random) -> bytes:
    """Repeat, move, take out or nest an element's tag, or put something strange into an attribute or a text."""
    tag = _chosen(_TAG, data, generator)
    if tag is None:
        return _damaged(data, generator)
    kind = generator.randrange(7)
    if kind == 0:
        return _spliced(data, (tag.start(), tag.start()), tag[0] * generator.choice((1, 2, 50, 300, 3000)))
    if kind == 1:
        return _spliced(data, tag.span(), b"")
    other = _chosen(_TAG, data, generator)
    assert other is not None
    if kind == 2:
        return _spliced(data, tag.span(), other[0])
    if kind == 3:
        start, end = sorted((tag.start(), other.end()))
        return _spliced(data, (start, start), data[start:end] * generator.choice((1, 3, 40)))
    if kind == 4:
        return _spliced(data, (tag.end(), tag.end()), generator.choice(TOKENS))
    attribute = _chosen(_ATTRIBUTE, data, generator)
    if attribute is None:
        return _spliced(data, tag.span(), tag[0][:-1] + b' hidden style="white-space:pre" class="ocr_line">')
    value = generator.choice((b"", b"-1", b"0", b"4294967296", b"9" * 400, b"NaN", b"1e309", b"%9%1", b"a b c", b"\t"))
    return _spliced(data, attribute.span(), b'="' + value + b'"')


def values(data: bytes, generator: random.Random) -> bytes:
    """Put a value of another kind into a JSON object, or take one out; a line of several objects each."""
    lines = data.split(b"\n") if data.count(b"\n") > 1 and data.startswith(b'{"') else [data]
    at = generator.choice([number for number, line in enumerate(lines) if line] or [0])
    try:
        whole = json.loads(lines[at])
    except (ValueError, RecursionError):
        return _damaged(data, generator)
    place = whole
    while isinstance(place, dict | list) and place:
        key = generator.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        if isinstance(place[key], dict | list) and place[key] and generator.random() < 0.7:
            place = place[key]
            continue
        if isinstance(place, dict) and generator.random() < 0.2:
            del place[key]
        else:
            place[key] = generator.choice(_VALUES)
        break
    lines[at] = json.dumps(whole, ensure_ascii=generator.random() < 0.5).encode("utf-8", "surrogatepass")
    return b"\n".join(lines)


def chunks(data: bytes, generator: random.Random) -> bytes:
    """Damage a chunk of a PNG, and set its check sum right."""
    found, at = [], _PNG_HEAD
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append((at, at + 12 + length))
        at += 12 + length
    if not found:
        return _damaged(data, generator)
    start, end = generator.choice(found)
    kind, content = data[start + 4 : start + 8], data[start + 8 : end - 4]
    if generator.random() < 0.3:
        kind = generator.choice(
            (b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"iCCP", b"tEXt", b"zTXt", b"iTXt", b"pHYs", b"acTL")
        )
    content = _damaged(content, generator)[: 1 << 20]
    checked = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return _spliced(data, (start, end), checked * generator.choice((1, 1, 1, 2)))


def entries(data: bytes, generator: random.Random) -> bytes:
    """Put an extreme tag, type, count or value into an entry of a TIFF's directory."""
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return _damaged(data, generator)
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    if at + 2 > len(data):
        return _damaged(data, generator)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    place = at + 2 + 12 * generator.randrange(max(count, 1))
    if place + 12 > len(data):
        return _damaged(data, generator)
    field, form = generator.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "I")))
    tag_or_type = generator.choice(
        (*range(1, 19), 254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 34665)
    )
    value = (
        tag_or_type if form == "H" else generator.choice((*EDGES, 2, 3, 5, 7, 8, 32773, 34712, 50000, len(data) - 4))
    )
    return _spliced(data, (place + field, place + field + struct.calcsize(form)), struct.pack(order + form, value))


def objects(data: bytes, generator: random.Random) -> bytes:
    """Put a strange value into a PDF: a dictionary, a map, a page, a stream."""
    kind = generator.randrange(6)
    if kind < 3 and (value := _chosen(_PDF_VALUE, data, generator)):
        return _spliced(data, value.span(2), generator.choice(_PDF_VALUES))
    if kind == 3 and (code := _chosen(_PDF_HEX, data, generator)):
        strange = (b"", b"0", b"D800", b"FFFF", b"00000000", b"E000", b"20", b"0A", code[1] * 30, b"DBFFDFFF")
        return _spliced(data, code.span(1), generator.choice(strange))
    if kind == 4 and (operator := _chosen(_PDF_OPERATOR, data, generator)):
        other = generator.choice(
            (b"Tj", b"TJ", b"Tz", b"Q", b"q", b"BT", b"ET", b"BI /W 9 ID x EI", b"1e9 0 0 1e9 0 0 cm")
        )
        return _spliced(data, operator.span(1), other)
    if stream := _chosen(_STREAM, data, generator):
        return _spliced(data, stream.span(1), _damaged(stream[1], generator))
    return _damaged(data, generator)


def columns(data: bytes, generator: random.Random) -> bytes:
    """Put a value of another kind into a column of a SQLite file, in one row or in all."""
    kept = (None, -1, 2**62, 0.5, "", "x", "{}", "[]", '{"edits": 1}', "\0", b"\xff\xfe", b"", "done", "failed")
    with contextlib.closing(sqlite3.connect(":memory:")) as store:
        try:
            store.deserialize(data)
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            table = generator.choice(tables)
            column = generator.choice([row[1] for row in store.execute(f"PRAGMA table_info({table})")])
            value = generator.choice(kept)
            one = f" WHERE {column} = (SELECT {column} FROM {table} LIMIT 1)" if generator.random() < 0.5 else ""
            store.execute(f"UPDATE OR REPLACE {table} SET {column} = ?{one}", (value,))
            store.commit()
            return store.serialize()
        except (sqlite3.Error, IndexError, UnicodeError):
            return data

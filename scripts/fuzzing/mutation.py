"""Damage to files: what broken tools, cut copies and attackers make of them."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
TOKENS = (
    *(b"\x00" * 16, b"\xff" * 16, b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"%s%n", b"../../../../etc/passwd", b"-1", b"99999999999999999999", b"1e309", b"NaN", b"\r", b"\x1b[2J"),
    *("□".encode(), "▭".encode(), "⟦⟧".encode(), "政府信息公开".encode("gb18030"), "政".encode("big5")),
    *(b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>", b"&b;", b"<![CDATA["),
    *(b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>", b"<?xml version='1.0' encoding='utf-7'?>", b"</", b"/>"),
    *(b"endobj", b"stream\n", b"endstream", b"<< /Length 4294967295 >>", b"/Kids [1 0 R 1 0 R]", b"/Count -1"),
    *(b"/MediaBox [0 0 1e9 1e9]", b"/Rotate 45", b"/Filter /FlateDecode", b"/Parent 1 0 R", b"xref", b"trailer"),
    *(b'{"a": ' * 40, b"[" * 200, b"\\ud800", b'"\\u0000"', b"null", b"\t\t\t\t"),
)

Mutation = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, generator: random.Random) -> None:
    for _ in range(generator.choice((1, 4, 64))):
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)


def _cut(data: bytearray, generator: random.Random) -> None:
    del data[generator.randrange(len(data)) :]


def _remove(data: bytearray, generator: random.Random) -> None:
    start = generator.randrange(len(data))
    del data[start : start + generator.choice((1, 2, 16, 256, 4096))]


def _repeat(data: bytearray, generator: random.Random) -> None:
    start = generator.randrange(len(data))
    piece = data[start : start + generator.choice((1, 16, 256))]
    data[start:start] = piece * generator.choice((2, 8, 300))


def _number(data: bytearray, generator: random.Random) -> None:
    """Put an extreme number where a length, an offset or a count may stand."""
    form = generator.choice((">I", "<I", ">H", "<H", "B"))
    value = generator.choice(EDGES) & ((1 << (8 * struct.calcsize(form))) - 1)
    start = generator.randrange(len(data))
    data[start : start + struct.calcsize(form)] = struct.pack(form, value)


def _token(data: bytearray, generator: random.Random) -> None:
    start = generator.randrange(len(data))
    data[start:start] = generator.choice(TOKENS)


def _digits(data: bytearray, generator: random.Random) -> None:
    """Replace a number in text by an extreme one."""
    places = [at for at, byte in enumerate(data[:20000]) if 48 <= byte <= 57]
    if places:
        start = generator.choice(places)
        end = start
        while end < len(data) and 48 <= data[end] <= 57:
            end += 1
        data[start:end] = generator.choice((b"-1", b"0", b"4294967296", b"99999999999999999999", b"1.5", b"NaN"))


def _swap(data: bytearray, generator: random.Random) -> None:
    a, b = sorted(generator.randrange(len(data)) for _ in range(2))
    data[a : a + 64], data[b : b + 64] = data[b : b + 64], data[a : a + 64]


MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _remove, _repeat, _number, _token, _digits, _swap)
LARGEST = 4 << 20


def mutated(seed: bytes, other: bytes, generator: random.Random) -> bytes:
    """Return *seed* with one to six mutations; now and then its head with the tail of *other*, or noise alone."""
    kind = generator.random()
    if kind < 0.03:
        return generator.randbytes(generator.choice((0, 1, 16, 4096)))
    data = bytearray(seed)
    if kind < 0.1 and seed and other:
        data = data[: generator.randrange(len(seed))] + other[generator.randrange(len(other)) :]
    for _ in range(generator.choice((1, 1, 2, 3, 6))):
        if data:
            generator.choice(MUTATIONS)(data, generator)
    return bytes(data[:LARGEST])

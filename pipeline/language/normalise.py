"""One normalisation for training and decoding: text to model symbols and back.

A *token* is one unit of the language models: a character after safe folding, a run of digits (class ``0``) or a run
of Latin letters (class ``A``). Every token remembers the span of original characters it stands for, so that a decoder
works on tokens and edits speak of original code points. White space yields no token; holes are tokens of their own.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

HOLE_ONE = "□"
"""U+25A1: exactly one missing character."""

HOLE_RUN = "▭"
"""U+25AD: one or more missing characters, number unknown."""

DIGITS = "0"
LATIN = "A"

# Printed twins that carry no information for a language model. ASCII punctuation between Han is an accident of typing.
_FOLD = str.maketrans(
    {
        ",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！", "[": "〔", "]": "〕",
        "〈": "《", "〉": "》", "<": "《", ">": "》", "「": "“", "」": "”", "『": "“", "』": "”", "．": ".",
        "—": "-", "–": "-", "－": "-", "─": "-", "·": "·", "•": "·", "﹒": "·", "~": "-", "～": "-", "〜": "-",
    }
)  # fmt: skip

_TOKEN = re.compile(r"[0-9]+(?:[.,，][0-9]+)*|[A-Za-z]+|\s+|.", re.DOTALL)

Kind = Literal["text", "one", "run"]


@dataclass(frozen=True, slots=True)
class Token:
    """A model symbol and the half-open span of original code points it was read from."""

    symbol: str
    start: int
    end: int
    kind: Kind = "text"


@functools.lru_cache(maxsize=1 << 15)  # more than a text has different characters
def fold(char: str) -> str:
    """Fold one character to its model form: NFKC where it stays one character, punctuation to its Han form."""
    folded = unicodedata.normalize("NFKC", char)
    if len(folded) != 1:
        folded = char
    return folded.translate(_FOLD)


def tokenise(text: str, offset: int = 0) -> list[Token]:
    """Cut *text* into tokens; spans are offsets into *text*, plus *offset*; white space is passed over.

    A straight double quote opens and closes by turns, as Han typography does.
    """
    folded = "".join(map(fold, text))
    tokens: list[Token] = []
    quote_open = False
    for match in _TOKEN.finditer(folded):
        piece, start, end = match.group(), match.start() + offset, match.end() + offset
        if piece >= "\u4e00":  # most of a Chinese text; no class below has such characters
            tokens.append(Token(piece, start, end))
        elif piece.isspace():
            continue
        elif piece == HOLE_ONE:
            tokens.append(Token(HOLE_ONE, start, end, "one"))
        elif piece == HOLE_RUN:
            tokens.append(Token(HOLE_RUN, start, end, "run"))
        elif piece[0].isascii() and piece[0].isdigit():
            tokens.append(Token(DIGITS, start, end))
        elif piece[0].isascii() and piece[0].isalpha():
            tokens.append(Token(LATIN, start, end))
        elif piece == '"':
            tokens.append(Token("”" if quote_open else "“", start, end))
            quote_open = not quote_open
        else:
            tokens.append(Token(piece, start, end))
    return tokens


def symbols(text: str) -> list[str]:
    """Return the model symbols of *text*, for training and scoring."""
    return [token.symbol for token in tokenise(text)]

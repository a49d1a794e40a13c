"""Find the holes of a paragraph: spans of the original that stand for missing characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.damage.hypotheses import is_han
from pipeline.damage.inference import LineKind
from pipeline.language.normalise import DIGITS, LATIN, Token, tokenise

LONGEST_RUN = 8
"""Longest run of missing characters tried; 99 % of the runs under a cut that loses half of the mass are shorter."""

LONGEST_EXACT = 40
"""Longest run of □ that is one hole; a longer one is cut."""

LONGEST_UNTRACED = 6
"""Longest run tried where nothing marks it."""

LONGEST_OPEN = 4
"""Longest run tried at a paragraph's end that no stop closes."""

HoleKind = Literal["exact", "run", "gap", "edge", "untraced"]


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where characters are missing.

    Attributes:
        start: offset of its trace in the text, code points.
        end: offset behind the trace; equal to ``start`` where nothing marks it.
        least: fewest missing characters.
        most: most missing characters.
        kind: ``exact`` (□), ``run`` (▭), ``gap`` (a space), ``edge`` (line edge, punctuation), ``untraced``.
        odds: log10 of P(this trace | something is missing) / P(this trace | nothing is missing).
    """

    start: int
    end: int
    least: int
    most: int
    kind: HoleKind
    odds: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the document.

    Attributes:
        start: offset of its first character in the text.
        end: offset behind its last one, without the line end.
        kind: what damage inference says of it.
        onset: offset in the text from which it is damaged.
        counted: it is a paragraph whose missing characters were counted on a page: elsewhere none is missing.
        open_end: what is missing behind its last character could not be counted.
    """

    start: int
    end: int
    kind: LineKind
    onset: int = 0
    counted: bool = False
    open_end: bool = False


Part = Token | Hole

# log10 odds of a trace, see Hole.odds. A gapped line shows nearly every gap between Han as a space, loses the trace of
# some beside punctuation, and has spaces of its own beside digits.
_SPACE_BETWEEN_HAN = 2.0
_SPACE_BESIDE_PUNCTUATION = 1.0
_SPACE_BESIDE_DIGITS = 0.3
_NOTHING_BETWEEN_HAN = -2.0
_NOTHING_BESIDE_PUNCTUATION = -0.7


def _hole_between(previous: Token | None, token: Token | None, start: int, end: int, kind: LineKind) -> Hole:
    """Return the hole that may lie between two tokens of a damaged line; None stands for the line's edge.

    Args:
        previous: the token before, or None at the line's start.
        token: the token behind, or None at the line's end.
        start: end of ``previous``.
        end: start of ``token``; what lies between is white space.
        kind: the line's kind.
    """
    if previous is None or token is None:
        return Hole(start, start, 0, LONGEST_UNTRACED, "edge")
    if kind != "gapped":
        return Hole(start, start, 0, LONGEST_UNTRACED, "untraced")
    between_han = is_han(previous.symbol) and is_han(token.symbol)
    if end > start:
        digits = previous.symbol in (DIGITS, LATIN) or token.symbol in (DIGITS, LATIN)
        odds = _SPACE_BETWEEN_HAN if between_han else _SPACE_BESIDE_DIGITS if digits else _SPACE_BESIDE_PUNCTUATION
        return Hole(start, end, 0, LONGEST_RUN, "gap", odds)
    odds = _NOTHING_BETWEEN_HAN if between_han else _NOTHING_BESIDE_PUNCTUATION
    return Hole(start, start, 0, LONGEST_UNTRACED, "untraced" if between_han else "edge", odds)


def paragraph_parts(text: str, lines: Sequence[Line]) -> list[Part]:
    """Return tokens and holes of a paragraph in reading order; spans are offsets into *text*.

    Args:
        text: the whole document.
        lines: the lines of the paragraph, in order.
    """
    parts: list[Part] = []
    for line in lines:
        tokens = tokenise(text[line.start : line.end], line.start)
        # Where somebody marked the holes, the marks say where something is missing, and nowhere else.
        damaged = line.kind != "whole" and not line.counted and all(token.kind == "text" for token in tokens)
        previous: Token | None = None
        for token in [*tokens, None]:
            if damaged and (token.start if token else line.end) >= line.onset:
                start = previous.end if previous else (token.start if token else line.end)
                end = token.start if token and previous else start
                parts.append(_hole_between(previous, token, start, end, line.kind))
            if token is None:
                break
            if token.kind == "one":
                before = parts[-1] if parts else None
                if isinstance(before, Hole) and before.kind == "exact" and before.end == token.start:
                    before = before if before.most < LONGEST_EXACT else None
                else:
                    before = None
                if before is None:
                    parts.append(Hole(token.start, token.end, 1, 1, "exact"))
                else:
                    parts[-1] = Hole(before.start, token.end, before.least + 1, before.most + 1, "exact")
            elif token.kind == "run":
                parts.append(Hole(token.start, token.end, 1, LONGEST_RUN, "run"))
            else:
                parts.append(token)
            previous = token
        if line.open_end:
            parts.append(Hole(line.end, line.end, 0, LONGEST_OPEN, "edge"))
    return parts


def pieces(parts: Sequence[Part], longest: int) -> Iterator[Sequence[Part]]:
    """Cut a paragraph of more than *longest* parts, behind sentence ends where it has any."""
    at = 0
    while len(parts) - at > longest:
        stop = at + longest
        for back in range(stop, at + longest // 2, -1):
            part = parts[back - 1]
            if not isinstance(part, Hole) and part.symbol in "。；！？，、":
                stop = back
                break
        yield parts[at:stop]
        at = stop
    yield parts[at:]

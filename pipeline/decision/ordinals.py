"""Numerals of headings and items that the sequence they stand in determines.

Between （二） and （四） stands （三）, before 二、 stands 一、, and the first of its kind is the first. Language knows
little of it: to the models one numeral is as good as another. All items of one style are counted through together, as
cheaply as can be; a numeral without which it would cost more is known.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.detection.numbering import HIGHEST, NUMERALS, numeral, value_of
from pipeline.holes import Hole, Part
from pipeline.infill.readings import Reading, given

TOP = 99
"""Greatest number that is counted to in a document whose own numerals do not come near it."""

RESTART, ALONE, MISSED, JUMP, BELOW = 2.0, 2.0, 2.0, 2.5, 1.5
"""Costs: to begin again at one, the same behind a one that stays alone, to begin with two, to leave other numbers out
or count one twice, and to count on behind a heading of a higher level, where items mostly begin again."""

SKIP, SKIP_INSIDE, SKIP_READ = 2.0, 1.0, 2.5
"""Costs of taking a hole for no numeral, that within sentences (这是, 但是), and where a numeral and 是 are read."""

LEAST_MARGIN = 1.9
"""What any other numeral must cost more: in four real reports one in five below it was right."""

CHANCES = ((3.0, 0.92), (LEAST_MARGIN, 0.7))
"""Probability of a numeral from such a margin on: in the same reports 11 of 11 and 15 of 18 were right. They are few
and none was held out, so less is said; the second kind, which no later item confirms, is not enough to be accepted."""

LEAST_SHARE = 0.02
"""Share among the fillings of a hole that a numeral must have within a sentence, where much else may stand."""

SIGHT = 3
"""Items on either side among which one must be seen where the models read numeral and 是 themselves."""

_HOLE, _IS, _BOTH = "\ue000\ue001\ue002"
"""A hole; one whose reading begins with 是, and with a numeral of one character and it: where 一是认真 stands, all may
be lost. For items within sentences alone."""

_SIGN = f"(?P<sign>[{NUMERALS}百零{_HOLE}]{{1,5}})"
_BULLET = "[-·*]?"
_STYLES = (
    re.compile(f"^第{_SIGN}[章编]"),
    re.compile(f"^第{_SIGN}节"),
    re.compile(f"(?:^|。){_BULLET}{_SIGN}、"),
    re.compile(f"(?:^|。){_BULLET}（{_SIGN}）"),
    re.compile(f"(?:^|[。；：，、])(?:(?P<sign>[{NUMERALS}{_HOLE}])[是{_IS}]|(?P<both>{_BOTH}))"),
    re.compile(f"^第{_SIGN}条"),
)
"""How items begin, from the highest level down; those of a lower one begin again behind each of a higher."""

_INSIDE, _THROUGHOUT = 4, 5
"""The style that begins within sentences, and that which is counted through a whole document."""


_Costs = tuple[list[float], list[float]]
"""By the number last counted, without and with a heading of a higher level behind it."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A place where a numeral stands.

    Attributes:
        sign: what is seen of it, with ``_HOLE`` for a hole.
        holes: the holes.
        paragraph: number of its paragraph.
        tail: what else the hole holds behind it.
    """

    sign: str
    holes: tuple[Hole, ...]
    paragraph: int
    tail: str = ""

    def supplied(self, number: int) -> str | None:
        """Return what is missing of the numeral of *number*; None where that is not the numeral."""
        due = numeral(number)
        before, _, behind = self.sign.partition(_HOLE)
        long_enough = len(due) > len(before) + len(behind)
        if len(self.holes) != 1 or not (long_enough and due.startswith(before) and due.endswith(behind)):
            return None
        text = due[len(before) : len(due) - len(behind)] + self.tail
        return text if self.holes[0].least <= len(text) <= self.holes[0].most else None

    def numbers(self, top: int, loses: Callable[[Hole, str], bool]) -> list[int]:
        """Return the numbers up to *top* that it may be: what is missing must be among what can be missing."""
        if not self.holes:
            value = value_of(self.sign)
            return [] if value is None else [value]
        texts = ((number, self.supplied(number)) for number in range(1, top + 1))
        return [number for number, text in texts if text and all(loses(self.holes[0], char) for char in text)]


def with_ordinals(
    paragraphs: Sequence[Sequence[Part]], readings: Sequence[Reading], loses: Callable[[Hole, str], bool]
) -> list[Reading]:
    """Return the readings, in order of the text, with the numerals that are known in place of others.

    Args:
        paragraphs: of the document, in order.
        readings: of their holes.
        loses: tells whether a character can be missing at a hole.
    """
    found = {(reading.hole.start, reading.hole.end): reading for reading in readings}
    texts = {spoken: [_text(parts, found if spoken else {}) for parts in paragraphs] for spoken in (False, True)}
    above: list[int] = []  # paragraphs that begin with an item of a higher level
    for style, pattern in enumerate(_STYLES):
        here = enumerate(texts[style == _INSIDE])
        row = [item for n, (text, kept) in here for item in _items(pattern, n, text, kept, found)]
        for at, number, margin in _known(row, above if style != _THROUGHOUT else [], style == _INSIDE, loses):
            hole, text = row[at].holes[0], row[at].supplied(number)
            place = hole.start, hole.end
            read = found.get(place)
            if text and (style != _INSIDE or (_is_likely(text, read) and _in_sight(row, at))):
                chance, told = next(chance for least, chance in CHANCES if margin >= least), _neighbours(row, at)
                if read and len(row[at].tail) > 1:
                    found[place] = _renumbered(read, text, chance, told)
                else:
                    found[place] = given(hole, text, chance, (told,), read)
        above = sorted([*above, *(item.paragraph for item in row)])
    return sorted(found.values(), key=lambda reading: (reading.hole.start, reading.hole.end))


def _text(parts: Sequence[Part], found: Mapping[tuple[int, int], Reading]) -> tuple[str, list[Part]]:
    """Return a paragraph with signs for holes, and its parts, as many; without a trace only a hole at its beginning."""
    kept = [part for at, part in enumerate(parts) if not isinstance(part, Hole) or part.end > part.start or at == 0]
    return "".join(_sign(part, found) if isinstance(part, Hole) else part.symbol[:1] for part in kept), kept


def _sign(hole: Hole, found: Mapping[tuple[int, int], Reading]) -> str:
    reading = found.get((hole.start, hole.end))
    if reading is None or "是" not in reading.text[:2]:
        return _HOLE
    return _IS if reading.text[0] == "是" else _BOTH if value_of(reading.text[0]) else _HOLE


def _items(
    pattern: re.Pattern[str],
    paragraph: int,
    text: str,
    parts: Sequence[Part],
    found: Mapping[tuple[int, int], Reading],
) -> Iterator[_Item]:
    for match in pattern.finditer(text):
        group = match.lastgroup or "sign"
        holes = tuple(part for part in parts[match.start(group) : match.end(group)] if isinstance(part, Hole))
        if match.start() and any(hole.least != hole.most for hole in holes):
            continue  # within a paragraph an unknown number of characters is no numeral alone
        tail = found[holes[0].start, holes[0].end].text[1:] if group == "both" else ""
        yield _Item(match["sign"] or _HOLE, holes, paragraph, tail)


def _known(
    row: Sequence[_Item], above: Sequence[int], inside: bool, loses: Callable[[Hole, str], bool]
) -> Iterator[tuple[int, int, float]]:
    """Yield item, number and margin of the numerals that are known.

    The cheapest way to count is sought from both ends (dynamic programming over the number last counted, 0: none, and
    whether a heading of a higher level stands behind it).
    """
    row_at = [at for at, item in enumerate(row) if item.holes or value_of(item.sign)]  # 一九九八、 counts nothing
    row = [row[at] for at in row_at]
    seen = any(not item.holes or item.tail for item in row)
    if not any(item.holes for item in row) or (inside and not seen):
        return
    top = _top(row)
    options = [item.numbers(top, loses) for item in row]
    skips = [(SKIP_READ if item.tail else SKIP_INSIDE if inside else SKIP) if item.holes else math.inf for item in row]
    below = [
        at > 0 and bisect_right(above, row[at - 1].paragraph) < bisect_right(above, row[at].paragraph)
        for at in range(len(row))
    ]
    ends = [ALONE if last == 1 and len(row) > 1 else 0.0 for last in range(top + 1)]
    crossed = any(below)
    behind = [(ends, ends)]
    for numbers, skip, new in zip(reversed(options), reversed(skips), reversed(below), strict=True):
        beyond = _onward(behind[-1], True, frozenset(numbers), skip) if crossed else behind[-1][1]
        behind.append((beyond if new else _onward(behind[-1], False, frozenset(numbers), skip), beyond))
    behind.reverse()
    nowhere = [math.inf] * (top + 1)
    ahead = ([0.0, *nowhere[1:]], nowhere)
    for at, (numbers, skip, new) in enumerate(zip(options, skips, below, strict=True)):
        rest = behind[at + 1]
        if new:
            ahead = (nowhere, list(map(min, *ahead)))
        leap = JUMP + min(map(min, ahead))
        reached = {
            number: min(
                ahead[way][last] + _step(last, number, bool(way))
                for way in (0, 1)
                for last in (range(top + 1) if number <= 2 else (number - 1,))
            )
            for number in numbers
        }
        reached = {number: cost if number <= 2 else min(leap, cost) for number, cost in reached.items()}
        if row[at].holes and reached:
            ways = sorted((cost + rest[0][number], number) for number, cost in reached.items())
            skipped = min(cost + skip + rest[way][last] for way in (0, 1) for last, cost in enumerate(ahead[way]))
            margin = min([skipped, *(cost for cost, _ in ways[1:])]) - ways[0][0]
            if margin >= LEAST_MARGIN:
                yield row_at[at], ways[0][1], margin
        within, beyond = ([cost + skip for cost in costs] for costs in ahead)
        ahead = ([min(cost, reached.get(last, math.inf)) for last, cost in enumerate(within)], beyond)


def _top(row: Sequence[_Item]) -> int:
    """Return the greatest number that is counted to: as many holes behind one that is seen are at most as much more."""
    greatest, last = TOP, 0
    for item in row:
        last = last + 1 if item.holes else value_of(item.sign) or 0
        greatest = max(greatest, last)
    return min(HIGHEST, greatest)


def _onward(rest: _Costs, crossed: bool, numbers: frozenset[int], skip: float) -> list[float]:
    """Return what an item and all behind it cost, by the number last counted.

    Args:
        rest: the same of those behind it, without and with a heading of a higher level since the number last counted.
        crossed: whether there is one before the item.
        numbers: that it may be.
        skip: what it costs to take it for no numeral.
    """
    leap = JUMP + min((rest[0][number] for number in numbers if number != 1), default=math.inf)
    return [
        min(
            skip + cost,
            leap,
            *(_step(last, number, crossed) + rest[0][number] for number in (1, 2, last + 1) if number in numbers),
            math.inf,
        )
        for last, cost in enumerate(rest[crossed])
    ]


def _step(last: int, number: int, new: bool) -> float:
    """Return what it costs to count *number* behind *last*; *new*: a heading of a higher level lies between."""
    if number == 1:
        return (0.0 if new or last == 0 else RESTART) + (ALONE if last == 1 else 0.0)
    if number == last + 1:
        return BELOW if new else 0.0
    return MISSED if number == 2 else JUMP


def _is_likely(text: str, read: Reading | None) -> bool:
    """Tell whether a numeral, with 是 where that is lost too, may begin a hole within a sentence."""
    return read is not None and sum(share for filling, share in read.fillings if filling[:2] == text[:2]) >= LEAST_SHARE


def _in_sight(row: Sequence[_Item], at: int) -> bool:
    """Tell whether an item that the models read themselves has one near it that is seen: alone it is no first one."""
    return not row[at].tail or any(not item.holes for item in row[max(0, at - SIGHT) : at + SIGHT + 1])


def _neighbours(row: Sequence[_Item], at: int) -> str:
    """Return for people what is seen around an item."""
    before = next((row[n].sign for n in range(at - 1, -1, -1) if not row[n].holes), None)
    behind = next((row[n].sign for n in range(at + 1, len(row)) if not row[n].holes), None)
    told = [f"{sign} stands {where}" for sign, where in ((before, "before it"), (behind, "behind")) if sign]
    return f"numbering: {', '.join(told) or 'the first of its kind'}"


def _renumbered(read: Reading, text: str, chance: float, told: str) -> Reading:
    """Return a reading that begins with a numeral and 是 with the numeral that is known.

    What it holds behind them is as likely as before, and language alone says it.
    """
    items: dict[str, float] = {}
    others: dict[str, float] = {}
    for filling, share in read.fillings:
        if filling[1:2] == "是" and value_of(filling[0]):
            filling = text[0] + filling[1:]
            items[filling] = items.get(filling, 0.0) + share
        else:
            others[filling] = share
    shares = {filling: chance * share / sum(items.values()) for filling, share in items.items()}
    shares |= {filling: (1 - chance) * share / sum(others.values()) for filling, share in others.items()}
    fillings = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    return replace(
        read, text=text, fillings=fillings, text_share=shares.get(text, 0.0), witnesses=(*read.witnesses, told)
    )

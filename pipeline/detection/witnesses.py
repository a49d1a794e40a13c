"""What the rest of a document says for or against a reading: the same title, number, name or total elsewhere.

Evidence reads ``document: line 12 has 〔2018〕153号`` where another place supports a reading and
``against: line 7 has 〔2018〕135号`` where it contradicts it.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.damage.hypotheses import is_han
from pipeline.edits import Edit
from pipeline.language.normalise import fold

TITLE = re.compile(r"《([^《》\n]{4,60})》")
DOCUMENT_NUMBER = re.compile(
    r"(?P<office>[\u4e00-\u9fff]{1,10})[〔\[［【(（](?P<year>(?:19|20)\d\d)[〕\]］】)）]\s*(?P<number>\d{1,5})\s*号"
)
DATE = re.compile(r"((?:19|20)\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)")
PUBLISHED = re.compile(r"(?:发布|公开|成文|生成|印发)(?:时间|日期)\s*[:：]?\s*")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年")
REPORT_YEAR = re.compile(r"((?:19|20)\d\d)\s*年?度?[\u4e00-\u9fff]{0,16}报告")
SHORTEST = 5
"""Characters of a passage that says something by standing elsewhere."""

AROUND = 3
"""Characters on either side of an edit that must stand elsewhere too."""

LONGEST = 8
"""Characters of a reading that is looked up; a longer one would have to be the same throughout."""

CLOSE = 2
"""Digits by which two numbers of one name may differ to be thought the same one misread."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the text: offset, end, and its line from 1."""

    start: int
    end: int
    line: int


class DocumentWitnesses:
    """Indexes of a document, each made when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @functools.cached_property
    def _breaks(self) -> list[int]:
        return [match.end() for match in re.finditer(r"\r\n|\r|\n", self._text)]

    def line(self, at: int) -> int:
        """Return the number of the line, from 1, that holds the offset."""
        return bisect.bisect_right(self._breaks, at) + 1

    @functools.cached_property
    def numbers(self) -> dict[tuple[str, str], list[tuple[str, Place]]]:
        """Document numbers by the last two characters of the office's sign and the year."""
        found: dict[tuple[str, str], list[tuple[str, Place]]] = {}
        for match in DOCUMENT_NUMBER.finditer(self._text):
            key = (match["office"][-2:], match["year"])
            found.setdefault(key, []).append((match["number"], Place(*match.span(), self.line(match.start()))))
        return found

    @functools.cached_property
    def years(self) -> dict[int, int]:
        """Years that the text names in full, with how often."""
        counts: dict[int, int] = {}
        for match in YEAR.finditer(self._text):
            counts[int(match[1])] = counts.get(int(match[1]), 0) + 1
        return counts

    @functools.cached_property
    def published(self) -> tuple[date, Place] | None:
        """The date the document itself gives for its publication, or None."""
        for match in PUBLISHED.finditer(self._text):
            day = DATE.match(self._text, match.end())
            if day and (value := a_date(int(day[1]), int(day[2]), int(day[3]))):
                return value, Place(match.start(), day.end(), self.line(match.start()))
        return None

    @functools.cached_property
    def reported_year(self) -> int | None:
        """The year of which an annual report in the first lines says it reports, or None."""
        match = REPORT_YEAR.search(self._text[:2000])
        return int(match[1]) if match else None

    @functools.cached_property
    def _folded(self) -> tuple[str, list[int]]:
        kept = [(fold(char), at) for at, char in enumerate(self._text) if not char.isspace()]
        return "".join(char for char, _ in kept), [at for _, at in kept]

    def passages(self, passage: str, *, but: tuple[int, int]) -> list[int]:
        """Return the lines where *passage* stands (white space and width of signs apart) outside the span *but*."""
        folded, offsets = self._folded
        wanted = "".join(fold(char) for char in passage if not char.isspace())
        lines = []
        at = folded.find(wanted) if wanted else -1
        while at >= 0:
            if not (offsets[at] < but[1] and offsets[at + len(wanted) - 1] >= but[0]):
                lines.append(self.line(offsets[at]))
            at = folded.find(wanted, at + 1)
        return lines

    def of_passage(self, before: str, reading: str, after: str, span: tuple[int, int]) -> list[str]:
        """Return what the document says of *reading* between *before* and *after*: that it stands so elsewhere.

        Args:
            before: a few characters of the text before the reading.
            reading: what is thought to stand at *span*.
            after: a few characters behind it.
            span: where it stands, so that it is not its own witness.
        """
        passage = before + reading + after
        if len(passage) >= SHORTEST and (lines := self.passages(passage, but=span)):
            return [f"document: line {lines[0]} has {''.join(passage.split())}"]
        return []

    def of_edit(self, edit: Edit) -> list[str]:
        """Return what stands elsewhere for an edit of a few characters, and for the text as it came in."""
        text = self._text
        before, after = text[max(0, edit.start - AROUND) : edit.start], text[edit.end : edit.end + AROUND]
        if edit.before == edit.after or len(edit.after) > LONGEST or not any(map(is_han, edit.after)):
            return []
        span = (edit.start, edit.end)
        evidence = self.of_passage(before, edit.after, after, span)
        told_apart = [fold(char) for char in edit.before] != [fold(char) for char in edit.after]
        if edit.before.strip() and told_apart and (against := self.of_passage(before, edit.before, after, span)):
            evidence.append(against[0].replace("document:", "against:", 1))
        return evidence

    def of_number(self, office: str, year: str, number: str, span: tuple[int, int]) -> list[str]:
        """Return what other places say of a document's number: the same, or nearly the same and so against it."""
        evidence = []
        for other, place in self.numbers.get((office[-2:], year), ()):
            if place.start < span[1] and span[0] < place.end:
                continue
            if other == number:
                evidence.append(f"document: line {place.line} has {office[-2:]}〔{year}〕{other}号")
            elif sorted(other) == sorted(number) or _differing(other, number) == 1 < len(number):
                evidence.append(f"against: line {place.line} has {office[-2:]}〔{year}〕{other}号")
        return list(dict.fromkeys(evidence))[:CLOSE]

    def of_date(self, day: date) -> list[str]:
        """Return what the document says of a date on which something is signed or has happened."""
        evidence = []
        if self.published:
            published, place = self.published
            word = "against: later than" if day > published else "document: not later than"
            evidence.append(f"{word} its publication on {published.isoformat()} (line {place.line})")
        if self.reported_year is not None:
            reported = self.reported_year
            if reported <= day.year <= reported + 1:
                evidence.append(f"document: falls into {reported}, the year it reports, or the one behind")
            else:
                evidence.append(f"against: the document reports {reported}")
        return evidence

    def lines_of_number(self, number: str) -> list[int]:
        """Return the lines, from 1, where a number stands that is no part of another."""
        pattern = re.compile(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)")
        return sorted({self.line(match.start()) for match in pattern.finditer(self._text)})

    def titles(self) -> Iterator[tuple[str, Place]]:
        """Yield the titles in 《》 with their places."""
        for match in TITLE.finditer(self._text):
            yield match[1], Place(match.start(1), match.end(1), self.line(match.start()))


def a_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _differing(one: str, other: str) -> int:
    """Return in how many places two numbers of the same length differ; a large count for different lengths."""
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else len(one) + len(other)

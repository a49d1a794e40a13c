"""Dates that lost 年, 月 or 日 beside their digits, doubled 年, and dates that no calendar has.

Digits that run together are cut in every way the calendar allows. A repair is sure only when one way is left and the
place demands a date; what the document says (its publication, the year it reports) rules readings out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.detection.findings import LIKELY, POSSIBLE, SURE, finding, flag
from pipeline.detection.source import Source
from pipeline.detection.witnesses import DocumentWitnesses, a_date
from pipeline.edits import Edit

_YEAR = r"(?:19|20)\d\d"
_GAP = r"[ \t\u00a0\u3000]*"

# 20186月, 201711月: a year of four digits and a month of one or two leave no other cut.
_YEAR_MONTH = re.compile(rf"(?<![\d.,%-])({_YEAR})()(1[0-2]|0?[1-9])(?={_GAP}月)")
_YEAR_SPACE_MONTH = re.compile(
    rf"(?<![\d.,%-])({_YEAR})([ \t\u00a0\u3000]+)(1[0-2]|0?[1-9])(?={_GAP}月{_GAP}\d{{1,2}}{_GAP}日)"
)
# 2018年年 8 月; 年年底 and the like are words.
_DOUBLED = re.compile(
    rf"(?:({_YEAR}{_GAP}年){_GAP}年(?={_GAP}\d{{1,2}}{_GAP}月)|(\d{{1,2}}{_GAP}月){_GAP}月(?={_GAP}\d{{1,2}}{_GAP}日))"
)
# 20181231日, 2018年1231日, 1月1日至1231日: month and day run together.
_RUN_TOGETHER = re.compile(rf"(?<![\d.,%-])({_YEAR})({_GAP}年{_GAP})?(\d{{2,4}})(?={_GAP}日)")
_SINCE = re.compile(rf"(?:日|年)({_GAP}(?:至|到|—+|-|~|～){_GAP})(\d{{3,4}})(?={_GAP}日)")
_NO_MONTH = re.compile(rf"({_YEAR}{_GAP}年{_GAP}\d{{1,2}})([ \t\u00a0\u3000]+)(\d{{1,2}}{_GAP}日)")
# 12月31止: a number behind 年 and 月 that ends a phrase is a day.
_NO_DAY = re.compile(
    rf"({_YEAR}){_GAP}年{_GAP}(\d{{1,2}}){_GAP}月{_GAP}(\d{{1,2}})(?=[，。；,;)）]|止|起|[ \t]*$(?!\s*[\d日]))",
    re.MULTILINE,
)
_ALONE = re.compile(
    rf"^[ \t\u00a0\u3000]*(?:(日期|时间|成文日期|发布时间)[:：][ \t]*)?({_YEAR})(\d{{2,3}})[ \t\u00a0\u3000]*$",
    re.MULTILINE,
)
_WHOLE = re.compile(rf"(?<!\d)({_YEAR}){_GAP}年{_GAP}(\d{{1,2}}){_GAP}月{_GAP}(\d{{1,2}}){_GAP}日")
_SIGNED = re.compile(r"(?:办公室|办公厅|人民政府|委员会|管委会|局|厅|部|中心|院|处)$")


def find(source: Source) -> Iterator[Edit]:
    """Yield the edits of damaged dates."""
    text, witnesses = source.text, source.witnesses
    if not any(char.isdigit() for char in text):
        return
    for pattern in (_YEAR_MONTH, _YEAR_SPACE_MONTH):
        for match in pattern.finditer(text):
            reading = f"{match[1]}年{int(match[3])}月"
            evidence = [f"date: {match[1]}{match[3]}月 can only be {reading}"]
            if int(match[1]) in witnesses.years:
                evidence.append(f"document: names {match[1]}年 {witnesses.years[int(match[1])]} times")
            yield finding(text, match.span(2), "年", "date", *evidence, probability=SURE)
    for match in _DOUBLED.finditer(text):
        kept = match[1] or match[2]
        span = (match.start() + len(kept), match.end())
        yield finding(text, span, "", "date", f"date: {kept[-1]} stands twice before a number", probability=SURE)
    for match in _NO_MONTH.finditer(text):
        year, month, day = map(int, re.findall(r"\d+", match[0]))
        if a_date(year, month, day):
            yield finding(text, match.span(2), "月", "date", "date: a space where 月 belongs", probability=SURE)
    for match in _RUN_TOGETHER.finditer(text):
        yield from _cut(text, match, match.span(3), int(match[1]), "" if match[2] else "年")
    for match in _SINCE.finditer(text):
        earlier = [
            int(year) for year in re.findall(rf"{_YEAR}(?=\s*年)", text[max(0, match.start() - 20) : match.end()])
        ]
        yield from _cut(text, match, match.span(2), earlier[-1] if earlier else 2000, "")
    for match in _NO_DAY.finditer(text):
        if a_date(int(match[1]), int(match[2]), int(match[3])):
            span = (match.end(), match.end())
            yield finding(text, span, "日", "date", "date: a day without 日 ends the phrase", probability=SURE)
    yield from _alone(text, witnesses)
    for match in _WHOLE.finditer(text):
        if not a_date(int(match[1]), int(match[2]), int(match[3])):
            yield flag(text, match.span(), "date", f"date: no calendar has {match[1]}-{match[2]}-{match[3]}")


def cuts(year: int, digits: str) -> list[tuple[int, int]]:
    """Return the months and days into which *digits* can be cut, without leading zeros."""
    found = []
    for at in range(1, len(digits)):
        month, day = digits[:at], digits[at:]
        if not month.startswith("0") and not day.startswith("0") and a_date(year, int(month), int(day)):
            found.append((int(month), int(day)))
    return found


def _ruled_out(year: int, digits: str) -> list[str]:
    allowed = cuts(year, digits)
    parts = [(digits[:at], digits[at:]) for at in range(1, len(digits)) if len(digits[at:]) <= 2 >= len(digits[:at])]
    return [
        f"date: {year}年{month}月{day}日 is ruled out by the calendar"
        for month, day in parts
        if (int(month), int(day)) not in allowed
    ]


def _cut(text: str, match: re.Match[str], span: tuple[int, int], year: int, lead: str) -> Iterator[Edit]:
    """Yield the edit that puts 月 (and *lead* before it) between digits which run together before 日."""
    digits = text[span[0] : span[1]]
    allowed = cuts(year, digits)
    readings = [f"{lead}{month}月{day}" for month, day in allowed]
    if not readings:
        if len(digits) <= 2:
            return  # 2018年12日: whatever it is, nothing ran together
        yield flag(text, match.span(), "date", f"date: no month and day give {digits}", *_ruled_out(year, digits))
        return
    evidence = [f"date: {digits}日 can be {' or '.join(f'{m}月{d}日' for m, d in allowed)}", *_ruled_out(year, digits)]
    share = SURE if len(readings) == 1 else POSSIBLE
    others = tuple((reading, (1 - share) / len(readings)) for reading in readings[1:])
    yield finding(text, span, readings[0], "date", *evidence, probability=share, alternatives=others)


def _alone(text: str, witnesses: DocumentWitnesses) -> Iterator[Edit]:
    """Yield readings of a line that is nothing but 2019131: a date where the document is signed, else perhaps one."""
    for match in _ALONE.finditer(text):
        year, digits = int(match[2]), match[3]
        allowed = cuts(year, digits)
        days = [(month, day, a_date(year, month, day)) for month, day in allowed]
        told = [(month, day, witnesses.of_date(value)) for month, day, value in days if value]
        likely = [one for one in told if not any(e.startswith("against") for e in one[2])] or told
        if not likely:
            continue
        above = text[: match.start()].rstrip().rsplit("\n", 1)[-1].strip()
        signed = bool(match[1]) or (bool(_SIGNED.search(above)) and len(above) <= 40)
        at_end = text[match.end() :].strip() == ""
        month, day, evidence = likely[0]
        reasons = [*_ruled_out(year, digits), *evidence]
        reasons += [
            f"{year}年{m}月{d}日 {e}" for m, d, es in told for e in es if (m, d) != (month, day) and e[:7] == "against"
        ]
        if signed:
            reasons.append("date: stands where a document is dated")
        share = POSSIBLE if len(likely) > 1 or not (signed or at_end) else SURE if signed else LIKELY
        others = [f"{year}年{m}月{d}日" for m, d, _ in likely[1:]]
        if digits[0] == "1" and len(digits) == 2 and int(digits) <= 12:
            others.append(f"{year}年{digits}月")
            share = min(share, LIKELY)
        start = match.start(2)
        yield finding(
            text,
            (start, match.end(3)),
            f"{year}年{month}月{day}日",
            "date",
            *reasons,
            probability=share,
            alternatives=tuple((other, (1 - share) / len(others)) for other in others),
        )

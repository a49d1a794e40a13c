"""Numbers of official documents (发文字号): office, year in brackets, number, 号.

The form is laid down in GB/T 9704-2012, 7.2.5: year in full in 〔〕, no leading zero, 号. What of it is lost beside the
digits has one reading; what the document cites elsewhere supports or contradicts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.detection.findings import LIKELY, SURE, finding
from pipeline.detection.source import Source
from pipeline.detection.witnesses import DocumentWitnesses
from pipeline.edits import Edit

_YEAR = r"(?:19|20)\d\d"
_CLOSING = {"〔": "〕", "[": "]", "［": "］", "【": "】", "（": "）", "(": ")"}
_OPENING = {close: opening for opening, close in _CLOSING.items()}

# 〔2018153号, 〔2018 153号: the bracket that closes the year is gone.
_NO_CLOSE = re.compile(
    rf"(?P<office>[\u4e00-\u9fff]{{0,8}})(?P<open>[〔\[［【(（])(?P<year>{_YEAR})(?P<gap>\s*)(?P<number>[1-9]\d{{0,3}})(?=\s*号)"
)
# 青政办2018〕153号
_NO_OPEN = re.compile(
    rf"(?P<office>[\u4e00-\u9fff]{{1,8}})(?P<gap>[ \t\u3000]*)"
    rf"(?P<year>{_YEAR})(?P<close>[〕\]］】])\s*(?P<number>[1-9]\d{{0,4}})(?=\s*号)"
)
# 〔2018]153号
_MISMATCHED = re.compile(
    rf"(?P<office>[\u4e00-\u9fff]{{0,8}})(?P<open>[〔\[［【(（])(?P<year>{_YEAR})(?P<close>[〕\]］】)）])"
    rf"\s*(?P<number>[1-9]\d{{0,4}})(?=\s*号)"
)
# (国办发〔2018〕14) in round brackets: nothing but 号 can stand there.
_NO_MARK = re.compile(rf"(?P<office>[\u4e00-\u9fff]{{2,8}})〔(?P<year>{_YEAR})〕(?P<number>[1-9]\d{{0,4}})(?=[)）])")
# 国办发201814号
_NO_BRACKETS = re.compile(
    rf"(?P<office>[\u4e00-\u9fff]{{1,7}}[发函字办规电通秘])(?P<year>{_YEAR})(?P<gap>\s*)(?P<number>[1-9]\d{{0,3}})(?=\s*号)"
)


def find(source: Source) -> Iterator[Edit]:
    """Yield the edits of damaged document numbers."""
    text, witnesses = source.text, source.witnesses
    for match in _NO_CLOSE.finditer(text):
        closing = _CLOSING[match["open"]]
        if match["open"] in "(（" and not match["office"]:
            continue  # (2018 3 号): not a number of a document
        yield _edit(text, match, match.span("gap"), closing, "the bracket behind the year is lost", witnesses)
    for match in _NO_OPEN.finditer(text):
        opening = _OPENING[match["close"]]
        yield _edit(text, match, match.span("gap"), opening, "the bracket before the year is lost", witnesses)
    for match in _MISMATCHED.finditer(text):
        if _CLOSING[match["open"]] == match["close"]:
            continue
        if match["open"] not in "(（":
            span, mark = match.span("close"), _CLOSING[match["open"]]
        else:
            span, mark = match.span("open"), _OPENING[match["close"]]
        yield _edit(text, match, span, mark, "the brackets round the year do not match", witnesses)
    for match in _NO_MARK.finditer(text):
        yield _edit(text, match, (match.end(), match.end()), "号", "号 is lost behind the number", witnesses)
    for match in _NO_BRACKETS.finditer(text):
        evidence = witnesses.of_number(match["office"], match["year"], match["number"], match.span())
        supported = any(e.startswith("document") for e in evidence)
        span = (match.start("year"), match.end("gap"))
        sign = f"number: {match['office'][-2:]}{match['year']}{match['number']}号 lacks the brackets of its year"
        probability = SURE if supported else LIKELY
        yield finding(text, span, f"〔{match['year']}〕", "number", sign, *evidence, probability=probability)


def _edit(
    text: str, match: re.Match[str], span: tuple[int, int], after: str, sign: str, witnesses: DocumentWitnesses
) -> Edit:
    """Return the edit that puts *after* in *span*; a document that cites another number leaves it a suggestion."""
    evidence = witnesses.of_number(match["office"], match["year"], match["number"], match.span())
    contradicted = any(e.startswith("against") for e in evidence)
    if witnesses.reported_year and not -30 <= int(match["year"]) - witnesses.reported_year <= 2:
        evidence.append(f"against: the document reports {witnesses.reported_year}")
        contradicted = True
    probability = LIKELY if contradicted else SURE
    return finding(text, span, after, "number", f"number: {sign}", *evidence, probability=probability)

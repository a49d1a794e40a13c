"""Totals that the prose of a report states and its tables hold: witnesses for each other.

Reports repeat few totals in words, and in few wordings: how much was disclosed, how many requests, reviews and suits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.vocabulary.forms.matching import FormMatch
from pipeline.vocabulary.forms.tables import Cell

_NUMBER = r"\s*(\d+)\s*"
PATTERNS = (
    (re.compile(rf"主动公开(?:各类)?政府信息{_NUMBER}条"), ("（一）主动公开政府信息数",)),
    (
        re.compile(rf"(?:收到|受理)(?:各类)?(?:政府信息公开|信息公开|依申请公开|政府信息依申请公开)?申请{_NUMBER}件"),
        ("（一）收到申请数", "一、本年新收政府信息公开申请数量"),
    ),
    (re.compile(rf"制发(?:行政)?规范性文件{_NUMBER}件"), ("制发规范性文件总数",)),
    (re.compile(rf"召开政府信息公开(?:工作)?(?:专题)?会议{_NUMBER}次"), ("（一）召开政府信息公开工作会议",)),
)
"""Wordings of a total and the beginnings of the labels of rows that hold it."""

_OTHER = re.compile(r"(?:累计|历年|其中|上年|去年|同比|以来|\d{4}至\d{4}年|本单位|我局)[^。；\n]{0,20}$")
"""What before a number says that it counts something else."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A total in the prose.

    Attributes:
        start: offset of its digits.
        end: offset behind them.
        value: the number.
        label: row of the form that should hold the same.
        cell: the cell of that row.
        line: its line, from 1.
        agrees: the two are equal.
    """

    start: int
    end: int
    value: int
    label: str
    cell: Cell
    line: int
    agrees: bool


def statements(text: str, matches: Sequence[FormMatch]) -> list[Statement]:
    """Return the totals of the prose that a matched row holds too."""
    found = []
    rows = [(match.form.rows[pair.index].label, pair.row.row) for match in matches for pair in match.pairs]
    for pattern, labels in PATTERNS:
        held = [(label, row.line, _last_number(row.cells)) for label, row in rows if label.startswith(labels)]
        for label, line, cell in held[:1]:
            if cell is None or cell.number is None:
                continue
            for match in pattern.finditer(text):
                if _OTHER.search(text[max(0, match.start() - 40) : match.start()]):
                    continue
                value = int(match[1])
                found.append(Statement(*match.span(1), value, label, cell, line, value == cell.number))
    return found


def _last_number(cells: Sequence[Cell]) -> Cell | None:
    return next((cell for cell in reversed(cells) if cell.numeric), None)

"""Tables as CSV and as objects for JSON, and what report.json says of them."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from pipeline.detection.witnesses import DocumentWitnesses
from pipeline.restoration import Restoration
from pipeline.vocabulary.forms.arithmetic import Term, Violation
from pipeline.vocabulary.forms.tables import find_tables, texts

FEWEST_TELLING = 100
"""Smaller numbers stand anywhere and bear nothing out."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SIGNED = re.compile(r"[+-]\d+(?:\.\d+)?")


def tables_json(restoration: Restoration) -> list[dict[str, Any]]:
    """Return the tables of the restored text, with the line on which each row begins."""
    return [
        {
            "written_as": table.kind,
            "rows": [
                {"line": row.line, "cells": cells} for row, cells in zip(table.rows, texts(table.rows), strict=True)
            ],
        }
        for table in find_tables(restoration.text)
    ]


def tables_csv(restoration: Restoration) -> bytes:
    """Return all tables of the restored text in one file: number of the table, line, cells; nothing without tables."""
    tables = tables_json(restoration)
    if not tables:
        return b""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for number, table in enumerate(tables, 1):
        for row in table["rows"]:
            writer.writerow([number, row["line"], *map(harmless, row["cells"])])
    return buffer.getvalue().encode("utf-8-sig", "surrogatepass")  # spreadsheets know UTF-8 by the mark


def harmless(text: str) -> str:
    """Quote what a spreadsheet would run as a formula; numbers with a sign stay numbers."""
    if text.startswith(_FORMULA_STARTS) and not _SIGNED.fullmatch(text):
        return f"'{text}"
    return text


def tables_report(restoration: Restoration) -> dict[str, Any]:
    """Return what report.json says: forms recognised, rows matched, equations checked and broken, cells in question."""
    forms = restoration.tables
    if forms is None:
        return {"count": 0, "forms": [], "equations_checked": 0, "violations": []}
    witnesses = DocumentWitnesses(restoration.original)
    return {
        "count": len(forms.tables),
        "forms": [
            {"name": match.form.name, "rows_matched": len(match.pairs), "rows_of_form": len(match.form.rows)}
            for match in forms.matches
        ],
        "statements": [
            {"row": one.label, "line": one.line, "table": one.cell.number, "prose": one.value, "agrees": one.agrees}
            for one in forms.statements
        ],
        "equations_checked": forms.checked.equations,
        "violations": [
            _violation(violation, restoration.original, witnesses) for violation in forms.checked.violations
        ],
    }


def _violation(violation: Violation, original: str, witnesses: DocumentWitnesses) -> dict[str, Any]:
    rows = {_line(original, term.start) for term in (*violation.parts, *violation.totals)}
    empty = violation.missing
    row: dict[str, Any] = {
        "equation": violation.equation,
        "difference": violation.difference,
        "parts": [_term(term, original) for term in violation.parts],
        "totals": [_term(term, original) for term in violation.totals],
    }
    stated = {term.value for term in violation.totals} | {sum(term.value or 0.0 for term in violation.parts)}
    row["witnesses"] = [
        f"document: line {line} states {value:g}"
        for value in sorted(value for value in stated if value is not None and value >= FEWEST_TELLING)
        for line in witnesses.lines_of_number(f"{value:g}")
        if line not in rows
    ]
    if empty is not None:
        among_parts = empty in violation.parts
        row["empty_cell"] = _term(empty, original)
        row["would_hold_with"] = -violation.difference if among_parts else violation.difference
    return row


def _term(term: Term, original: str) -> dict[str, Any]:
    start = term.start - (max(original.rfind("\n", 0, term.start), original.rfind("\r", 0, term.start)) + 1)
    return {
        "row": term.label,
        "column": term.column,
        "line": _line(original, term.start),  # that of the cell: its row may begin on an earlier one
        "start": start,
        "end": start + term.end - term.start,
        "value": term.value,
    }


def _line(original: str, at: int) -> int:
    return 1 + original.count("\n" if "\n" in original else "\r", 0, at)

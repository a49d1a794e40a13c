"""What the store holds as JSON, read back: a damaged page of the file can hold anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def summary_from(text: str | None) -> dict[str, Any]:
    """Return the summary of a document, empty where none was entered.

    Raises:
        ValueError: it is none.
        TypeError: the column holds no text.
    """
    summary = json.loads(text) if text else {}
    if summary == {}:
        return {}
    edits = _at(summary, "edits")
    counts, faint = _at(edits, "by_status"), {"faint": edits.get("faint", 0)}
    failed, garble = summary.get("pages_failed", []), _mapping(summary.get("garble", {}))
    pages = garble.get("scan_again", [])
    if not (_are_counts(counts) and _are_counts(faint) and isinstance(failed, list) and isinstance(pages, list)):
        raise ValueError("a summary of another form")
    return dict(summary)


def files_from(text: str | None) -> dict[str, int]:
    """Return the sizes of a document's files by name, bytes; raises as ``summary_from``."""
    files = _mapping(json.loads(text) if text else {})
    if not _are_counts(files):
        raise ValueError("files of no size")
    return dict(files)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _at(value: object, name: str) -> Mapping[str, Any]:
    return _mapping(_mapping(value).get(name))


def _are_counts(values: Mapping[str, Any]) -> bool:
    return all(isinstance(value, int) and value >= 0 for value in values.values())

"""A restored document as it lies in its output folder: read back, replayed, proved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.edits import Edit, apply, carried_out
from pipeline.errors import BuqueError, FileAccessError
from pipeline.reading.text import encode
from pipeline.writing.layout import line_starts

_LONGEST_NAME = 255  # bytes, on every usual file system
_RESTORE_AGAIN = "Restore the document again."
_PROVED = frozenset({"original.txt", "restored.txt", "edits.jsonl", "diff.html", "report.html", "review.html"})
"""Files of every document, whose hashes a proof must hold: a line taken out of it would go unnoticed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document of an output folder; ``report`` is the content of report.json, ``rows`` are the edits as written."""

    folder: Path
    original: str
    edits: tuple[Edit, ...]
    rows: tuple[dict[str, Any], ...]
    report: dict[str, Any]

    @property
    def name(self) -> str:
        """The document's name, which decisions cite."""
        return str(self.report["document"])

    def replay(self) -> str:
        """Return the restored text that original and edits give by the run's settings."""
        settings = self.report["settings"]
        chosen = [e for e in self.edits if carried_out(e, settings["fill"])]
        return apply(self.original, chosen, mark=settings["mark"])


def load(folder: Path) -> Stored:
    """Read original.txt, edits.jsonl and report.json of *folder*.

    Raises:
        FileAccessError: a file is missing or cannot be read.
        BuqueError: a file is not what ``buque restore`` wrote.
    """
    try:
        original = (folder / "original.txt").read_bytes().decode("utf-8", "surrogatepass")
        report = json.loads((folder / "report.json").read_bytes())
        lines = (folder / "edits.jsonl").read_bytes().decode("utf-8", "surrogatepass").split("\n")
        starts = line_starts(original)
        rows = tuple(json.loads(line) for line in lines if line)
        edits = tuple(_edit(row, starts) for row in rows)
        _check_report(report)
    except OSError as error:
        raise FileAccessError(f"{error.filename}: {error.strerror}.", _RESTORE_AGAIN) from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise BuqueError(f"{folder}: not a restored document ({error}).", _RESTORE_AGAIN) from error
    return Stored(folder, original, edits, rows, report)


def _check_report(report: Any) -> None:
    """Check what is asked of a report later; TypeError or KeyError says what is not as it was written."""
    settings = report["settings"]
    named = [report["document"], report["original_sha256"], settings["fill"], report["encoding"]["written"]]
    named += report["files"].values()
    if not all(isinstance(value, str) for value in named) or not isinstance(settings["mark"], bool):
        raise TypeError("report.json: a value of another kind")
    if any(len(file.encode("utf-8", "replace")) > _LONGEST_NAME or "\0" in file for file in report["files"]):
        raise ValueError("report.json: a name that no file has")


def _edit(row: dict[str, Any], starts: list[int]) -> Edit:
    numbers = (row["line"], row["start"], row["end"])
    texts = (row["before"], row["after"], row["kind"], row["status"], *row["evidence"])
    if not all(type(number) is int and number >= 0 for number in numbers) or not all(type(t) is str for t in texts):
        raise TypeError("edits.jsonl: a value of another kind")
    at = starts[row["line"] - 1]
    alternatives = tuple((str(text), float(probability)) for text, probability in row["alternatives"])
    return Edit(
        at + row["start"],
        at + row["end"],
        row["before"],
        row["after"],
        row["kind"],
        tuple(row["evidence"]),
        float(row["probability"]),
        alternatives,
        row["status"],
    )


def documents(out: Path) -> list[Path]:
    """List the folders of restored documents in *out*, itself among them, by name.

    Raises:
        FileAccessError: there is no such folder, or no document in it.
    """
    if not out.is_dir():
        raise FileAccessError(f"{out}: no such folder.", "Give the output folder of buque restore.")
    found = sorted(path.parent for path in [*out.glob("report.json"), *out.glob("*/report.json")])
    if not found and not unproved(out):
        raise FileAccessError(f"{out}: no restored document.", "Give the output folder of buque restore.")
    return found


def by_name(out: Path) -> dict[str, Path]:
    """Return the folders of restored documents in *out* by the names that decisions cite.

    Raises:
        FileAccessError: there is no document, or two of one name: a copy would get the other's decisions.
        BuqueError: a file is not what ``buque restore`` wrote.
    """
    found: dict[str, Path] = {}
    for folder in documents(out):
        other = found.setdefault(load(folder).name, folder)
        if other != folder:
            raise FileAccessError(
                f"{other} and {folder} hold a document of one name.", "Move one of them to another folder."
            )
    return found


def unproved(out: Path) -> list[Path]:
    """List folders in *out* that hold a document's files but not its report.json, which says what they should be."""
    folders = [out, *(path for path in out.iterdir() if path.is_dir())]
    return sorted(
        folder
        for folder in folders
        if any((folder / name).exists() for name in ("edits.jsonl", "restored.txt"))
        and not (folder / "report.json").exists()
    )


def faults(folder: Path) -> Iterator[str]:
    """Yield what does not agree in *folder*: file hashes, the input's hash, the replay byte for byte."""
    stored = load(folder)
    listed = stored.report["files"]
    for file in sorted(_PROVED - listed.keys()):
        yield f"{file} has no hash in report.json"
    for file, digest in listed.items():
        path = folder / Path(file).name
        if not path.is_file():
            yield f"{file} is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"{file} was changed after the run"
    encoded = stored.original.encode("utf-8", "surrogatepass")
    if hashlib.sha256(encoded).hexdigest() != stored.report["original_sha256"]:
        yield "original.txt is not the text that was restored"
    try:
        replayed, _ = encode(stored.replay(), stored.report["encoding"]["written"])
    except BuqueError as error:
        yield str(error)
        return
    restored = folder / "restored.txt"
    if restored.is_file() and restored.read_bytes() != replayed:
        yield "restored.txt is not what the edits give"

"""People's decisions: a line of JSON each, replayed in the order they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.edits import Edit, apply, carried_out, edit_id
from pipeline.errors import BuqueError, FileAccessError
from pipeline.review.stored import Stored

Verdict = Literal["accept", "reject", "replace", "illegible", "undo"]
_MOST_CHARACTERS = 1000  # of a reading; more is not a reading but an attack or a mistake


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about an edit.

    Attributes:
        document: name of the document.
        edit: the edit's name, ``start-end`` in code points of the original.
        before: the original text the person saw; guards against another version of the document.
        verdict: accept ``text``; reject the edit (the original stays); replace by ``text``; illegible; undo.
        text: the reading, empty where none is given.
        who: the person.
        when: time in UTC, ISO 8601.
    """

    document: str
    edit: str
    before: str
    verdict: Verdict
    text: str
    who: str
    when: str


def parse(line: str) -> Decision:
    """Read a line of decisions.jsonl.

    Raises:
        BuqueError: it is not a decision.
    """
    try:
        row = json.loads(line)
        decision = Decision(**row)
    except (ValueError, TypeError, RecursionError) as error:
        needed = ", ".join(field.name for field in fields(Decision))
        raise BuqueError(f"not a decision: it needs {needed}", "Export the decisions again.") from error
    if any(not isinstance(value, str) for value in asdict(decision).values()):
        raise BuqueError("not a decision: a value is not text", "Export the decisions again.")
    if decision.verdict not in get_args(Verdict) or len(decision.text) > _MOST_CHARACTERS:
        raise BuqueError(f"not a decision: verdict {decision.verdict[:20]}", "Export the decisions again.")
    if "\n" in decision.text or "\r" in decision.text:
        raise BuqueError("not a decision: a reading has a line end", "Export the decisions again.")
    return decision


def read_decisions(path: Path) -> list[Decision]:
    """Read decisions.jsonl, a decision a line.

    Raises:
        FileAccessError: the file cannot be read.
        BuqueError: a line is not a decision.
    """
    try:
        lines = path.read_bytes().decode("utf-8", "strict").split("\n")
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise BuqueError(f"{path}: not UTF-8.", "Export the decisions again.") from error
    return [_read(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _read(line: str, where: str) -> Decision:
    try:
        return parse(line)
    except BuqueError as error:
        raise BuqueError(f"{where}: {error}") from error


def dump(decisions: Iterable[Decision]) -> str:
    """Return decisions as JSON lines."""
    return "".join(json.dumps(asdict(decision), ensure_ascii=False) + "\n" for decision in decisions)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A document after its decisions: text, edits, and what could not be carried out or contradicts."""

    text: str
    edits: tuple[Edit, ...]
    conflicts: tuple[str, ...]
    suggestions: tuple[str, ...]
    standing: tuple[tuple[Edit, Decision], ...] = ()
    """Each edit that was decided, as it was before, with the decision that stands."""
    carried_out: tuple[Edit, ...] = ()
    """The edits that make ``text`` of the original."""

    def rows(self, stored: Stored) -> Iterator[dict[str, Any]]:
        """Yield the rows of reviewed.jsonl: those of edits.jsonl, places on the page too, with what was decided."""
        for row, edit in zip(stored.rows, self.edits, strict=True):
            yield {
                **row,
                "after": edit.after,
                "evidence": list(edit.evidence),
                "probability": round(edit.probability, 4),
                "status": edit.status,
            }


def carry_out(stored: Stored, decisions: Sequence[Decision]) -> Reviewed:
    """Apply *decisions* to a stored document; a person's word wins over every model.

    Two people who disagree are a conflict: the later decision stands and the conflict is reported. Open edits that have
    the same original text and best reading as one a person accepted are listed as suggestions, not changed.
    """
    edits = {edit_id(edit): edit for edit in stored.edits}
    fill = stored.report["settings"]["fill"]
    standing: dict[str, Decision] = {}
    conflicts = []
    for decision in sorted((d for d in decisions if d.document == stored.name), key=lambda d: d.when):
        edit = edits.get(decision.edit)
        if edit is None or edit.before != decision.before:
            conflicts.append(f"{stored.name} {decision.edit}: no such place in this version of the document")
            continue
        earlier = standing.get(decision.edit)
        if decision.verdict == "undo":
            standing.pop(decision.edit, None)
            continue
        if earlier and earlier.who != decision.who and _reading(earlier) != _reading(decision):
            conflicts.append(
                f"{stored.name} {decision.edit}: {earlier.who} {earlier.verdict} {earlier.text!r}, "
                f"{decision.who} {decision.verdict} {decision.text!r}; the later stands"
            )
        standing[decision.edit] = decision
    result, chosen = [], []
    for name, edit in edits.items():
        made = standing.get(name)
        if made is None:
            result.append(edit)
            if carried_out(edit, fill):
                chosen.append(edit)
        elif made.verdict in ("accept", "replace"):
            decided = replace(edit, after=made.text, probability=1.0, status="accepted", evidence=_signed(edit, made))
            result.append(decided)
            chosen.append(decided)
        else:
            result.append(replace(edit, status="open", evidence=_signed(edit, made)))
    text = apply(stored.original, chosen, mark=stored.report["settings"]["mark"])
    before = tuple((edits[name], made) for name, made in standing.items())
    suggestions = tuple(_equal_places(stored, standing))
    return Reviewed(text, tuple(result), tuple(conflicts), suggestions, before, tuple(chosen))


def _reading(decision: Decision) -> str | None:
    return decision.text if decision.verdict in ("accept", "replace") else None


def _signed(edit: Edit, decision: Decision) -> tuple[str, ...]:
    return (*edit.evidence, f"{decision.verdict} by {decision.who} at {decision.when}")


def _equal_places(stored: Stored, standing: dict[str, Decision]) -> Iterable[str]:
    accepted = {(d.before, d.text) for d in standing.values() if d.verdict in ("accept", "replace")}
    for edit in stored.edits:
        if edit_id(edit) not in standing and edit.status != "accepted" and (edit.before, edit.after) in accepted:
            yield f"{stored.name} {edit_id(edit)}: {edit.after} was accepted elsewhere"

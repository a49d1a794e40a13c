"""What a run tells of itself, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.batch.tasks import Failed


@dataclass(slots=True)
class Totals:
    """What a run did.

    Attributes:
        documents: all that were listed.
        done: restored by this run.
        unchanged: restored by an earlier one.
        failed: not restored.
        pages: pages of the restored documents.
        pages_failed: pages that could not be read, of restored and unchanged documents.
        to_review: edits suggested or left open, without faint suggestions (``pipeline.edits.is_faint``).
        first_failure: the kind of the first failure.
        passed_over: what lies in the folders and cannot be read, counted by the ending of its name.
    """

    documents: int = 0
    done: int = 0
    unchanged: int = 0
    failed: int = 0
    pages: int = 0
    pages_failed: int = 0
    to_review: int = 0
    first_failure: str = ""
    passed_over: dict[str, int] = field(default_factory=dict)


class Reporter(Protocol):
    """Hears how a run gets on."""

    def started(self, documents: int | None) -> None:
        """The inputs have been listed; None: folders are watched, and nobody knows what will come."""

    def done(self, name: str, summary: dict[str, Any], unchanged: bool) -> None:
        """A document is finished, or was already."""

    def failed(self, name: str, failure: Failed, page: int | None = None) -> None:
        """A document, or one page of it, could not be read."""

    def waiting(self, reason: str) -> None:
        """Nothing can be done until somebody does what the sentence says."""

    def tick(self, totals: Totals, under_way: int) -> None:
        """Time passes."""

    def finished(self, totals: Totals) -> None:
        """The run is over."""

"""Reporters of a run: a bar on a terminal, plain lines in a log, JSON events for machines."""

from __future__ import annotations

import json
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from pipeline.batch.reporting import Reporter, Totals
from pipeline.batch.tasks import Failed

LOG_SECONDS = 10.0
"""Between two lines of progress in a log."""

MOST_ROWS = 40
"""Documents listed at the end of a run; of more, figures are enough."""


def _passed_over(totals: Totals) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in totals.passed_over.items())


def _where(name: str, page: int | None) -> str:
    return name if page is None else f"{name}, page {page}"


class Rate:
    """Pages a minute since the start, by a clock that nobody sets."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def per_minute(self, pages: int) -> float:
        """Return pages a minute."""
        return 60 * pages / max(time.monotonic() - self._began, 1e-3)


class Listed:
    """Keeps the table of what was done, and prints failures at once. The base of the two reporters for people."""

    def __init__(self, console: Console, out: str) -> None:
        self._console = console
        self._out = out
        self._rate = Rate()
        self._rows: list[tuple[str, ...]] = []
        self._total: int | None = 0

    def started(self, documents: int | None) -> None:
        """Remember how many there are; say that folders are watched."""
        self._total = documents
        if documents is None:
            self._told(f"Watching; what comes is restored into {self._out}. End it with Ctrl-C.")

    def done(self, name: str, summary: dict[str, Any], unchanged: bool) -> None:
        """Enter a document in the table while that is short; say which pages are past repair."""
        if garbled := summary.get("garble", {}).get("scan_again"):
            told = ", ".join(map(str, garbled))
            advice = f"{escape(name)}: page {told} is too garbled to repair; scan it again."
            self._console.print(f"[yellow]{advice}[/yellow]", soft_wrap=True)
        if unchanged or len(self._rows) > MOST_ROWS:
            return
        counts = dict(summary["edits"]["by_status"])
        counts["suggested"] = counts.get("suggested", 0) - summary["edits"].get("faint", 0)
        damage = summary["damage"]["model"] or "none systematic"
        statuses = ("accepted", "suggested", "open")
        numbers = [str(counts.get(status, 0)) for status in statuses]
        if self._total is None:  # a watch has no end at which a table could be printed
            told = ", ".join(f"{number} {status}" for number, status in zip(numbers, statuses, strict=True))
            self._told(f"{name}: {told}, {summary['seconds']:.1f} s")
            return
        self._rows.append((name, damage, *numbers, f"{summary['seconds']:.1f}"))

    def failed(self, name: str, failure: Failed, page: int | None = None) -> None:
        """Print what is wrong with which document."""
        self._console.print(f"[red]{escape(_where(name, page))}: {escape(failure.message)}[/red]", soft_wrap=True)

    def waiting(self, reason: str) -> None:
        """Say what is missing."""
        self._console.print(f"[yellow]{escape(reason)}[/yellow]", soft_wrap=True)

    def tick(self, totals: Totals, under_way: int) -> None:
        """Nothing by itself."""

    def finished(self, totals: Totals) -> None:
        """Print the table and the figures."""
        if 0 < len(self._rows) <= MOST_ROWS:
            table = Table(Column("document", overflow="fold"), "damage", "accepted", "suggested", "open", "seconds")
            for row in self._rows:
                table.add_row(*map(escape, row))
            self._console.print(table)
        figures = [f"{totals.done} document{'' if totals.done == 1 else 's'} restored"]
        if totals.unchanged:
            figures.append(f"{totals.unchanged} unchanged")
        if totals.failed:
            figures.append(f"{totals.failed} failed")
        if totals.pages_failed:
            figures.append(f"{totals.pages_failed} pages or parts not readable")
        if totals.done:
            figures.append(f"{self._rate.per_minute(totals.pages):.0f} pages a minute")
        if totals.passed_over:
            remedy = "Save them as .docx or PDF, sheets as CSV, or give what links lead to."
            self._print(f"Passed over: {_passed_over(totals)}. {remedy}")
        advice = " Open a diff.html to review." if totals.done else ""
        self._print(f"{', '.join(figures)}; in {escape(self._out)}.{advice}")

    def _print(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, highlight=False)

    def _told(self, line: str) -> None:
        """Print a line that may hold names: brackets in them are no markup."""
        self._print(escape(line))


class Bar(Listed):
    """A bar with documents, pages a minute and the time left, for a terminal."""

    def started(self, documents: int | None) -> None:
        """Show the bar."""
        super().started(documents)
        self._progress = Progress(
            TextColumn("restoring"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=documents, rate="")
        self._progress.start()

    def tick(self, totals: Totals, under_way: int) -> None:
        """Move the bar; what is watched has no end, so that its bar only moves to and fro."""
        rate = f"{self._rate.per_minute(totals.pages):.0f} pages/min"
        self._progress.update(self._task, completed=totals.done + totals.unchanged + totals.failed, rate=rate)

    def finished(self, totals: Totals) -> None:
        """Take the bar away."""
        self._progress.stop()
        super().finished(totals)


class Log(Listed):
    """A line now and then, for a log."""

    def __init__(self, console: Console, out: str) -> None:
        super().__init__(console, out)
        self._last = time.monotonic()

    def tick(self, totals: Totals, under_way: int) -> None:
        """Print a line if the last one is long ago."""
        if time.monotonic() - self._last < LOG_SECONDS:
            return
        self._last = time.monotonic()
        ended = totals.done + totals.unchanged + totals.failed
        rate = self._rate.per_minute(totals.pages)
        plural = "" if (ended if self._total is None else self._total) == 1 else "s"
        known = f"document{plural}" if self._total is None else f"of {self._total} document{plural}"
        line = f"{ended} {known}, {totals.failed} failed"
        if totals.done and self._total:
            left = (self._total - ended) * (totals.pages / totals.done) / rate
            minutes = "less than a minute" if left < 1 else "a minute" if left < 1.5 else f"{left:.0f} minutes"
            line += f", {rate:.0f} pages a minute, about {minutes} left".replace("about less", "less")
        self._print(line)


class Events:
    """A JSON object a line on standard output: started, document, failed, waiting, progress, finished."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rate = Rate()
        self._last = time.monotonic()

    def started(self, documents: int | None) -> None:
        """Say how many documents there are."""
        self._print("started", documents=documents or 0)

    def done(self, name: str, summary: dict[str, Any], unchanged: bool) -> None:
        """Print a document's report."""
        self._print("document", status="unchanged" if unchanged else "done", **{"document": name, **summary})

    def failed(self, name: str, failure: Failed, page: int | None = None) -> None:
        """Print what is wrong with which document."""
        self._console.print(f"{escape(_where(name, page))}: {escape(failure.message)}", soft_wrap=True)
        self._print("failed", document=name, page=page, kind=failure.kind, message=failure.message, trace=failure.trace)

    def waiting(self, reason: str) -> None:
        """Say what is missing."""
        self._console.print(escape(reason), soft_wrap=True)
        self._print("waiting", message=reason)

    def tick(self, totals: Totals, under_way: int) -> None:
        """Print figures now and then."""
        if time.monotonic() - self._last < LOG_SECONDS:
            return
        self._last = time.monotonic()
        self._print("progress", under_way=under_way, **self._figures(totals))

    def finished(self, totals: Totals) -> None:
        """Print the figures."""
        self._print("finished", **self._figures(totals))

    def _figures(self, totals: Totals) -> dict[str, Any]:
        return {
            "documents": totals.documents,
            "done": totals.done,
            "unchanged": totals.unchanged,
            "failed": totals.failed,
            "pages_failed": totals.pages_failed,
            "passed_over": totals.passed_over,
            "pages_a_minute": round(self._rate.per_minute(totals.pages), 1),
        }

    def _print(self, event: str, **fields: Any) -> None:
        print(json.dumps({"event": event, **fields}, ensure_ascii=True), flush=True)


class Quiet(Listed):
    """Failures only."""

    def started(self, documents: int | None) -> None:
        """Say nothing."""

    def finished(self, totals: Totals) -> None:
        """Say nothing."""


def reporter(console: Console, out: str, *, quiet: bool, as_json: bool) -> Reporter:
    """Return the reporter for where messages go; *console* writes to standard error."""
    if as_json:
        return Events(console)
    if quiet:
        return Quiet(console, out)
    return Bar(console, out) if console.is_terminal else Log(console, out)

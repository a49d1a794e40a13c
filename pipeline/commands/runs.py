"""What the commands restore and watch have in common: a run over files and folders."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.errors import BuqueError, FileAccessError, MissingDependencyError, UnreadableInputError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.batch.planning import Batch
    from pipeline.batch.reporting import Totals

EXIT_SOME_FAILED = 4
EXIT_INTERRUPTED = 130
WATCH_SECONDS = 5.0
_EXIT_OF_KIND = {
    "unreadable": UnreadableInputError.exit_code,
    "missing": MissingDependencyError.exit_code,
    "access": FileAccessError.exit_code,
    "changed": FileAccessError.exit_code,
    "error": BuqueError.exit_code,
}
"""Exit codes where no document could be restored, by the first failure; otherwise some failed."""


def cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def known_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return *formats* after a check of their names.

    Raises:
        BadParameter: one is not known.
    """
    if not formats:
        return ()
    from pipeline.writing.formats import FORMATS

    if unknown := set(formats) - set(FORMATS):
        wrong, known = ", ".join(sorted(unknown)), ", ".join(sorted(FORMATS))
        raise typer.BadParameter(f"not a format: {wrong}. Choose of {known}.", param_hint="--format")
    return tuple(formats)


def check_profile(path: Path | None) -> None:
    """Read a profile before any work is done.

    Raises:
        BuqueError: it is none.
        FileAccessError: it cannot be read.
    """
    if path is not None:
        from pipeline.profile import read_profile

        read_profile(path)


def check_lists(settings: Settings) -> None:
    """Look for the user's terms and sister documents before any work is done, since each document would fail.

    Raises:
        FileAccessError: they cannot be read.
        UnreadableInputError: the terms are no text.
    """
    if settings.vocabulary is not None:
        from pipeline.vocabulary.terms import vocabulary

        vocabulary(settings.vocabulary)
    if settings.references is not None and not settings.references.is_dir():
        raise FileAccessError(f"{settings.references}: no such folder.", "Give --references a folder of text files.")


def batch(
    paths: Sequence[str],
    out: str,
    settings: Settings,
    formats: tuple[str, ...],
    force: bool,
    from_stage: str | None,
    page_seconds: float,
) -> Batch:
    """Return what a command asks for.

    Raises:
        BadParameter: there is no such stage, or a path is empty, as an unset variable of a shell is.
    """
    from pipeline.batch import locations
    from pipeline.batch.keys import STAGES
    from pipeline.batch.planning import Batch

    if from_stage is not None and from_stage not in STAGES:
        raise typer.BadParameter(f"choose {', '.join(STAGES)}", param_hint="--from")
    for given, hint in ((paths, "paths"), ([out], "--out")):
        if not all(given):
            raise typer.BadParameter("the path is empty; give . for the folder you are in", param_hint=hint)
    return Batch(tuple(paths), locations.absolute(out), settings, formats, force, from_stage, page_seconds)


def carry_out(
    batch: Batch,
    console: Console,
    quiet: bool,
    as_json: bool,
    scheduler: str | None,
    memory: int,
    watch: float | None,
) -> Totals:
    """Restore *batch*, once or, with *watch* seconds between two looks, until the process is told to stop.

    Raises:
        Exit: interrupted.
        UnreadableInputError: there is no document.
        FileAccessError: what is to be watched is not there.
    """
    from pipeline.batch import locations
    from pipeline.batch.inputs import SUFFIXES
    from pipeline.batch.progress import reporter
    from pipeline.batch.session import restore_batch, watch_batch

    if watch is not None and (missing := [path for path in batch.inputs if locations.is_missing(path)]):
        raise FileAccessError(f"{missing[0]}: no such folder.", "Make it before it is watched, or check the path.")
    heard = reporter(console, batch.out, quiet=quiet, as_json=as_json)
    try:
        with _ended_by_signals():
            if watch is not None:
                watch_batch(batch, heard, scheduler, memory << 20, watch)
            totals = restore_batch(batch, heard, scheduler, memory << 20)
    except KeyboardInterrupt:
        if watch is not None:
            raise typer.Exit from None  # there is no other way to end it
        console.print("Interrupted; what is done is kept. Run the same command to go on.", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    if totals.documents == 0:
        raise UnreadableInputError("No documents found.", f"Give files ending in {', '.join(sorted(SUFFIXES))}.")
    return totals


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to end (systemd, docker stop, a closed terminal) unwind the run as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(totals: Totals) -> int:
    """Return the exit code of a run (pipeline/errors.py): 0, or what failed."""
    if not totals.failed:
        return EXIT_SOME_FAILED if totals.pages_failed else 0
    if totals.failed < totals.documents:
        return EXIT_SOME_FAILED
    return _EXIT_OF_KIND.get(totals.first_failure, EXIT_SOME_FAILED)


def watch(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="IN", help="Folder or URL into which files are dropped.")],
    out: Annotated[str, typer.Argument(help="Output folder or URL.")],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = WATCH_SECONDS,
) -> None:
    """Restore what is dropped into IN until stopped; takes the options of buque restore as well.

    A file is taken when it has not changed between two looks.
    """
    command = [folder, "--out", out, "--watch", str(every), *context.args]
    from pipeline.cli import app

    raise typer.Exit(app(["restore", *command], prog_name="buque", standalone_mode=False) or 0)


def register(app: typer.Typer) -> None:
    """Add the command ``watch`` to *app*."""
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(watch)

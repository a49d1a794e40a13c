"""Commands that restore documents: restore, watch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.batch import locations
from pipeline.errors import BuqueError, FileAccessError, MissingDependencyError, UnreadableInputError
from pipeline.settings import EngineName, Fill, Settings

console = Console(stderr=True)
EXIT_SOME_FAILED = 4
EXIT_REVIEW = 6
EXIT_OF_KIND = {
    "unreadable": UnreadableInputError.exit_code,
    "missing": MissingDependencyError.exit_code,
    "access": FileAccessError.exit_code,
    "changed": FileAccessError.exit_code,
    "error": BuqueError.exit_code,
}
"""Exit codes where no document could be restored, by the first failure; other failures are ``EXIT_SOME_FAILED``."""

FillOption = Annotated[str, typer.Option(help="accepted: certain readings only; best: every hole.")]
MarkOption = Annotated[bool, typer.Option(help="Put supplied text between ⟦ and ⟧.")]
JobsOption = Annotated[int, typer.Option(min=0, help="Cores to use; 0 takes all.")]
BeamOption = Annotated[int, typer.Option(min=1, max=2000, help="Hypotheses kept; more is slower, slightly better.")]
ReferencesOption = Annotated[Path | None, typer.Option(help="Folder of sister documents to adapt to and cite.")]
VocabularyOption = Annotated[Path | None, typer.Option(help="Own terms: one a line, or TSV term, category, count.")]
FormatOption = Annotated[
    list[str] | None, typer.Option("--format", help="Further files: md hocr alto page tei pdf docx csv json; repeat.")
]
OcrOption = Annotated[str, typer.Option(help="Engine for page images: rapidocr or tesseract.")]
QuietOption = Annotated[bool, typer.Option(help="No messages but errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Events and reports as JSON lines on stdout.")]
SecondsOption = Annotated[float, typer.Option(min=1, help="Longest time for a page, seconds.")]
MemoryOption = Annotated[int, typer.Option(min=0, help="Memory a worker may use, MiB; 0 sets no limit.")]
SchedulerOption = Annotated[str | None, typer.Option(help="dask://host:port restores on a cluster.")]


def restore(
    paths: Annotated[list[str], typer.Argument(help="Files, folders or URLs; - reads stdin and writes stdout.")],
    out: Annotated[str, typer.Option(help="Output folder or URL; a folder per document.")] = "out",
    fill: FillOption = "accepted",
    mark: MarkOption = False,
    jobs: JobsOption = 0,
    beam: BeamOption = 200,
    references: ReferencesOption = None,
    vocabulary: VocabularyOption = None,
    formats: FormatOption = None,
    ocr: OcrOption = "rapidocr",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option(help="Exit 6 when something needs review.")] = False,
    force: Annotated[bool, typer.Option(help="Restore again what is unchanged too.")] = False,
    from_stage: Annotated[
        str | None, typer.Option("--from", help="Do this stage and those behind it again: read, restore, write.")
    ] = None,
    page_seconds: SecondsOption = 180.0,
    memory: MemoryOption = 4096,
    scheduler: SchedulerOption = None,
) -> None:
    """Restore text files, page images and PDFs into OUT/NAME/: restored.txt, edits.jsonl, diff.html, report.json.

    What an earlier run into OUT has restored, with the same input, settings, models and code, is not done again.
    """
    from pipeline.batch.keys import STAGES

    settings = _settings(fill, mark, jobs, beam, references, vocabulary, ocr)
    if from_stage is not None and from_stage not in STAGES:
        raise typer.BadParameter(f"choose {', '.join(STAGES)}", param_hint="--from")
    if paths == ["-"]:
        raise typer.Exit(_pipe(settings, strict))

    from pipeline.batch.progress import reporter
    from pipeline.batch.runner import Batch
    from pipeline.batch.session import restore_batch

    batch = Batch(tuple(paths), locations.absolute(out), settings, _formats(formats), force, from_stage, page_seconds)
    totals = restore_batch(batch, reporter(console, out, quiet=quiet, as_json=as_json), scheduler, memory << 20)
    if totals.documents == 0:
        from pipeline.batch.inputs import SUFFIXES

        raise UnreadableInputError("No documents found.", f"Give files ending in {', '.join(sorted(SUFFIXES))}.")
    if totals.failed:
        all_failed = totals.failed == totals.documents
        code = EXIT_OF_KIND.get(totals.first_failure, EXIT_SOME_FAILED) if all_failed else EXIT_SOME_FAILED
        raise typer.Exit(code)
    raise typer.Exit(EXIT_REVIEW if strict and totals.to_review else 0)


def _pipe(settings: Settings, strict: bool) -> int:
    """Restore standard input to standard output and return the exit code."""
    from pipeline.reading.text import decode
    from pipeline.restoration import restore as restore_text

    text, _ = decode(sys.stdin.buffer.read(), "stdin")
    result = restore_text(text, settings)
    sys.stdout.buffer.write(result.text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
    return EXIT_REVIEW if strict and any(e.status != "accepted" for e in result.edits) else 0


def _settings(
    fill: str, mark: bool, jobs: int, beam: int, references: Path | None, vocabulary: Path | None, ocr: str
) -> Settings:
    from pipeline.batch.session import cores

    if fill not in ("accepted", "best"):
        raise typer.BadParameter("choose accepted or best", param_hint="--fill")
    chosen: Fill = "best" if fill == "best" else "accepted"
    if ocr not in ("rapidocr", "tesseract"):
        raise typer.BadParameter("choose rapidocr or tesseract", param_hint="--ocr")
    engine: EngineName = "tesseract" if ocr == "tesseract" else "rapidocr"
    return Settings(
        fill=chosen,
        mark=mark,
        jobs=jobs or cores(),
        beam=beam,
        references=references,
        vocabulary=vocabulary,
        ocr=engine,
    )


def _formats(formats: list[str] | None) -> tuple[str, ...]:
    if not formats:
        return ()
    from pipeline.writing.formats import FORMATS

    if unknown := set(formats) - set(FORMATS):
        raise typer.BadParameter(f"not a format: {', '.join(sorted(unknown))}", param_hint="--format")
    return tuple(formats)


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(restore)

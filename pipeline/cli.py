"""The command ``buque``. Results go to stdout, messages to stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from pipeline.commands.review import register
from pipeline.document import PAGE_SUFFIXES
from pipeline.errors import BuqueError, UnreadableInputError
from pipeline.settings import EngineName, Fill, Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(stderr=True)
register(app)
SUFFIXES = frozenset({".txt", ".md", ".text", ".hocr", ".xml"}) | PAGE_SUFFIXES
EXIT_SOME_FAILED = 4
EXIT_REVIEW = 6


def _version(value: bool) -> None:
    if value:
        from pipeline import __version__

        print(f"buque {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False) -> None:
    """Restore damaged Chinese documents; say how sure each supplied character is."""


@app.command()
def restore(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; - reads stdin and writes stdout.")],
    out: Annotated[Path, typer.Option(help="Output folder; a folder per document.")] = Path("out"),
    fill: Annotated[str, typer.Option(help="accepted: certain readings only; best: every hole.")] = "accepted",
    mark: Annotated[bool, typer.Option(help="Put supplied text between ⟦ and ⟧.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Threads.")] = 4,
    beam: Annotated[int, typer.Option(min=1, max=2000, help="Hypotheses kept; more is slower, slightly better.")] = 200,
    references: Annotated[Path | None, typer.Option(help="Folder of sister documents to adapt to and cite.")] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="Own terms: one a line, or TSV term, category, count.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="Further files: md hocr alto page tei pdf docx csv json; repeat."),
    ] = None,
    ocr: Annotated[str, typer.Option(help="Engine for page images: rapidocr or tesseract.")] = "rapidocr",
    misreadings: Annotated[bool, typer.Option(help="Look for misread characters.")] = True,
    pinyin_confusions: Annotated[
        bool, typer.Option("--pinyin-confusions", help="Characters that sound alike are confused too: typed text.")
    ] = False,
    quiet: Annotated[bool, typer.Option(help="No messages but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The reports as JSON lines on stdout.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 6 when something needs review.")] = False,
) -> None:
    """Restore text files, page images and PDFs into OUT/NAME/: restored.txt, edits.jsonl, diff.html, report.json."""
    if fill not in ("accepted", "best"):
        raise typer.BadParameter("choose accepted or best", param_hint="--fill")
    chosen: Fill = "best" if fill == "best" else "accepted"
    from pipeline.writing.formats import FORMATS

    if unknown := set(formats or ()) - set(FORMATS):
        raise typer.BadParameter(f"not a format: {', '.join(sorted(unknown))}", param_hint="--format")
    if ocr not in ("rapidocr", "tesseract"):
        raise typer.BadParameter("choose rapidocr or tesseract", param_hint="--ocr")
    engine: EngineName = "tesseract" if ocr == "tesseract" else "rapidocr"
    settings = Settings(
        fill=chosen, mark=mark, jobs=jobs, beam=beam, references=references, vocabulary=vocabulary, ocr=engine,
        misreadings=misreadings, pinyin_confusions=pinyin_confusions,
    )  # fmt: skip
    from pipeline.restoration import restore as run

    if paths == [Path("-")]:
        from pipeline.reading.text import decode

        text, _ = decode(sys.stdin.buffer.read(), "stdin")
        result = run(text, settings)
        sys.stdout.buffer.write(result.text.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        raise typer.Exit(EXIT_REVIEW if strict and any(e.status != "accepted" for e in result.edits) else 0)

    from pipeline.writing.files import report, write_document

    documents = _documents(paths)
    failures: list[BuqueError] = []
    review = False
    table = Table("document", "damage", "accepted", "suggested", "open", "seconds")
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("restoring", total=len(documents))
        for path, name in documents:
            try:
                result = run(path, settings)
                write_document(result, settings, out / name, name, formats or ())
            except BuqueError as error:
                failures.append(error)
                console.print(f"[red]{escape(str(error))}[/red]")
            else:
                counts = {s: sum(e.status == s for e in result.edits) for s in ("accepted", "suggested", "open")}
                review = review or counts["suggested"] + counts["open"] > 0
                damage = str(result.damage.cut or "none systematic")
                if result.garble.rescan and not quiet:
                    told = ", ".join(map(str, result.garble.rescan))
                    console.print(f"[yellow]{escape(name)}: page {told} is too garbled to repair; scan again.[/yellow]")
                table.add_row(name, damage, *(str(c) for c in counts.values()), f"{result.seconds:.1f}")
                if as_json:
                    print(json.dumps(report(result, settings, name), ensure_ascii=False), flush=True)
            progress.advance(task)
    if not quiet:
        console.print(table)
        console.print(f"{len(documents) - len(failures)} documents in {escape(str(out))}; open a diff.html to review.")
    if failures:
        raise typer.Exit(failures[0].exit_code if len(failures) == len(documents) else EXIT_SOME_FAILED)
    raise typer.Exit(EXIT_REVIEW if strict and review else 0)


def _documents(paths: list[Path]) -> list[tuple[Path, str]]:
    """List the input files with a distinct output name each."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files.extend(sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()))
        else:
            files.append(path)
    if not files:
        raise UnreadableInputError("No documents found.", f"Give files ending in {', '.join(sorted(SUFFIXES))}.")
    names: list[tuple[Path, str]] = []
    taken: set[str] = set()
    for file in files:
        name = file.stem if file.stem not in taken else file.name
        number = 2
        while name in taken:
            name = f"{file.name}-{number}"
            number += 1
        taken.add(name)
        names.append((file, name))
    return names


@app.command()
def diff(path: Path) -> None:
    """Restore one file and print a coloured unified diff."""
    from pipeline.restoration import restore as run
    from pipeline.writing.files import unified_diff

    result = run(path, Settings())
    output = Console()
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in unified_diff(result.original, result.text, path.name):
        output.print(escape(line), style=colours.get(line[:1], ""), highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command; expected errors print a line and set the exit code."""
    try:
        app()
    except BuqueError as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

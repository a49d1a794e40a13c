"""The command ``buque diff``: what a restoration changes, on the terminal or for other programs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from pipeline.commands.runs import EXIT_SOME_FAILED
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.edits import Edit

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_STATUSES = ("accepted", "suggested")
_ALL = ("accepted", "suggested", "faint", "open")
LEAST = Settings().suggest


def diff(
    path: Annotated[Path, typer.Argument(help="A file, or the folder of a restored document (OUT/NAME).")],
    only: Annotated[
        str, typer.Option(help="accepted: what a restoration changes; suggested: what it would ask you.")
    ] = "accepted",
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Suggestions of a lower probability are faint: left out, counted apart.")
    ] = LEAST,
    context: Annotated[int, typer.Option("--context", "-U", min=0, help="Lines around a change.")] = 3,
    stat: Annotated[bool, typer.Option("--stat", help="Figures by kind of edit, no text.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The edits, as in edits.jsonl.")] = False,
) -> None:
    """Print what restoring one file changes, as a unified diff that patch(1) takes; in colour on a terminal."""
    if only not in _STATUSES:
        raise typer.BadParameter(f"choose {' or '.join(_STATUSES)}", param_hint="--only")
    original, edits, rows, failures = _found(path)
    if as_json:
        kept = (_class(edit, least) == only for edit in edits)
        chosen = (row for row, is_kept in zip(rows, kept, strict=True) if is_kept)
        _write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in chosen))
    elif stat:
        _write(_figures(edits, least))
    else:
        from pipeline.edits import apply
        from pipeline.writing.files import unified_diff

        restored = apply(original, [edit for edit in edits if _class(edit, least) == only])
        _show(unified_diff(original, restored, path.name, context))
    for failure in failures:
        print(failure, file=sys.stderr)
    raise typer.Exit(EXIT_SOME_FAILED if failures else 0)


def _found(path: Path) -> tuple[str, tuple[Edit, ...], list[dict[str, Any]], list[str]]:
    """Return original, edits, their rows and the failures of pages: of a restored document, or by restoring a file."""
    if path.is_dir():
        from pipeline.review.stored import load

        stored = load(path)
        failed = [str(page["error"]) for page in stored.report.get("pages_failed", ())]
        return stored.original, stored.edits, list(stored.rows), failed
    from pipeline.restoration import restore
    from pipeline.writing.rows import edit_rows

    result = restore(path, Settings())
    return result.original, result.edits, list(edit_rows(result)), [error for _, error in result.failures]


def _class(edit: Edit, least: float) -> str:
    """Return the status of an edit, or faint where it is a suggestion below *least*."""
    from pipeline.edits import is_faint

    return "faint" if is_faint(edit, least) else edit.status


def _figures(edits: tuple[Edit, ...], least: float) -> str:
    counts: Counter[tuple[str, str]] = Counter((edit.kind, _class(edit, least)) for edit in edits)
    kinds = sorted({kind for kind, _ in counts})
    rows = [("kind", *_ALL), *((kind, *(str(counts[kind, status]) for status in _ALL)) for kind in kinds)]
    rows.append(("all", *(str(sum(n for (_, of), n in counts.items() if of == status)) for status in _ALL)))
    return "".join(f"{row[0]:<14}{''.join(f'{cell:>10}' for cell in row[1:])}\n" for row in rows)


def _show(lines: list[str]) -> None:
    output = Console()
    if not output.is_terminal:
        _write("".join(f"{line}\n" for line in lines))
        return
    for line in lines:
        output.print(Text(line, style=_COLOURS.get(line[:1], "")), soft_wrap=True)


def _write(text: str) -> None:
    """Write to standard output as it is: no tabs widened, no lines broken."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(diff)

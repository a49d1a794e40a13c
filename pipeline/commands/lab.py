"""The command ``buque lab``: render pages with known damage, and measure how well they are read back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import FileAccessError, UnreadableInputError
from pipeline.reading.text import decode
from pipeline.settings import EngineName

lab = typer.Typer(no_args_is_help=True, help="Damage laboratory: pages with known damage, and how well they are read.")


@lab.command()
def render(
    text: Annotated[Path, typer.Argument(help="UTF-8 text, a paragraph a line.")],
    out: Annotated[Path, typer.Argument(help="Folder for the pages and their truth.")],
    pages: Annotated[int, typer.Option(min=1, help="Pages of each setting (grid, justified) and size.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of loss and wear.")] = 1,
    dpi: Annotated[list[int] | None, typer.Option(min=100, max=600, help="Resolution; repeat.")] = None,
    points: Annotated[list[float] | None, typer.Option(min=8, max=30, help="Size; repeat.")] = None,
    font: Annotated[list[str] | None, typer.Option(help="Font by name; repeat; all installed by default.")] = None,
    loss: Annotated[str, typer.Option(help="Share (0.44), cut (GB2312>C2C9, Unicode<5E74) or characters.")] = "0.44",
    wear: Annotated[list[str] | None, typer.Option(help="fold, fade, seal or strokes; repeat.")] = None,
    versions: Annotated[str, typer.Option(help="a clean, b glyphs lost, c scanned, d both.")] = "abcd",
    tables: Annotated[bool, typer.Option("--tables", help="A ruled table on every page, some cells lost.")] = False,
) -> None:
    """Render TEXT to pages with truth; the same arguments give the same pages."""
    from pipeline.laboratory.rendering import VERSIONS, WEAR
    from pipeline.laboratory.rendering import render as run
    from pipeline.laboratory.typesetting import FONTS

    for given, allowed, hint in ((wear, WEAR, "--wear"), (font, FONTS, "--font"), (versions, VERSIONS, "--versions")):
        if unknown := [value for value in given or () if value not in allowed]:
            message = f"{', '.join(unknown)}: choose from {', '.join(allowed)}"
            raise typer.BadParameter(message, param_hint=hint)
    if not text.is_file():
        raise FileAccessError(f"{text}: no such file.", "Give a text file, a paragraph a line.")
    content, _ = decode(text.read_bytes(), str(text))
    arguments = (dpi or (200, 300), points or (16.0,), font or (), loss, wear or (), versions, tables)
    written = run(content, out, pages, seed, *arguments)
    if not written:
        raise UnreadableInputError(f"{text}: too short to fill a page.", "Give a longer text.")
    print(f"{len(written)} pages in {out}", file=sys.stderr)


@lab.command()
def measure(
    folder: Annotated[Path, typer.Argument(help="Folder that buque lab render wrote.")],
    ocr: Annotated[str, typer.Option(help="rapidocr, tesseract or both.")] = "rapidocr",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    by: Annotated[list[str] | None, typer.Option(help="version, font, dpi, points or setting; repeat.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Lines a page to print that were not read exactly.")] = 0,
) -> None:
    """Read every page of FOLDER and print gaps, line ends, characters and seconds."""
    from pipeline.laboratory.measuring import measure as run
    from pipeline.laboratory.measuring import table, totals
    from pipeline.recognition.engine import ENGINES

    if ocr not in ENGINES:
        raise typer.BadParameter(f"choose from {', '.join(ENGINES)}", param_hint="--ocr")
    engine: EngineName = next(name for name in ENGINES if name == ocr)
    if not folder.is_dir():
        raise FileAccessError(f"{folder}: no such folder.", "Give the folder that buque lab render wrote.")
    measured = []
    for name, result in run(folder, engine, jobs):
        measured.append(result)
        for want, got in result[2][:show]:
            print(f"{name}\n  {want}\n  {got}")
    keys = by or ["version"]
    print(table(totals(measured, lambda about: " ".join(str(about[key]) for key in keys))))


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.add_typer(lab, name="lab")

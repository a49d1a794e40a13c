"""The command ``buque``. Results go to stdout, messages to stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.commands import batch
from pipeline.commands.review import register
from pipeline.errors import BuqueError
from pipeline.settings import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(stderr=True)
register(app)
batch.register(app)


def _version(value: bool) -> None:
    if value:
        from pipeline import __version__

        print(f"buque {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False) -> None:
    """Restore damaged Chinese documents; say how sure each supplied character is."""


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

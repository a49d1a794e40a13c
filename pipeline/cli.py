"""The command ``buque``. Results go to stdout, messages to stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.commands import diff, lab, runs
from pipeline.commands.review import register
from pipeline.edits import KINDS, is_faint
from pipeline.errors import BuqueError, FileAccessError
from pipeline.settings import Encoding, EngineName, Fill, Settings, Witnesses

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(stderr=True)
register(app)
diff.register(app)
lab.register(app)
runs.register(app)
EXIT_USAGE = 1
EXIT_PIPE = 141  # 128 and SIGPIPE, as other programs end
_UsageError: Any = typer.BadParameter.__base__  # of the click that this typer uses, which may be its own
EXIT_REVIEW = 6
_OF_FOLDERS = {
    "out": "--out",
    "formats": "--format",
    "as_json": "--json",
    "force": "--force",
    "from_stage": "--from",
    "page_seconds": "--page-seconds",
    "memory": "--memory",
    "scheduler": "--scheduler",
    "watch": "--watch",
}
"""Options of runs over files, as the function and as the user names them."""


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
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files, folders or URLs; - reads stdin and writes stdout.")],
    out: Annotated[str, typer.Option(help="Output folder or URL; a folder per document.")] = "out",
    fill: Annotated[str, typer.Option(help="accepted: certain readings only; best: every hole.")] = "accepted",
    mark: Annotated[bool, typer.Option(help="Put supplied text between ⟦ and ⟧.")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Cores to use; 0 takes all.")] = 0,
    beam: Annotated[int, typer.Option(min=1, max=2000, help="Hypotheses kept; more is slower, slightly better.")] = 200,
    references: Annotated[Path | None, typer.Option(help="Folder of sister documents to adapt to and cite.")] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="Own terms: one a line, or TSV term, category, count.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="Further files: md hocr alto page tei pdf docx csv json tables; repeat."),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="What earlier decisions taught: see buque apply --profile.")
    ] = None,
    no: Annotated[list[str] | None, typer.Option(help="Kind of edit that is not made; repeat.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Kind of edit that alone is made; repeat.")] = None,
    ocr: Annotated[
        str, typer.Option(help="Engine for page images: rapidocr, tesseract, both or module:Class.")
    ] = "rapidocr",
    engine: Annotated[
        str,
        typer.Option(help="What reads holes: ngram, both: a neural witness beside them, auto: both if there is one."),
    ] = "auto",
    password: Annotated[str | None, typer.Option(help="Password of encrypted PDFs.")] = None,
    pinyin_confusions: Annotated[
        bool | None,
        typer.Option(
            help="Characters that sound alike are confused too: typed text. By default the text's errors tell."
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="Of restored.txt: same as the input's, or utf-8; files that were not text give UTF-8.")
    ] = "same",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events and reports as JSON lines on stdout.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 6 when something needs review; faint suggestions do not.")] = False,
    force: Annotated[bool, typer.Option(help="Restore again what is unchanged too.")] = False,
    from_stage: Annotated[
        str | None, typer.Option("--from", help="Do this stage and those behind it again: read, restore, write.")
    ] = None,
    page_seconds: Annotated[float, typer.Option(min=1, help="Longest time for a page, seconds.")] = 180.0,
    memory: Annotated[int, typer.Option(min=0, help="Memory a worker may use, MiB; 0 sets no limit.")] = 4096,
    scheduler: Annotated[str | None, typer.Option(help="dask://host:port restores on a cluster.")] = None,
    watch: Annotated[float | None, typer.Option(min=0.1, help="Look for new files every so many seconds.")] = None,
) -> None:
    """Restore texts (HTML and Word too), page images and PDFs into OUT/NAME/: restored.txt, edits.jsonl, diff.html ...

    What an earlier run into OUT has restored with the same input, settings, models and code is not done again.
    """
    if fill not in ("accepted", "best"):
        raise typer.BadParameter("choose accepted or best", param_hint="--fill")
    chosen: Fill = "best" if fill == "best" else "accepted"
    further = runs.known_formats(formats or [])
    if ocr not in get_args(EngineName) and ":" not in ocr:
        raise typer.BadParameter(f"choose {', '.join(get_args(EngineName))} or module:Class", param_hint="--ocr")
    if engine not in get_args(Witnesses):
        raise typer.BadParameter(f"choose {', '.join(get_args(Witnesses))}", param_hint="--engine")
    if encoding not in get_args(Encoding):
        raise typer.BadParameter("choose same or utf-8", param_hint="--encoding")
    if unknown := {*(no or ()), *(only or ())} - set(KINDS):
        hint = f"not a kind of edit: {', '.join(sorted(unknown))}; choose among {', '.join(KINDS)}"
        raise typer.BadParameter(hint, param_hint="--no, --only")
    off = frozenset(no or ()) | (frozenset(KINDS) - frozenset(only) if only else frozenset())
    settings = Settings(
        fill=chosen,
        mark=mark,
        jobs=jobs or runs.cores(),
        beam=beam,
        references=references,
        vocabulary=vocabulary,
        ocr=cast(EngineName, ocr),
        engine=cast(Witnesses, engine),
        off=off,
        encoding=cast(Encoding, encoding),
        password=password,
        pinyin_confusions=pinyin_confusions,
        profile=profile,
    )
    runs.check_profile(profile)
    runs.check_lists(settings)
    if "-" in paths:
        if len(paths) > 1:
            raise typer.BadParameter("- stands alone: stdin is one text", param_hint="paths")
        if unheard := [option for name, option in _OF_FOLDERS.items() if _given(context, name)]:
            hint = "has no meaning for stdin: its text goes to stdout alone"
            raise typer.BadParameter(hint, param_hint=" ".join(unheard))
        raise typer.Exit(_restore_stdin(settings, strict))

    batch = runs.batch(paths, out, settings, further, force, from_stage, page_seconds)
    totals = runs.carry_out(batch, console, quiet, as_json, scheduler, memory, watch)
    raise typer.Exit(runs.exit_code(totals) or (EXIT_REVIEW if strict and totals.to_review else 0))


def _given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP")


def _restore_stdin(settings: Settings, strict: bool) -> int:
    """Restore the text on stdin to stdout; return the exit code."""
    from pipeline.reading.source import STDIN, read_source
    from pipeline.reading.text import encode
    from pipeline.restoration import restore as run

    text, read_as, failures = read_source(sys.stdin.buffer.read(), STDIN)
    for failure in failures:
        console.print(f"[red]{escape(failure)}[/red]", soft_wrap=True)
    result = run(text, settings)
    sys.stdout.buffer.write(encode(result.text, read_as if settings.encoding == "same" else "utf-8")[0])
    sys.stdout.buffer.flush()
    doubtful = (e for e in result.edits if e.status != "accepted" and not is_faint(e, settings.suggest))
    if failures:
        return runs.EXIT_SOME_FAILED
    return EXIT_REVIEW if strict and any(doubtful) else 0


def main() -> None:
    """Run the command; expected errors print a line and set the exit code."""
    try:
        status = app(standalone_mode=False)
    except _UsageError as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(runs.EXIT_INTERRUPTED)
    except BuqueError as error:
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # whoever reads standard output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_PIPE)
    except OSError as error:
        if error.filename is None:
            raise
        message = f"{error.filename}: {error.strerror}. Check the path and its permissions."
        console.print(f"[red]{escape(message)}[/red]", soft_wrap=True)
        sys.exit(FileAccessError.exit_code)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()

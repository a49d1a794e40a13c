"""Commands of review: review, apply, verify."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import BuqueError

EXIT_FAULT = 4


def review(
    out: Annotated[Path, typer.Argument(help="Output folder of buque restore.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Serve the review pages of OUT on this machine; decisions go to OUT/NAME/decisions.jsonl."""
    from pipeline.review.server import ReviewServer

    with ReviewServer(out, port) as server:
        print(server.url, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def apply_decisions(
    decisions: Annotated[Path, typer.Argument(help="decisions.jsonl as the review page exports it.")],
    out: Annotated[Path, typer.Option(help="Output folder of buque restore.")] = Path("out"),
    profile: Annotated[Path | None, typer.Option(help="File that later runs with --profile learn from.")] = None,
) -> None:
    """Write OUT/NAME/reviewed.txt and reviewed.jsonl: the restoration with people's decisions carried out.

    With --profile, what the decisions teach is entered there in place of what the document taught before.
    """
    from pipeline.batch.session import STORE, state_folder
    from pipeline.batch.store import Store
    from pipeline.profile import Profile, merged, read_profile
    from pipeline.review.decisions import carry_out, read_decisions
    from pipeline.review.learning import learnt
    from pipeline.review.stored import by_name, load
    from pipeline.writing.files import write_whole

    made = read_decisions(decisions)
    known = read_profile(profile) if profile and profile.exists() else Profile()
    if (kept := state_folder(str(out)) / STORE).exists():
        store = Store(kept)
        store.put_decisions(made)
        store.close()
    unknown = {decision.document for decision in made}
    conflicts = False
    for folder in by_name(out).values():
        stored = load(folder)
        unknown.discard(stored.name)
        if not any(decision.document == stored.name for decision in made):
            continue
        result = carry_out(stored, made)
        rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in result.rows(stored)]
        write_whole(folder / "reviewed.txt", result.text)
        write_whole(folder / "reviewed.jsonl", "".join(rows))
        print(f"{stored.name}: {len(result.standing)} decisions stand; {folder / 'reviewed.txt'}", file=sys.stderr)
        known = merged(known, stored.name, learnt(stored, result))
        for message in (*result.conflicts, *result.suggestions):
            print(message, file=sys.stderr)
        conflicts = conflicts or bool(result.conflicts)
    if profile:
        write_whole(profile, known.dump())
    for name in sorted(unknown):
        print(f"{name}: no such document in {out}", file=sys.stderr)
    raise typer.Exit(EXIT_FAULT if conflicts or unknown else 0)


def forget(
    document: Annotated[str, typer.Argument(help="Name of the document, as in the profile's lines.")],
    profile: Annotated[Path, typer.Option(help="The profile.")],
) -> None:
    """Take out of a profile what a document taught."""
    from pipeline.profile import read_profile
    from pipeline.writing.files import write_whole

    known = read_profile(profile)
    rest = known.without(document)
    if rest == known:
        raise BuqueError(f"{profile}: nothing was learnt from {document}.", "Its lines name the documents.")
    write_whole(profile, rest.dump())
    print(f"{len(known.facts) - len(rest.facts)} facts forgotten", file=sys.stderr)


def verify(out: Annotated[Path, typer.Argument(help="Output folder of buque restore.")]) -> None:
    """Replay the edits of every document of OUT and compare byte for byte with what lies there."""
    from pipeline.review.stored import documents, faults, unproved

    folders = documents(out)
    found = [f"{folder.name}: report.json is missing" for folder in unproved(out)]
    for folder in folders:
        try:
            found += [f"{folder.name}: {fault}" for fault in faults(folder)]
        except BuqueError as error:
            found.append(str(error))
    for message in found:
        print(message, file=sys.stderr)
    counts = ((len(folders), "document", " checked"), (len(found), "fault", ""))
    print(", ".join(f"{count} {noun}{'' if count == 1 else 's'}{done}" for count, noun, done in counts))
    raise typer.Exit(EXIT_FAULT if found or not folders else 0)


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(review)
    app.command("apply")(apply_decisions)
    app.command()(forget)
    app.command()(verify)

"""The templates of HTML pages that people look at: everything in them is escaped."""

from __future__ import annotations

from pathlib import Path

import jinja2

MOST_PICTURES = 48 << 20
"""Characters of all pictures in a page; above that only lines with an edit keep theirs, so that it opens at once."""


def templates() -> jinja2.Environment:
    """Return an environment of its own for the templates of this folder: escaping, and strict about names."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


PAGES = templates()

"""HTML as text: a paragraph a line, a table row a line with tabs between its cells.

Tables that lay out a page have whole paragraphs in a cell: those stay lines.
"""

from __future__ import annotations

import re

from lxml import etree, html

from pipeline.errors import UnreadableInputError
from pipeline.reading.text import decode

_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "iframe", "object", "svg", "select", "textarea"}
)
_CELLS = frozenset({"td", "th"})
_IN_LINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo big cite code data del dfn em font i img input ins kbd label mark q rp rt ruby s samp small "
        "span strike strong sub sup time tt u var wbr",
    )
)
"""Elements that do not end a line."""

_SPACES = re.compile(r"[ \t\r\n\f]+")
"""White space that HTML shows as one space; U+3000, by which Chinese paragraphs are indented, is none of it."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def text_of(data: bytes, name: str) -> str:
    """Return what a reader of the page sees, without what scripts would add.

    Raises:
        UnreadableInputError: it is empty or no text.
    """
    source, _ = decode(data, name)
    # Without huge_tree the parser leaves out, and says nothing, what lies deeper than 256 elements; with it 2,048.
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(_XML_DECLARATION.sub("", source), parser=parser)
    except (etree.ParserError, ValueError) as error:
        raise UnreadableInputError(f"{name}: {error}.", "Save the page again as HTML or as text.") from error
    if lost := next((entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL), None):
        raise UnreadableInputError(f"{name}: {lost.message.strip()}.", "Save what the browser shows as text.")
    pieces: list[str] = []
    cells: list[int] = []  # pieces before each open cell
    hidden = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if hidden is None and tag in _UNSEEN:
                hidden = element
            if hidden is None:
                if tag in _CELLS:
                    cells.append(len(pieces))
                pieces += [_before(tag), _SPACES.sub(" ", element.text or "")]
        else:
            if hidden is None:
                if tag in _CELLS:
                    _close_cell(pieces, cells.pop())
                pieces.append(_behind(tag))
            elif hidden is element:
                hidden = None
            if hidden is None:
                pieces.append(_SPACES.sub(" ", element.tail or ""))
    lines = (re.sub(r" *\t *", "\t", line).strip(" \t") for line in "".join(pieces).split("\n"))
    text = "\n".join(line for line in lines if line)
    if not text:
        raise UnreadableInputError(
            f"{name}: the page shows no text.", "Its text may come from a script: save what the browser shows."
        )
    return text + "\n"


def _before(tag: str) -> str:
    return "\n" if tag == "br" or not (tag in _IN_LINE or tag in _CELLS) else ""


def _behind(tag: str) -> str:
    return "\t" if tag in _CELLS else "" if tag in _IN_LINE or tag == "br" else "\n"


def _close_cell(pieces: list[str], start: int) -> None:
    """Take the line ends off a cell of one paragraph, the pieces from *start* on: its row is one line."""
    inked = [at for at in range(start, len(pieces)) if pieces[at].strip(" \n")]
    first, last = (inked[0], inked[-1]) if inked else (start, start - 1)
    if "\n" not in pieces[first : last + 1]:
        pieces[start:] = pieces[first : last + 1]

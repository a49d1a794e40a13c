"""HTML as text: a paragraph a line, a table row a line with tabs between its cells.

Items of an ordered list begin with their numbers. Tables that lay out a page have whole paragraphs in a cell: those
stay lines. What a page hides or marks as deleted and how a word is said (ruby) are not its text; preformatted text
keeps its spaces and line ends.
"""

from __future__ import annotations

import codecs
import html
import re
from contextlib import suppress
from html.entities import name2codepoint

import lxml.html
from lxml import etree

from pipeline.errors import UnreadableInputError
from pipeline.reading.text import decode
from pipeline.reading.web_lists import Numbers

_UNSEEN = frozenset(
    re.findall(
        r"\w+",
        "audio canvas datalist del head iframe noframes noscript object rp rt rtc script select style svg template "
        "textarea title video",
    )
)
"""Elements whose text is not shown, or is no longer text; <s> is: text that stands there, struck through."""

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT_STYLE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)\b(?!-line)", re.IGNORECASE)
_PREFORMATTED = frozenset({"pre", "listing", "xmp", "plaintext"})
_CELLS = frozenset({"td", "th"})
_IN_LINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo big cite code data dfn em font i img input ins kbd label mark q rb ruby s samp small "
        "span strike strong sub sup time tt u var wbr",
    )
)
"""Elements that do not end a line."""

_SPACES = re.compile(r"[ \t\r\n\f]+")
"""White space that HTML shows as one space; U+3000, by which Chinese paragraphs are indented, is none of it."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_KEPT_SPACE, _KEPT_END = "\x01", "\x02"
"""Stand for spaces and line ends of preformatted text on the way; controls are taken out of the page before."""

_NO_INK = f" \n{_KEPT_SPACE}{_KEPT_END}"

_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{1,20})", re.IGNORECASE)
_HEAD = 4096  # bytes; the standard looks at 1,024, pages with long comments need more
_CODECS = {
    **dict.fromkeys((b"gb2312", b"gbk", b"x-gbk", b"gb18030", b"gb_2312-80"), "gb18030"),
    **dict.fromkeys((b"big5", b"big5-hkscs", b"x-x-big5"), "big5hkscs"),
}
"""Names of the Chinese encodings in <meta>, and the codec that reads the most of each."""


def text_of(data: bytes, name: str) -> str:
    """Return what a reader of the page sees, without what scripts would add.

    Raises:
        UnreadableInputError: it is empty or no text.
    """
    source = _CONTROLS.sub("", _decoded(data, name))
    source = _REFERENCE.sub(_resolved, _XML_DECLARATION.sub("", source))
    # Without huge_tree the parser leaves out, and says nothing, what lies deeper than 256 elements; with it 2,048.
    parser = lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = lxml.html.document_fromstring(source, parser=parser)
    except (etree.ParserError, ValueError) as error:
        raise UnreadableInputError(f"{name}: {error}.", "Save the page again as HTML or as text.") from error
    if lost := next((entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL), None):
        raise UnreadableInputError(f"{name}: {lost.message.strip()}.", "Save what the browser shows as text.")
    found = (re.sub(r" *\t *", "\t", line).strip(f" \t{_KEPT_END}") for line in "".join(_pieces(root)).split("\n"))
    lines = (line.replace(_KEPT_SPACE, " ").replace(_KEPT_END, "\n") for line in found)
    text = "\n".join(line for line in lines if line.strip())
    if not text:
        raise UnreadableInputError(
            f"{name}: the page shows no text.", "Its text may come from a script: save what the browser shows."
        )
    return text + "\n"


def _decoded(data: bytes, name: str) -> str:
    """Return the page as text: what its bytes prove (a mark, valid UTF-8) counts more than what its <meta> says."""
    declared = _CHARSET.search(data[:_HEAD])
    codec = _CODECS.get(declared[1].lower()) if declared else None
    if codec is not None and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            with suppress(UnicodeDecodeError):  # then it is not what it says either
                return data.decode(codec)
    return decode(data, name)[0]


def _resolved(reference: re.Match[str]) -> str:
    """Resolve a character reference that the parser, which knows HTML 4, does not read as browsers do."""
    if reference[0][1:-1] in name2codepoint:
        return reference[0]
    return html.escape(_CONTROLS.sub("", html.unescape(reference[0])), quote=False)


def _pieces(root: etree._Element) -> list[str]:
    pieces: list[str] = []
    cells: list[int] = []  # pieces before each open cell
    kept: list[etree._Element] = []  # open elements whose white space counts
    numbers, label = Numbers(), ""  # of lists, and what waits for the text of an item
    hidden = None

    def say(text: str | None) -> None:
        nonlocal label
        found = _text(text, bool(kept), bool(cells))
        if label and (first := next((at for at, piece in enumerate(found) if piece.strip(_NO_INK)), None)) is not None:
            found[first] = label + found[first].lstrip(" ")
            label = ""
        pieces.extend(found)

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if hidden is None and _is_hidden(tag, element):
                hidden = element
            if hidden is None:
                if tag == "ol":
                    numbers.begin(element)
                elif tag == "li":
                    label = numbers.label(element)
                if tag in _CELLS:
                    cells.append(len(pieces))
                if tag in _PREFORMATTED or _KEPT_STYLE.search(element.get("style", "")):
                    kept.append(element)
                pieces.append(_before(tag) if not (label and tag == "p") else "")
                say(element.text)
        else:
            if kept and kept[-1] is element:
                kept.pop()
            if hidden is None:
                if tag in _CELLS:
                    _close_cell(pieces, cells.pop())
                pieces.append(_behind(tag))
                if tag == "ol":
                    numbers.end()
                elif tag == "li":
                    label = ""  # of an item without any text that is seen
            elif hidden is element:
                hidden = None
            if hidden is None:
                say(element.tail)
    return pieces


def _is_hidden(tag: str, element: etree._Element) -> bool:
    if tag in _UNSEEN or element.get("hidden") is not None:
        return True
    closed = tag == "dialog" and element.get("open") is None
    return closed or _HIDDEN_STYLE.search(element.get("style", "")) is not None


def _text(text: str | None, kept: bool, in_cell: bool) -> list[str]:
    """Return a text as pieces: its white space as one space, or as it is where it is *kept*."""
    if not text:
        return []
    if not kept:
        return [_SPACES.sub(" ", text)]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", _KEPT_SPACE)
    if not in_cell:
        return [lines.replace("\n", _KEPT_END)]
    return re.split("(\n)", lines)  # a cell of several lines is one of several paragraphs


def _before(tag: str) -> str:
    return "\n" if tag == "br" or not (tag in _IN_LINE or tag in _CELLS) else ""


def _behind(tag: str) -> str:
    return "\t" if tag in _CELLS else "" if tag in _IN_LINE or tag == "br" else "\n"


def _close_cell(pieces: list[str], start: int) -> None:
    """Take the line ends off a cell of one paragraph, the pieces from *start* on: its row is one line."""
    inked = [at for at in range(start, len(pieces)) if pieces[at].strip(" \n")]
    first, last = (inked[0], inked[-1]) if inked else (start, start - 1)
    if "\n" not in pieces[first : last + 1]:
        nested = last >= first and pieces[last] == "\t"  # the last cell of a table in this cell: one tab is enough
        pieces[start:] = pieces[first : last + 1 - nested]

"""Numbers that a browser puts before the items of an ordered list (HTML, 4.4.5 and 4.4.8; CSS Counter Styles 3)."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.reading.docx_numbers import written

_STYLE = re.compile(r"(?:^|;)\s*list-style(-type)?\s*:([^;]*)")
_FUNCTION = re.compile(r"(?<![a-z-])[a-z-]+\((?:[^()\"']|\"[^\"]*\"|'[^']*')*\)|\"[^\"]*\"|'[^']*'")
"""A picture or a text in the stead of a number; a picture's address may hold semicolons. A name is looked at from its
beginning only, or long runs of letters would cost the square of their length."""

_VARIABLE = "var("
"""Begins a value that a style sheet sets, which may not have been saved with the page."""

_INHERITED = frozenset({"inherit", "unset", "revert", "revert-layer"})
_CHINESE = frozenset({"cjk-ideographic", "simp-chinese-informal", "trad-chinese-informal"})
_FORMS = {
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    **dict.fromkeys(("lower-alpha", "lower-latin"), "lowerLetter"),
    **dict.fromkeys(("upper-alpha", "upper-latin"), "upperLetter"),
    "lower-roman": "lowerRoman",
    "upper-roman": "upperRoman",
    "decimal-leading-zero": "decimalZero",
    **dict.fromkeys(_CHINESE, "chineseCounting"),
}
_SIGN = "disc"
_SIGNS = frozenset({"none", _SIGN, "circle", "square", "initial"})
"""Styles of lists without numbers; the initial one is a disc, whatever the element (CSS Lists 3, 3.3)."""

_OWN_NUMBER = re.compile(r"\s*[（(]?(?:[0-9]{1,3}|[一二三四五六七八九十百]{1,5}|[①-⑳])\s*(?:[）)、．.，]|(?<=[①-⑳]))")
"""An item whose text has a number: the page hides the browser's by a style sheet that was not saved with it."""

_MOST = 100_000
"""Greatest number that is believed; a page may name any."""


class Numbers:
    """Counts the items of the lists of a page, which are to be told in their order."""

    def __init__(self) -> None:
        self._lists: list[tuple[int, int, str]] = []  # next number, step and style of each open list

    def begin(self, element: etree._Element) -> None:
        """An ordered list begins."""
        backwards = element.get("reversed") is not None
        items = sum(1 for child in element if child.tag == "li")
        first = _whole(element.get("start"), items if backwards else 1)
        self._lists.append((first, -1 if backwards else 1, _style(element) or "decimal"))

    def end(self) -> None:
        """It ends."""
        self._lists.pop()

    def label(self, item: etree._Element) -> str:
        """Return the number that stands before an item, with what parts the two; empty where it has none."""
        parent = item.getparent()
        if not self._lists or parent is None or parent.tag != "ol":
            return ""
        following, step, of_all = self._lists[-1]
        number = _whole(item.get("value"), following)
        self._lists[-1] = number + step, step, of_all
        style = _style(item) or of_all
        text = next((piece for piece in item.itertext() if piece.strip()), "")
        if style in _SIGNS or not text or _OWN_NUMBER.match(text):
            return ""
        return f"{written(number, _FORMS.get(style, 'decimal'))}{'、' if style in _CHINESE else '. '}"


def _style(element: etree._Element) -> str:
    """Return the style of numbers that an element names; empty where it names none, or that of what holds it.

    The shorthand says in any order whether signs stand inside, which picture stands for them, and their kind; a kind
    that it leaves out is a disc (CSS Lists 3, 3.4). A declaration without a value is none. What a variable stands for
    is unknown: then what the element names without a style holds.
    """
    found = without = element.get("type", "")
    for only_kind, value in _STYLE.findall(_FUNCTION.sub(_in_stead, element.get("style", "").lower())):
        words = [word for word in re.findall(r"[\w-]+", value) if word != "important"]
        kinds = [word for word in words if word not in ("inside", "outside")]
        if _VARIABLE in value:
            found = without
        elif kinds or (words and not only_kind):
            found = next((kind for kind in kinds if kind in _SIGNS), kinds[0] if kinds else _SIGN)
    return "" if found in _INHERITED else found


def _in_stead(function: re.Match[str]) -> str:
    return f"{_VARIABLE})" if function[0].startswith(_VARIABLE) else _SIGN


def _whole(text: str | None, otherwise: int) -> int:
    found = re.match(r"\s*(-?[0-9]{1,6})", text or "")
    return int(found[1]) if found and abs(int(found[1])) <= _MOST else otherwise

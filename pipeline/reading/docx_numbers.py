"""Numbers that Word makes itself, of headings and list items (ECMA-376 part 1, 17.9), as text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_LONGEST_LABEL = 64  # characters of a label's pattern; longer ones are no numbers
_MOST_STYLES = 64  # styles of which one is based on the next
_CLOSED = ("、", "．", ".", "）", ")", "】", "]", "：", ":", "，")
"""Ends of a label behind which nothing stands in print: the tab that Word puts there belongs to the layout."""


def _chinese(digits: str, units: str) -> Callable[[int], str]:
    """Return what writes numbers up to 9,999 with *units*: 十二, 一百零五."""

    def text(number: int) -> str:
        found, zero = "", False
        for place, unit in zip((1000, 100, 10, 1), units, strict=True):
            digit = number // place % 10
            if digit:
                found += (digits[0] if zero else "") + digits[digit] + unit.strip()
            zero = bool(found) and not digit
        return found.removeprefix("一") if number < 20 and found.startswith("一十") else found

    return text


def _listed(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if number <= len(signs) else str(number)


def _letters(first: str) -> Callable[[int], str]:
    """Return what counts a, b, ... z, aa, bb, ... as Word does."""
    return lambda number: chr(ord(first) + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN.items():
        text += sign * (number // value)
        number %= value
    return text


_ROMAN = {
    900: "CM",
    500: "D",
    400: "CD",
    100: "C",
    90: "XC",
    50: "L",
    40: "XL",
    10: "X",
    9: "IX",
    5: "V",
    4: "IV",
    1: "I",
}
_DIGITAL = str.maketrans("0123456789", "〇一二三四五六七八九")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_COUNTED = _chinese("零一二三四五六七八九", "千百十 ")
_CIRCLED = _listed("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_FORMATS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand", "japaneseCounting"), _COUNTED),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand"), _COUNTED),
    "chineseLegalSimplified": _chinese("零壹贰叁肆伍陆柒捌玖", "仟佰拾 "),
    "ideographLegalTraditional": _chinese("零壹貳參肆伍陸柒捌玖", "仟佰拾 "),
    **dict.fromkeys(("ideographDigital", "japaneseDigitalTenThousand"), lambda n: str(n).translate(_DIGITAL)),
    "ideographTraditional": _listed("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _listed("子丑寅卯辰巳午未申酉戌亥"),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _CIRCLED),
    "decimalEnclosedParen": _listed("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "decimalEnclosedFullstop": _listed("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "ideographEnclosedCircle": _listed("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "decimalZero": lambda number: f"{number:02}",
    **dict.fromkeys(("decimalFullWidth", "decimalFullWidth2"), lambda n: str(n).translate(_FULL_WIDTH)),
    "upperLetter": _letters("A"),
    "lowerLetter": _letters("a"),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
}
"""How a number below 1,000 is written, by the name of its format; all others are plain digits."""

_FORMATTED_BELOW = 1000


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    plain: bool = False
    """All numbers of the label are plain digits (isLgl)."""


class Numbers:
    """Counts the numbered paragraphs of a document, which are to be told in their order.

    Args:
        numbering: root of the part word/numbering.xml, or None where there is none.
        styles: root of word/styles.xml, or None.
    """

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, list[int | None]] = defaultdict(lambda: [None] * _LEVELS)
        self._styles = {s.get(f"{W}styleId", ""): s for s in styles.iterfind(f"{W}style")} if styles is not None else {}
        for abstract in numbering.iterfind(f"{W}abstractNum") if numbering is not None else ():
            found = dict(map(_level, abstract.iterfind(f"{W}lvl")))
            self._levels[abstract.get(f"{W}abstractNumId", "")] = found
        for number in numbering.iterfind(f"{W}num") if numbering is not None else ():
            self._add(number)

    def _add(self, number: etree._Element) -> None:
        name = number.get(f"{W}numId", "")
        self._lists[name] = _value(number, "abstractNumId")
        starts = {}
        for override in number.iterfind(f"{W}lvlOverride"):
            if start := _value(override, "startOverride"):
                starts[_whole(override.get(f"{W}ilvl"), 0)] = _whole(start, 1)
        self._restarts[name] = starts

    def label(self, paragraph: etree._Element) -> str:
        """Return the number before a paragraph with what parts the two; empty where it has none."""
        name, depth = self._place(paragraph)
        kind = self._lists.get(name, "")
        levels = self._levels.get(kind, {})
        if depth not in levels:
            return ""
        counts = self._counts[kind]
        level = levels[depth]
        restart = self._restarts[name].pop(depth, None)
        last = counts[depth]
        counts[depth] = restart if restart is not None else level.start if last is None else last + 1
        counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)

        def shown(sign: re.Match[str]) -> str:
            at = int(sign[1]) - 1
            other, count = levels.get(at, level), counts[at]
            return written(other.start if count is None else count, "decimal" if level.plain else other.form)

        text = re.sub(r"%([1-9])", shown, level.text) if level.form != "bullet" else ""
        parted = level.suffix == "space" or (level.suffix == "tab" and not text.endswith(_CLOSED))
        return f"{text} " if text and parted else text

    def _place(self, paragraph: etree._Element) -> tuple[str, int]:
        """Return list and level of a paragraph: its own, or those of its style; an empty name where it has none."""
        properties = paragraph.find(f"{W}pPr")
        style = _value(properties, "pStyle")
        name = depth = ""
        for _ in range(_MOST_STYLES):
            numbered = properties.find(f"{W}numPr") if properties is not None else None
            name, depth = name or _value(numbered, "numId"), depth or _value(numbered, "ilvl")
            own = self._styles.get(style)
            if name or own is None:
                break
            properties, style = own.find(f"{W}pPr"), _value(own, "basedOn")
        return name, min(max(_whole(depth, 0), 0), _LEVELS - 1)


def _level(element: etree._Element) -> tuple[int, _Level]:
    legal = element.find(f"{W}isLgl")
    level = _Level(
        _whole(_value(element, "start"), 1),
        _value(element, "numFmt") or "decimal",
        _value(element, "lvlText")[:_LONGEST_LABEL],
        _value(element, "suff") or "tab",
        legal is not None and legal.get(f"{W}val") not in ("0", "false", "off"),
    )
    return _whole(element.get(f"{W}ilvl"), 0), level


def _value(element: etree._Element | None, name: str) -> str:
    found = element.find(f"{W}{name}") if element is not None else None
    return found.get(f"{W}val", "") if found is not None else ""


def _whole(text: str | None, otherwise: int) -> int:
    """Return a number that stands in the file; one that is none, or none that anybody counts to, is *otherwise*."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else otherwise


def written(number: int, form: str) -> str:
    """Return a number as a format of Word's writes it; plain digits where nobody counts so far."""
    if form == "none":
        return ""
    return _FORMATS.get(form, str)(number) if 0 < number < _FORMATTED_BELOW else str(number)

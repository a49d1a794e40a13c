"""E-mail, addresses on the net, telephone numbers and post codes: what cannot be right, and what it must have been.

A repair is sure only where one known address is left (``sina.c0m``) or the document writes it right elsewhere; digits
of telephones and post codes are never replaced without being asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.detection.findings import LIKELY, POSSIBLE, SURE, finding, flag
from pipeline.detection.source import Source
from pipeline.detection.witnesses import DocumentWitnesses
from pipeline.edits import Edit

_EMAIL = re.compile(r"(?<![A-Za-z0-9._-])([A-Za-z0-9][A-Za-z0-9._-]*)([@＠])([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_BROKEN_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._-])([A-Za-z0-9][A-Za-z0-9._-]*[ ]?[@＠][ ]?[A-Za-z0-9-]+(?:[ ]?[.。．,，][ ]?[A-Za-z0-9-]+)+)"
)
_URL = re.compile(
    r"(?<![A-Za-z])((?:h[tl1i]{1,2}p|http)s?[:：;；.]?[/\\l]{1,3}|www[.,，。])([A-Za-z0-9.,，。/_~%?=&#:-]+)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?:电话|传真|热线|手机|座机)[^\n0-9]{0,8}?[:：][ \t]*([(（]?[0-9A-Za-z][0-9A-Za-z ()（）—－–-]{5,20})"
)
_POSTCODE = re.compile(r"(?:邮编|邮政编码)[ \t]*[:：]?[ \t]*([0-9A-Za-z]{3,10})")
_LOOK_ALIKE = str.maketrans({"l": "1", "i": "1", "I": "1", "o": "0", "O": "0"})
_TO_DIGIT = str.maketrans({"l": "1", "I": "1", "i": "1", "O": "0", "o": "0", "S": "5", "B": "8", "Z": "2"})

DOMAINS = frozenset(
    (
        *(
            "163.com",
            "126.com",
            "139.com",
            "189.cn",
            "21cn.com",
            "aliyun.com",
            "foxmail.com",
            "gmail.com",
            "hotmail.com",
        ),
        *("outlook.com", "qq.com", "sina.cn", "sina.com", "sina.com.cn", "sohu.com", "tom.com", "wo.cn", "yeah.net"),
        *("vip.163.com", "vip.qq.com", "vip.sina.com"),
    )
)
"""Mail services that Chinese offices use."""


@cache
def _regions() -> dict[str, dict[str, str]]:
    """Provinces by the beginning of a post code (``post``) and of an area code (``area``)."""
    table: dict[str, dict[str, str]] = {"post": {}, "area": {}}
    path = Path(__file__).with_name("data") / "regions.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        province, post, area = line.split("\t")
        table["post"].update(dict.fromkeys(post.split(), province))
        table["area"].update(dict.fromkeys(area.split(), province))
    return table


def _skeleton(address: str) -> str:
    """Return an address with look-alike characters made one: 1 l i, 0 o, rn m, vv w."""
    return address.lower().replace("rn", "m").replace("vv", "w").translate(_LOOK_ALIKE)


_BY_SKELETON = {_skeleton(domain): domain for domain in DOMAINS}


def find(source: Source) -> Iterator[Edit]:
    """Yield edits and flags of contacts."""
    text, witnesses = source.text, source.witnesses
    if "@" in text or "＠" in text:
        yield from _emails(text)
    yield from _urls(text)
    yield from _phones(text, witnesses)


def _emails(text: str) -> Iterator[Edit]:
    found = list(_EMAIL.finditer(text))
    counts: dict[str, dict[str, int]] = {}
    for match in found:
        spelling = counts.setdefault(_skeleton(match[1] + match[3]), {})
        spelling[match[0]] = spelling.get(match[0], 0) + 1
    for match in found:
        domain = match[3].lower()
        known = _BY_SKELETON.get(_skeleton(domain))
        if known and known != domain:
            sign = f"contact: {domain} is no mail service, {known} looks alike"
            yield finding(text, match.span(3), known, "contact", sign, probability=SURE)
        elif domain.rsplit(".", 1)[-1].isdecimal() or re.search(r"\.(?:corn|c0m|con|cm|cOm)$", domain):
            yield flag(text, match.span(3), "contact", f"contact: no address ends in .{domain.rsplit('.', 1)[-1]}")
        spellings = counts[_skeleton(match[1] + match[3])]
        if (other := max(spellings, key=lambda s: spellings[s])) != match[0] and spellings[other] > spellings[match[0]]:
            local = other.split("@")[0]
            sign = f"document: {other} stands {spellings[other]} times"
            yield finding(text, match.span(1), local, "contact", sign, probability=SURE)
        else:
            yield from _local_part(text, match)
    if len(found) < text.count("@") + text.count("＠"):
        for match in _BROKEN_EMAIL.finditer(text):
            tidy = re.sub(r"[ ]", "", match[1]).translate(str.maketrans("＠。．,，", "@...."))
            if not _EMAIL.fullmatch(match[1]) and tidy.split("@")[1].lower() in DOMAINS:
                sign = "contact: stray space or full-width sign inside an address"
                yield finding(text, match.span(1), tidy, "contact", sign, probability=LIKELY)


def _local_part(text: str, match: re.Match[str]) -> Iterator[Edit]:
    """Yield suggestions for 1 and 0 among letters, and for letters in the number before ``@qq.com``."""
    local = match[1]
    if match[3].lower() == "qq.com" and sum(c.isdigit() for c in local) >= 5 and re.search(r"[lIoOSB]", local):
        fixed = local.translate(_TO_DIGIT)
        if fixed.isdecimal():
            sign = "contact: a number stands before @qq.com"
            yield finding(text, match.span(1), fixed, "contact", sign, probability=LIKELY)
        return
    digits = [i for i, c in enumerate(local) if c.isdigit()]
    letters = sum(c.isalpha() for c in local)
    # lxzx@ read as 1xzx@: the only digit, a look-alike, and letters on (that is, digits mostly end a name).
    if len(digits) == 1 and letters >= 3 and local[digits[0]] in "10" and digits[0] < len(local) - 1:
        fixed = local.replace("1", "l").replace("0", "o")
        sign = f"contact: the digit {local[digits[0]]} alone among letters; {fixed[digits[0]]} looks alike"
        yield finding(text, match.span(1), fixed, "contact", sign, probability=POSSIBLE)


def _urls(text: str) -> Iterator[Edit]:
    for match in _URL.finditer(text):
        scheme, rest = match[1], match[2]
        if scheme.lower() not in ("http://", "https://", "www."):
            if scheme.lower().startswith("www"):
                fixed = "www."
            elif "." in rest:
                fixed = "https://" if re.match(r"h..?ps", scheme, re.IGNORECASE) else "http://"
            else:
                continue
            sign = f"contact: {scheme} begins no address"
            yield finding(text, match.span(1), fixed, "contact", sign, probability=LIKELY)
        if wrong := re.search(r"[,，。](?=(?:[A-Za-z0-9-]+\.)*(?:com|cn|net|org|gov)\b)", rest):
            start = match.start(2) + wrong.start()
            sign = "contact: a comma where an address has a point"
            yield finding(text, (start, start + 1), ".", "contact", sign, probability=LIKELY)


def _phones(text: str, witnesses: DocumentWitnesses) -> Iterator[Edit]:
    areas: dict[str, int] = {}  # area code: line
    for match in _PHONE.finditer(text):
        written = match[1].rstrip(" ()（）—－–-")
        span = (match.start(1), match.start(1) + len(written))
        if re.search(r"[A-Za-z]", written):
            fixed = written.translate(_TO_DIGIT)
            if not re.search(r"[A-Za-z]", fixed):
                yield finding(
                    text, span, fixed, "contact", "contact: letters in a telephone number", probability=LIKELY
                )
            continue
        groups = re.findall(r"\d+", written)
        digits = "".join(groups)
        if not digits.strip("0"):
            continue  # 000-0000000 stands for a number
        if groups and groups[0][0] == "0" and len(groups) > 1:
            area, number = groups[0], groups[1]
            if not _area_fits(area, number):
                yield flag(text, span, "contact", f"contact: {area} with {len(number)} digits is no telephone number")
            else:
                areas.setdefault(area, witnesses.line(match.start()))
        elif digits[0] == "1" and len(digits) not in (3, 5, 6, 8, 11):
            yield flag(text, span, "contact", f"contact: {len(digits)} digits are no mobile number")
    if len(areas) > 1 and len({area[:3] for area in areas}) > 1:
        listed = ", ".join(f"{area} in line {line}" for area, line in areas.items())
        last = list(_PHONE.finditer(text))[-1]
        yield flag(text, last.span(1), "contact", f"against: area codes of several regions ({listed})")
    regions = _regions()
    for match in _POSTCODE.finditer(text):
        code = match[1]
        if not code.isdecimal() and (fixed := code.translate(_TO_DIGIT)).isdecimal() and len(fixed) == 6:
            yield finding(text, match.span(1), fixed, "contact", "contact: letters in a post code", probability=LIKELY)
        elif len(code) != 6 or not code.isdecimal():
            yield flag(text, match.span(1), "contact", f"contact: a post code has six digits, not {code}")
        elif areas and (province := regions["post"].get(code[:2])):
            told = {p for area in areas if (p := regions["area"].get(area) or regions["area"].get(area[:3]))}
            if told and province not in told:
                sign = f"against: post code of {province}, telephone of {'、'.join(sorted(told))}"
                yield flag(text, match.span(1), "contact", sign)


def _area_fits(area: str, number: str) -> bool:
    """Tell whether an area code and a number can stand together: 010 and 02x with eight digits, others 7 or 8."""
    if area[:2] in ("01", "02"):
        return len(area) == 3 and len(number) == 8
    return len(area) == 4 and len(number) in (7, 8)

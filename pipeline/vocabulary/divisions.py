"""Administrative divisions of China, from provinces to counties, and what each is called.

The table is written by scripts/build_divisions.py.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

DIVISIONS = Path(__file__).with_name("data") / "divisions.tsv"

_PEOPLES = (
    "阿昌|白|保安|布朗|布依|朝鲜|达斡尔|傣|德昂|东乡|侗|独龙|鄂伦春|鄂温克|高山|仡佬|哈尼|哈萨克|赫哲|回|基诺|景颇|京|柯尔克孜|拉祜|黎|"
    "傈僳|珞巴|满|毛南|门巴|蒙古|苗|仫佬|纳西|怒|普米|羌|撒拉|畲|水|塔吉克|塔塔尔|土家|土|佤|维吾尔|乌孜别克|锡伯|瑶|彝|裕固|藏|壮|各"
)
_AUTONOMOUS = re.compile(rf"(?P<stem>.{{2,}}?)(?:(?:{_PEOPLES})族?)*自治(?P<level>[州县旗区])")
LEVELS = "省市州盟县区旗"
"""The characters that say what a division is."""

LEVEL = re.compile(f"[{LEVELS}]$")


@dataclass(frozen=True, slots=True)
class Division:
    """A division.

    Attributes:
        chain: official names, of the province first, its own last.
        names: what it is called, the official name first: 果洛藏族自治州, 果洛州.
        level: the character that says what it is, 省 to 旗.
    """

    chain: tuple[str, ...]
    names: tuple[str, ...]
    level: str


def names_of(official: str) -> tuple[str, ...]:
    """Return the official name and, of an autonomous place, the everyday one."""
    match = _AUTONOMOUS.fullmatch(official)
    if not match:
        return (official,)
    stem = match["stem"].removesuffix("族")
    return (official, stem if match["level"] == "区" else stem + match["level"])


@functools.cache
def divisions() -> tuple[Division, ...]:
    """Return all divisions, what lies in one behind it."""
    found: list[Division] = []
    chain: list[str] = []
    for row in DIVISIONS.read_text(encoding="utf-8").splitlines():
        name = row.lstrip("\t")
        del chain[len(row) - len(name) :]
        chain.append(name)
        found.append(Division(tuple(chain), names_of(name), name[-1]))
    return tuple(found)


@functools.cache
def _provincial() -> frozenset[str]:
    return frozenset(name for division in divisions() if len(division.chain) == 1 for name in division.names)


def offices_of(name: str) -> tuple[str, ...]:
    """Return what the office of a division's government is called.

    That of a province, an autonomous region or a city like one is a 办公厅, those below have a 办公室; other cities are
    found with either.
    """
    if name in _provincial():
        return ("办公厅",)
    return ("办公室", "办公厅") if name.endswith("市") else ("办公室",)

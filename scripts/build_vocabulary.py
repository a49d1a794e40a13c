"""Build the controlled vocabulary of pipeline/vocabulary/data from term lists and from the corpora.

Usage: python scripts/build_vocabulary.py SHARED CORPUS...

SHARED holds lexicon/ (law titles, counted policy terms); CORPUS are folders of text, a paragraph a line. Places are
known by pipeline/vocabulary/divisions.py alone.
Terms are facts and names; formulae are mined: strings of four to twelve Han characters that stand in at least
FORMULA_DOCUMENTS documents and whose neighbours on both sides vary (boundary entropy, Tung and Lee 1994).
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

from pipeline.damage.hypotheses import is_han

FORMULA_DOCUMENTS = 8
FORMULA_ENTROPY = 1.5  # nats
POLICY_COUNT = 20
LONGEST = 24
TARGET = Path(__file__).resolve().parent.parent / "pipeline" / "vocabulary" / "data" / "terms.tsv"
HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
INSTITUTION = re.compile(r".{2,}(?:委员会|办公室|人民政府|管理局|总局|厅|部|局|法院|检察院|中心)$")
DOCUMENT = re.compile(r".{2,}(?:条例|办法|规定|意见|通知|方案|细则|规划|决定|要点)$")


def listed(shared: Path) -> dict[str, tuple[str, int]]:
    """Return laws, titles and counted terms of the lists, with category and count."""
    found: dict[str, tuple[str, int]] = {}
    for line in (shared / "lexicon" / "policy_lexicon_freq.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        term, official, news, *_ = line.split("\t")
        count = int(official) + int(news) // 10
        if count >= POLICY_COUNT and 2 <= len(term) <= LONGEST and all(map(is_han, term)):
            kind = "institution" if INSTITUTION.match(term) else "document" if DOCUMENT.match(term) else "policy"
            found[term] = (kind, count)
    for line in (shared / "lexicon" / "quoted_titles.tsv").read_text(encoding="utf-8").splitlines():
        title, _, count = line.partition("\t")
        if 4 <= len(title) <= LONGEST and all(map(is_han, title)) and count.isdigit():
            found[title] = ("law" if "法" in title or "条例" in title else "document", int(count))
    for title in (shared / "lexicon" / "law_titles.txt").read_text(encoding="utf-8").splitlines():
        if 4 <= len(title) <= LONGEST and all(map(is_han, title)):
            found.setdefault(title, ("law", 1))
            if title.startswith("中华人民共和国"):
                found.setdefault(title.removeprefix("中华人民共和国"), ("law", 2))
    return found


def formulae(folders: list[Path]) -> Counter[str]:
    """Mine set phrases: strings in many documents whose neighbours vary on both sides."""
    documents = [path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.rglob("*.txt"))]
    spread: Counter[str] = Counter()
    for text in documents:
        grams = {
            run[i : i + n]
            for run in HAN_RUN.findall(text)
            for n in range(4, 13)
            for i in range(len(run) - n + 1)
        }  # fmt: skip
        spread.update(grams)
    frequent = {gram for gram, count in spread.items() if count >= FORMULA_DOCUMENTS}
    sides: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for text in documents:
        for i in range(len(text)):
            for n in range(4, 13):
                gram = text[i : i + n]
                if gram in frequent:
                    sides[gram][0][text[i - 1 : i]] += 1
                    sides[gram][1][text[i + n : i + n + 1]] += 1
    return Counter({g: spread[g] for g in frequent if min(map(entropy, sides[g])) >= FORMULA_ENTROPY})


def entropy(counts: Counter[str]) -> float:
    """Return the entropy of a distribution in nats."""
    total = sum(counts.values())
    return -sum(c / total * math.log(c / total) for c in counts.values())


def main() -> None:
    """Write the vocabulary: term, category, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("corpora", type=Path, nargs="+")
    arguments = parser.parse_args()
    rows: dict[str, tuple[str, int]] = {}
    for term, count in formulae(arguments.corpora).items():
        rows[term] = ("formula", count)
    rows.update(listed(arguments.shared))
    for number, month in enumerate([*"一二三四五六七八九十", "十一", "十二"], 1):
        rows[f"{month}月"] = ("numeral", 100 + number)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(
        "".join(f"{term}\t{kind}\t{count}\n" for term, (kind, count) in sorted(rows.items())), encoding="utf-8"
    )
    print(len(rows), Counter(kind for kind, _ in rows.values()))


if __name__ == "__main__":
    main()

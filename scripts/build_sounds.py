"""Write pipeline/detection/data/sounds.tsv: the commonest reading of each character, a syllable a line, tones aside.

    python -m scripts.build_sounds

Needs pypinyin (MIT), which nothing else needs: the table is what is installed.
"""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin

from pipeline.detection.confusions import SOUNDS, confusions


def main() -> None:
    """Write the table."""
    classes: dict[str, list[str]] = {}
    for char in confusions().neighbours:
        syllable = lazy_pinyin(char, style=Style.NORMAL)[0]
        if syllable.isascii() and syllable.isalpha():
            classes.setdefault(syllable, []).append(char)
    SOUNDS.write_text("".join(f"{s}\t{''.join(sorted(c))}\n" for s, c in sorted(classes.items())), encoding="utf-8")


if __name__ == "__main__":
    main()

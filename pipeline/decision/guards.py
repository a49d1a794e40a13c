"""What keeps a reading of a misread character from being accepted, however probable: names, numbers, other registers.

The models know official text. Where they prefer something to what stands in verse, dialect, a list of names or an old
text, that says little of it; and where both readings are words, the writer's choice is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.decision.policy import BEARING_OUT, NEGATIONS, NUMERALS
from pipeline.decision.words import LONGEST_OVER_BEST, LONGEST_OVER_SEEN
from pipeline.detection.confusions import confusions, likeness_of_sound
from pipeline.detection.doubts import Doubt
from pipeline.vocabulary.terms import Term, Vocabulary

UNLIKE = -6.9
"""Channel below which two characters do not look alike: nothing but language speaks for the alternative."""

STRANGE = -3.2
"""log10 P a symbol of a passage, as it would be repaired, below which the models do not know such text: verse, dialect,
names in a row. What they prefer there says little; 2 in 100 right repairs of official text leave as much."""

REAL_WORD = 0.98
"""Least probability by which an everyday word is changed for one that is no longer: 违犯 for 违反 may be a choice."""

BARE = 0.99
"""The same where the alternative neither looks nor sounds like what was seen: nothing but the models speaks for it."""

COINED = 0.98
"""The same where a set term bears it out: phrases are coined after set ones, 因校制宜 after 因地制宜."""

_PLACES = frozenset("省市县州区镇乡村旗盟街")
"""What the two characters before it often name: 清汶县, 东屿市."""

_MANY = 3
"""Traditional characters around a cell of which simplified models can tell nothing."""

_RARE = -3.7
"""log10 frequency below which a character that places are named with is likelier a name than a misreading."""


def name_like(doubt: Doubt, vocabulary: Vocabulary) -> bool:
    """Tell whether the seen character is a rare one that places are named with."""
    return doubt.seen_frequency < _RARE and doubt.seen in vocabulary.name_characters


def likeness(doubt: Doubt) -> Literal["look-alike", "sound-alike", "unlike"]:
    """Name what makes the seen character be taken for the best alternative."""
    best = doubt.alternatives[0].text
    if confusions().chance(doubt.seen, best) is not None:
        return "look-alike"
    return "sound-alike" if likeness_of_sound(doubt.seen, best) else "unlike"


def guarded(doubt: Doubt, over: Sequence[Term], named: bool, word: bool) -> bool:
    """Tell whether language evidence alone may not decide the cell.

    A number or a negation needs a set term that holds it. What stands where a place is named needs a term or an
    everyday *word*; so does a character that places are named with, unless it looks alike. What would double its
    neighbour is another kind of damage. A passage that stays strange to the models when it is repaired is of a kind
    that they do not know.
    """
    best = doubt.alternatives[0]
    if doubt.best_window < STRANGE * (1 + len(doubt.behind)):
        return True
    if best.text in (*doubt.before[-1:], *doubt.behind[:1]):
        return True  # 复夏议: the character beside it is the true one, and this one is too many
    if doubt.seen in (*doubt.before[-2:-1], *doubt.behind[1:2]):
        return True  # 应扶尽扶, 边试边改: what is coined in pairs is meant
    if not over and not word and any(symbol in _PLACES for symbol in doubt.behind[:2]):
        return True
    if {doubt.seen, best.text} & (NUMERALS | NEGATIONS):
        return not any(f"vocabulary:{term.category}:".startswith(BEARING_OUT) for term in over)
    return named and not over and not word and best.channel < UNLIKE


def least_chance(doubt: Doubt, over: Sequence[Term], words: Sequence[float]) -> float:
    """Return the probability from which a reading may be accepted, whatever the settings say.

    A term that holds it bears it out (a formula does not: 事项进行 may be pieced together), the less where it is unlike
    the seen one; an engine's doubt bears out an unlike one too.

    Args:
        doubt: the cell.
        over: terms that the best alternative completes.
        words: what everyday words say (``Words.evidence``).
    """
    unlike = doubt.engine is None and likeness(doubt) == "unlike"
    if any(term.category != "formula" for term in over):
        return COINED if unlike else 0.0
    if unlike:
        return BARE
    return REAL_WORD if words[LONGEST_OVER_SEEN] >= max(2.0, words[LONGEST_OVER_BEST]) else 0.0


def _outside_simplified(char: str) -> bool:
    """Tell whether a Chinese character is none of GB2312: traditional, a variant, or very rare."""
    return is_han(char) and ORDERS["GB2312"](char) is None


def of_another_script(doubt: Doubt) -> bool:
    """Tell whether the seen character is no misreading but traditional.

    It sounds as the alternative does, or others stand around it (GB2312 has a few of them: 後). The models know
    simplified text and would simplify it; among several traditional characters they know nothing.
    """
    traditional = sum(map(_outside_simplified, (*doubt.before, *doubt.behind)))
    if traditional:
        return traditional >= _MANY or doubt.seen_frequency < _RARE
    alike = likeness_of_sound(doubt.seen, doubt.alternatives[0].text) == 2
    return alike and _outside_simplified(doubt.seen)

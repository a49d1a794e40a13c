"""Names that the user listed or decided and no model knows: the neural witness must not speak against them.

A language model holds 措玛县 for a misreading of 措施, however sure the user is: the n-grams remember what a decision
taught them, the encoder cannot. So where such a name fits what is seen, to the encoder it is as likely as what it likes
best there, and the n-grams decide.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pipeline.damage.hypotheses import is_han
from pipeline.language.normalise import HOLE_ONE

UNUSUAL = -4.0
"""log10 probability, by the model that holds a Han character for likelier, below which it makes a name with the one
before. At -2 much ordinary text does: with 1,231 decided passages ten other documents were then restored worse than
without the rule (897 characters wrong in place of 869), at -4 as well as without."""

_Symbols = tuple[str, ...]


class Taught:
    """What the user taught, by how it looks where some of it is missing."""

    def __init__(
        self, texts: Iterable[Sequence[str]], probabilities: Callable[[Sequence[str]], Sequence[float]]
    ) -> None:
        """Find what is unusual.

        Args:
            texts: of the user, as symbols.
            probabilities: returns of each symbol of a text its log10 probability, by the likelier of the models.
        """
        forms: dict[_Symbols, set[_Symbols]] = defaultdict(set)
        for text in texts:
            for at, probability in enumerate(probabilities(text) if len(text) > 1 else ()):
                if at and probability < UNUSUAL and is_han(text[at - 1]) and is_han(text[at]):
                    for end in (at + 1, at + 2):
                        _mask(tuple(text[at - 1 : end]), forms)
        self._forms: Mapping[_Symbols, tuple[_Symbols, ...]] = {form: tuple(sorted(of)) for form, of in forms.items()}

    def __bool__(self) -> bool:
        """Tell whether there is any name."""
        return bool(self._forms)

    def places(self, seen: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yield where in a piece, with □ for all that is supplied, which symbols of a name may be missing."""
        for size in (2, 3):
            for at in range(len(seen) - size + 1):
                form = tuple(seen[at : at + size])
                for name in self._forms.get(form, ()):
                    yield from ((at + n, name[n]) for n in range(size) if form[n] == HOLE_ONE)


def _mask(name: _Symbols, forms: Mapping[_Symbols, set[_Symbols]]) -> None:
    """Add how a name looks while one of its first two symbols, at least, is seen: it is they that do not often meet."""
    for shown in itertools.product((True, False), repeat=len(name)):
        if any(shown[:2]) and not all(shown):
            forms[tuple(symbol if here else HOLE_ONE for symbol, here in zip(name, shown, strict=True))].add(name)


NOTHING = Taught((), lambda _: ())

"""Where the characters of a text lie, in 24 bytes each: a document of 2,000 pages has more than a million."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from pipeline.document import Place

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

FARTHEST = 2**31 - 1
"""Greatest coordinate, in pixels; broken PDFs have glyphs that lie beyond."""

_FIELDS = 6
"""Page (0 for a character that lies nowhere), left, top, right, bottom, and the number of the names."""

_Names = tuple[bool, str, str]
"""Under a seal, glyph and font: what many characters have in common."""


class Places(Sequence[Place | None]):
    """Places of the characters of a text, None for those that lie on no page."""

    __slots__ = ("_known", "_names", "_numbers")

    def __init__(self, places: Iterable[Place | None] = ()) -> None:
        """Take the places in; they are not kept."""
        self._numbers = array("i")
        self._names: list[_Names] = []
        self._known: dict[_Names, int] = {}
        if isinstance(places, Places):
            self._numbers, self._names, self._known = places._numbers[:], list(places._names), dict(places._known)
        else:
            for place in places:
                self.append(place)

    def append(self, place: Place | None, times: int = 1) -> None:
        """Add the place of one more character, or of so many that share it."""
        if place is None:
            self._numbers.extend([0] * (_FIELDS * times))
            return
        names = place.under_seal, place.glyph, place.font
        number = self._known.setdefault(names, len(self._names))
        if number == len(self._names):
            self._names.append(names)
        box = (max(-FARTHEST, min(FARTHEST, edge)) for edge in place.box)
        self._numbers.extend([place.page, *box, number] * times)

    @overload
    def __getitem__(self, at: int) -> Place | None: ...

    @overload
    def __getitem__(self, at: slice) -> Places: ...

    def __getitem__(self, at: int | slice) -> Place | Places | None:
        """Return the place of a character, or those of a stretch of them."""
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                return Places(self[k] for k in range(start, stop, step))
            part = Places()
            part._numbers = self._numbers[_FIELDS * start : _FIELDS * max(start, stop)]
            part._names, part._known = self._names, self._known
            return part
        if at < 0:
            at += len(self)
        if not 0 <= at < len(self):
            raise IndexError(at)
        return self._at(_FIELDS * at)

    def _at(self, first: int) -> Place | None:
        page, left, top, right, bottom, number = self._numbers[first : first + _FIELDS]
        return Place(page, (left, top, right, bottom), *self._names[number]) if page else None

    def __iter__(self) -> Iterator[Place | None]:
        """Yield the places."""
        return (self._at(first) for first in range(0, len(self._numbers), _FIELDS))

    def __len__(self) -> int:
        """Count the characters."""
        return len(self._numbers) // _FIELDS

    def __eq__(self, other: object) -> bool:
        """Tell whether other places are the same."""
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def _packed(self) -> dict[str, Any]:
        numbers = self._numbers[:]
        if sys.byteorder == "big":
            numbers.byteswap()
        return {"numbers": b64encode(numbers.tobytes()).decode("ascii"), "names": self._names}

    @classmethod
    def _unpacked(cls, packed: Any) -> Places:
        """Take what ``_packed`` gave; ValueError where it is nothing of the kind."""
        if isinstance(packed, cls):
            return packed
        try:
            result = cls()
            result._numbers.frombytes(b64decode(packed["numbers"]))
            if sys.byteorder == "big":
                result._numbers.byteswap()
            result._names = [(bool(sealed), str(glyph), str(font)) for sealed, glyph, font in packed["names"]]
        except (KeyError, TypeError) as error:
            raise ValueError("no places") from error
        numbers = result._numbers[_FIELDS - 1 :: _FIELDS]
        known = range(max(1, len(result._names)))
        if len(result._numbers) % _FIELDS or any(number not in known for number in numbers):
            raise ValueError("no places")
        if not result._names and any(result._numbers[::_FIELDS]):
            raise ValueError("no places")
        result._known = {names: number for number, names in enumerate(result._names)}
        return result

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """Let pydantic write and read places as they lie in memory."""
        from pydantic_core import core_schema  # not needed for plain text

        packed = core_schema.plain_serializer_function_ser_schema(cls._packed)
        return core_schema.no_info_plain_validator_function(cls._unpacked, serialization=packed)

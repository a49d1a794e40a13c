"""The user's profile: what earlier decisions taught, a line of JSON each, for people to read, compare and take back.

A profile changes no model. It is a text file beside the user's documents: the first line says what it is, every other
holds one fact and where it comes from. Taking a line out takes back what it does; without its lines a profile gives the
same output as no profile. Four kinds of facts:

- ``term``: words that the user's documents hold; they join the vocabulary as the user's own.
- ``passage``: decided readings in their surroundings; remembered like a passage of a sister document.
- ``confusion``: a character that was taken for another, with how often that proved right and wrong.
- ``calibration``: how many decided readings of a kind were right, beside how many the probabilities promised.
"""

from __future__ import annotations

import functools
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.errors import BuqueError, FileAccessError

PASSAGE_WEIGHT = 0.3
"""Occurrences that a decided passage counts for: at 1 its common words draw other places to themselves."""

LARGEST = 32 << 20
"""Bytes of a profile; 100,000 facts take 20 million."""

SPREAD = 0.25
"""Standard deviation of how far a user's documents shift log odds, before anything is known of them (assumed)."""

FARTHEST = 1.5
"""Log odds by which a profile shifts probabilities at most."""

DOUBTS = 10.0
"""Decisions that a confusion seen for the first time is weighed against (assumed)."""

_HEADER = '{"buque": "profile", "version": 1}'
_REMEDY = "Mend or delete that line."

Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$")]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Measure = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Filling = Literal["exact", "gap", "untraced", "misread"]


class _Fact(BaseModel):
    """Where a fact comes from: document, people and the last decision's time."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    document: Annotated[str, Field(min_length=1, max_length=1000)]
    who: Annotated[str, Field(max_length=1000)]
    when: Annotated[str, Field(max_length=40)]


class LearntTerm(_Fact):
    """Words of the user's documents."""

    kind: Literal["term"] = "term"
    text: Word
    count: Count


class Passage(_Fact):
    """A decided reading with what stands around it."""

    kind: Literal["passage"] = "passage"
    text: Word
    count: Count


class Confusion(_Fact):
    """The character ``seen`` was read where ``true`` stands: decisions that bore this out, and that did not."""

    kind: Literal["confusion"] = "confusion"
    seen: Annotated[str, Field(min_length=1, max_length=1)]
    true: Annotated[str, Field(min_length=1, max_length=1)]
    right: Count
    wrong: Count


class Calibration(_Fact):
    """Decided readings of a kind: how many, how many right, how many promised, and the variance of that promise."""

    kind: Literal["calibration"] = "calibration"
    of: Filling
    places: Count
    right: Count
    promised: Measure
    variance: Measure


Fact = LearntTerm | Passage | Confusion | Calibration
_FACT: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="kind")])


@dataclass(frozen=True)
class Profile:
    """What is known of a user's documents."""

    facts: tuple[Fact, ...] = ()

    @functools.cached_property
    def terms(self) -> tuple[str, ...]:
        """The user's words, in order."""
        return tuple(sorted({fact.text for fact in self.facts if isinstance(fact, LearntTerm)}))

    @functools.cached_property
    def passages(self) -> tuple[tuple[str, float], ...]:
        """Texts to remember with how often they count, in order."""
        counts: dict[str, float] = defaultdict(float)
        for fact in self.facts:
            if isinstance(fact, Passage):
                counts[fact.text] += PASSAGE_WEIGHT * fact.count
        return tuple(sorted(counts.items()))

    @functools.cached_property
    def confusions(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """For a seen character what it may truly be, each with its chance against the seen one."""
        records: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for fact in self.facts:
            if isinstance(fact, Confusion):
                record = records[fact.seen, fact.true]
                record[0] += fact.right
                record[1] += fact.wrong
        known: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for (seen, true), (right, wrong) in sorted(records.items()):
            if right:
                known[seen].append((true, right / (right + wrong + DOUBTS)))
        return {seen: tuple(others) for seen, others in known.items()}

    def shift(self, kind: str) -> float:
        """Return what to add to the log odds of readings of a kind: one Newton step from the promise to the outcome.

        The step is that of a logistic regression's constant with a normal prior (Bishop 2006, 4.5), so that few
        decisions move little.
        """
        found = [fact for fact in self.facts if isinstance(fact, Calibration) and fact.of == kind]
        surplus = sum(fact.right - fact.promised for fact in found)
        information = sum(fact.variance for fact in found) + 1 / SPREAD**2
        return max(-FARTHEST, min(FARTHEST, surplus / information))

    def recalibrated(self, probability: float, kind: str) -> float:
        """Return a probability as the user's decisions bear it out."""
        shift = self.shift(kind)
        if not shift or not 0 < probability < 1:
            return probability
        return 1 / (1 + math.exp(-math.log(probability / (1 - probability)) - shift))

    def without(self, document: str) -> Profile:
        """Return the profile without what a document taught."""
        return Profile(tuple(fact for fact in self.facts if fact.document != document))

    def dump(self) -> str:
        """Return the file's content: sorted, so that two versions can be compared line by line."""
        lines = sorted(_line(fact) for fact in self.facts)
        return "".join(f"{line}\n" for line in [_HEADER, *lines])


def _line(fact: Fact) -> str:
    """Write a fact with its kind first: lines of a kind then stand together."""
    content = fact.model_dump()
    origin = {key: content.pop(key) for key in ("document", "who", "when")}
    return json.dumps({"kind": content.pop("kind"), **content, **origin}, ensure_ascii=False)


def parse(data: bytes, source: str) -> Profile:
    """Read a profile.

    Raises:
        BuqueError: it is none, or a line of it says nothing that a profile can say.
    """
    if len(data) > LARGEST:
        raise BuqueError(f"{source}: {len(data)} bytes are too many for a profile.", "Give the right file.")
    try:
        lines = data.decode("utf-8", "strict").split("\n")
    except UnicodeDecodeError as error:
        raise BuqueError(f"{source}: not UTF-8.", "Give the right file.") from error
    if lines[0].rstrip("\r") != _HEADER:
        raise BuqueError(f"{source}: not a profile of this version.", f"Its first line is {_HEADER}.")
    facts = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            fact = _FACT.validate_json(line)
            line.encode("utf-8")  # a lone surrogate may stand in JSON's escapes
            fact.model_dump_json()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"][1:]))
            what = f"{where}: {first['msg']}" if where else first["msg"]
            raise BuqueError(f"{source}, line {number}: {what}.", _REMEDY) from error
        facts.append(fact)
    return Profile(tuple(facts))


@functools.lru_cache(maxsize=4)
def _parsed(data: bytes, source: str) -> Profile:
    return parse(data, source)


def read_profile(path: Path | None) -> Profile:
    """Read the profile at *path*; none gives an empty one.

    Raises:
        FileAccessError: the file cannot be read.
        BuqueError: it is no profile.
    """
    if path is None:
        return Profile()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check --profile.") from error
    return _parsed(data, str(path))


def merged(profile: Profile, document: str, facts: Iterable[Fact]) -> Profile:
    """Return a profile with what a document taught last; what it taught before is replaced."""
    return Profile((*profile.without(document).facts, *facts))

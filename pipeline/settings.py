"""One frozen object with everything a run can be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Fill = Literal["accepted", "best"]
EngineName = Literal["rapidocr", "tesseract", "both"]
Witnesses = Literal["auto", "ngram", "both"]
Encoding = Literal["same", "utf-8"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a restoration.

    Attributes:
        fill: ``accepted`` puts in what is certain enough, ``best`` fills every hole that has a reading.
        mark: put supplied text between ⟦ and ⟧.
        jobs: threads of the decoder.
        beam: hypotheses kept at each position; more is slower and slightly better.
        accept: calibrated probability from which the filling of a hole is accepted without review; what is accepted is
            far surer on average (docs/results.md).
        alter: the same for a change of what can be read: it does more harm where it is wrong.
        suggest: calibrated probability from which a reading is suggested; misread characters are listed from less, as
            faint suggestions, which no count and no ``--strict`` takes for damage.
        engine: what reads holes: ``ngram``, or ``both``, the n-grams with a neural witness beside them
            (docs/training.md); ``auto``: both, where the models folder has a witness and onnxruntime is there.
        models: folder of the language models.
        references: folder of sister documents to adapt to and to cite, or None.
        vocabulary: the user's own list of terms, or None.
        off: kinds of edits that are not made (``pipeline.edits.KINDS``).
        ocr: engine that reads page images; ``both`` makes alternatives of what the two disagree on.
        encoding: restored text is written in the encoding it came in (``same``), or in UTF-8.
        password: of encrypted PDFs, or None.
        profile: what the user's earlier decisions taught (pipeline/profile.py), or None.
        pinyin_confusions: the text is known to be typed, so that characters that sound alike compete as misreadings;
            False: it is not; None: they do so only where the document's own errors show it, and never in what was read
            from a page.
    """

    fill: Fill = "accepted"
    mark: bool = False
    jobs: int = 4
    beam: int = 200
    accept: float = 0.75
    alter: float = 0.9
    suggest: float = 0.30
    engine: Witnesses = "auto"
    models: Path = Path(__file__).resolve().parent.parent / "models"
    references: Path | None = None
    vocabulary: Path | None = None
    ocr: EngineName = "rapidocr"
    off: frozenset[str] = frozenset()
    encoding: Encoding = "same"
    password: str | None = field(default=None, repr=False)
    pinyin_confusions: bool | None = None
    profile: Path | None = None

"""Exchange formats: one template each, named on the command line by ``--format``."""

from __future__ import annotations

import bisect
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from pipeline.edits import Edit
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.layout import Box, applied_edits, lay_out, line_starts, xml_text
from pipeline.writing.tables import tables_csv, tables_json

_HIGH, _MEDIUM = 0.95, 0.5  # TEI's cert has three words only
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DOCX_PARTS = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>',
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What every format is made from."""

    restoration: Restoration
    settings: Settings
    name: str

    def context(self) -> dict[str, Any]:
        """Return the variables of the templates."""
        from pipeline import __version__

        pages = lay_out(
            self.restoration.original, self.restoration.edits, applied_edits(self.restoration, self.settings)
        )
        return {
            "name": self.name,
            "version": __version__,
            "pages": pages,
            "page": pages[0],
            "region": Box(0, 0, pages[0].width, pages[0].height),
            "edits": self.restoration.edits,
            "sha256": hashlib.sha256(self.restoration.original.encode("utf-8", "surrogatepass")).hexdigest(),
        }


def _tei(text: str) -> Markup:
    """Escape *text*; □ becomes a gap of one character, ▭ a gap of unknown extent."""
    pieces = []
    for piece in re.split(f"({HOLE_ONE}+|{HOLE_RUN})", xml_text(text)):
        if piece.startswith(HOLE_ONE):
            pieces.append(Markup('<gap reason="lost" quantity="{}" unit="character"/>').format(len(piece)))
        elif piece == HOLE_RUN:
            pieces.append(Markup('<gap reason="lost" unit="character" extent="unknown"/>'))
        else:
            pieces.append(escape(piece))
    return Markup("").join(pieces)


def _cert(probability: float) -> str:
    return "high" if probability >= _HIGH else "medium" if probability >= _MEDIUM else "low"


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    undefined=jinja2.StrictUndefined,
)
ENVIRONMENT.filters.update(
    xml=xml_text,
    tei=_tei,
    cert=_cert,
    is_hole=lambda text: not text.strip(f"{HOLE_ONE}{HOLE_RUN} \u3000"),
    bbox=lambda box: f"{box.left} {box.top} {box.right} {box.bottom}",
    alto=lambda box: Markup('HPOS="{}" VPOS="{}" WIDTH="{}" HEIGHT="{}"').format(
        box.left, box.top, box.width, box.height
    ),
    json_text=lambda value: json.dumps(value, ensure_ascii=False),
    markdown=lambda text: Markup(_MARKDOWN_SIGNS.sub(r"\\\1", text)),
)


def _template(file: str) -> Callable[[Exchange], bytes]:
    def render(exchange: Exchange) -> bytes:
        text = ENVIRONMENT.get_template(file).render(exchange.context())
        return text.encode("utf-8", "surrogatepass")

    return render


def _docx(exchange: Exchange) -> bytes:
    """Return an Office Open XML text (ECMA-376 part 1, 17.13.5) whose edits are tracked deletions and insertions."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in _DOCX_PARTS.items():
            archive.writestr(zipfile.ZipInfo(part), content)  # a ZipInfo's fixed date keeps the bytes the same
        archive.writestr(zipfile.ZipInfo("word/document.xml"), _template("docx.xml.j2")(exchange))
    return buffer.getvalue()


def _pdf(exchange: Exchange) -> bytes:
    from pipeline.writing.pdf import pdf

    return pdf(exchange.context()["pages"], exchange.name)


COLUMNS = ("line", "start", "end", "before", "after", "kind", "probability", "status", "alternatives", "evidence")


def _rows(exchange: Exchange) -> list[dict[str, Any]]:
    starts = line_starts(exchange.restoration.original)
    return [_row(edit, starts) for edit in exchange.restoration.edits]


def _row(edit: Edit, starts: Sequence[int]) -> dict[str, Any]:
    line = bisect.bisect_right(starts, edit.start) - 1
    return {
        "line": line + 1,
        "start": edit.start - starts[line],
        "end": edit.end - starts[line],
        "before": edit.before,
        "after": edit.after,
        "kind": edit.kind,
        "probability": round(edit.probability, 4),
        "status": edit.status,
        "alternatives": [[text, round(probability, 4)] for text, probability in edit.alternatives],
        "evidence": list(edit.evidence),
    }


def _cell(value: object) -> object:
    """Quote what a spreadsheet would run as a formula."""
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _csv(exchange: Exchange) -> bytes:
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer)
    table.writerow(COLUMNS)
    table.writerows([_cell(row[column]) for column in COLUMNS] for row in _rows(exchange))
    return buffer.getvalue().encode("utf-8-sig", "surrogatepass")  # spreadsheets know UTF-8 by the mark


def _json(exchange: Exchange) -> bytes:
    content = {"document": exchange.name, "text": exchange.restoration.text, "edits": _rows(exchange)}
    content["tables"] = tables_json(exchange.restoration)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


FORMATS: dict[str, tuple[str, Callable[[Exchange], bytes]]] = {
    "md": ("restored.md", _template("document.md.j2")),
    "hocr": ("restored.hocr", _template("hocr.html.j2")),
    "alto": ("restored.alto.xml", _template("alto.xml.j2")),
    "page": ("restored.page.xml", _template("page.xml.j2")),
    "tei": ("restored.tei.xml", _template("tei.xml.j2")),
    "pdf": ("restored.pdf", _pdf),
    "docx": ("restored.docx", _docx),
    "csv": ("edits.csv", _csv),
    "json": ("restored.json", _json),
    "tables": ("tables.csv", lambda exchange: tables_csv(exchange.restoration)),
}


def render(restoration: Restoration, settings: Settings, name: str, chosen: str) -> tuple[str, bytes]:
    """Return file name and content of a restoration in the format *chosen*.

    Raises:
        KeyError: the format is not one of ``FORMATS``.
    """
    file, writer = FORMATS[chosen]
    return file, writer(Exchange(restoration, settings, name))

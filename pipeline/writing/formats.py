"""Exchange formats: one template each, named on the command line by ``--format``."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.layout import Box, PageLine, applied_edits, lay_out, xml_text
from pipeline.writing.pages import templates
from pipeline.writing.printed import pages_of
from pipeline.writing.rows import edit_rows
from pipeline.writing.tables import harmless, tables_csv, tables_json

_HIGH, _MEDIUM = 0.95, 0.5  # TEI's cert has three words only
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
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
    """What every format is made from; ``source`` is the file of the page images, where there is one."""

    restoration: Restoration
    settings: Settings
    name: str
    source: Path | None = None

    def context(self) -> dict[str, Any]:
        """Return the variables of the templates: ``pages`` of the paper where it is known, ``text`` line by line."""
        from pipeline import __version__

        return {
            "name": self.name,
            "version": __version__,
            "pages": pages_of(self.restoration, self.settings),
            "lines": self.lines(),
            "edits": self.restoration.edits,
            "sha256": hashlib.sha256(self.restoration.original.encode("utf-8", "surrogatepass")).hexdigest(),
        }

    def lines(self) -> tuple[PageLine, ...]:
        """Return the lines of the text, a paragraph each where it was read from pages."""
        applied = applied_edits(self.restoration, self.settings)
        (page,) = lay_out(self.restoration.original, self.restoration.edits, applied)
        return page.lines


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


ENVIRONMENT = templates()
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


Files = dict[str, bytes]
"""Contents by file name."""


def _rendered(template: str, context: dict[str, Any]) -> bytes:
    return ENVIRONMENT.get_template(template).render(context).encode("utf-8", "surrogatepass")


def _template(template: str, file: str) -> Callable[[Exchange], Files]:
    return lambda exchange: {file: _rendered(template, exchange.context())}


def _page(exchange: Exchange) -> Files:
    """Return a file for each page: PAGE knows documents of one page only. A second page is ``restored.page-2.xml``."""
    context = exchange.context()
    files = {}
    for page in context["pages"]:
        suffix = "" if page.number == context["pages"][0].number else f"-{page.number}"
        region = Box(0, 0, page.width, page.height)
        files[f"restored.page{suffix}.xml"] = _rendered("page.xml.j2", {**context, "page": page, "region": region})
    return files


def _docx(exchange: Exchange) -> Files:
    """Return an Office Open XML text (ECMA-376 part 1, 17.13.5) whose edits are tracked deletions and insertions."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in _DOCX_PARTS.items():
            archive.writestr(zipfile.ZipInfo(part), content)  # a ZipInfo's fixed date keeps the bytes the same
        archive.writestr(zipfile.ZipInfo("word/document.xml"), _rendered("docx.xml.j2", exchange.context()))
    return {"restored.docx": buffer.getvalue()}


def _pdf(exchange: Exchange) -> Files:
    if exchange.source is not None and any(exchange.restoration.places):
        from pipeline.writing.pdf_scan import scanned_pdf

        pages = pages_of(exchange.restoration, exchange.settings)
        return {"restored.pdf": scanned_pdf(pages, exchange.source, exchange.name, exchange.settings.password)}
    from pipeline.writing.pdf import pdf

    return {"restored.pdf": pdf(exchange.lines(), exchange.name)}


COLUMNS = (
    *("page", "line", "start", "end", "before", "after", "kind", "probability", "status", "alternatives", "evidence"),
    *("boxes", "under_seal"),
)


def _cell(value: object) -> object:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    return harmless(text) if isinstance(text, str) else text


def _csv(exchange: Exchange) -> Files:
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer)
    table.writerow(COLUMNS)
    rows = edit_rows(exchange.restoration)
    table.writerows([_cell(row.get(column, "")) for column in COLUMNS] for row in rows)
    content = buffer.getvalue().encode("utf-8-sig", "surrogatepass")
    return {"edits.csv": content}  # spreadsheets know UTF-8 by the mark


def _json(exchange: Exchange) -> Files:
    content = {"document": exchange.name, "text": exchange.restoration.text, "edits": edit_rows(exchange.restoration)}
    content["tables"] = tables_json(exchange.restoration)
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return {"restored.json": text.encode("utf-8", "surrogatepass")}


def _tables(exchange: Exchange) -> Files:
    """Return the tables; nothing for a document that has none, which report.json says (``tables``, ``count``)."""
    content = tables_csv(exchange.restoration)
    return {"tables.csv": content} if content else {}


FORMATS: dict[str, Callable[[Exchange], Files]] = {
    "md": _template("document.md.j2", "restored.md"),
    "hocr": _template("hocr.html.j2", "restored.hocr"),
    "alto": _template("alto.xml.j2", "restored.alto.xml"),
    "page": _page,
    "tei": _template("tei.xml.j2", "restored.tei.xml"),
    "pdf": _pdf,
    "docx": _docx,
    "csv": _csv,
    "json": _json,
    "tables": _tables,
}


def render(restoration: Restoration, settings: Settings, name: str, chosen: str, source: Path | None = None) -> Files:
    """Return the files of a restoration in the format *chosen*; *source* is the file of its page images.

    Raises:
        KeyError: the format is not one of ``FORMATS``.
    """
    return FORMATS[chosen](Exchange(restoration, settings, name, source))

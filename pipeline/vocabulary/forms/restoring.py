"""Tables of a document, the forms they follow, the edits of their labels, and what their numbers do not add up to."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.damage.hypotheses import Cut, is_han
from pipeline.edits import Edit
from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.forms.arithmetic import Checked, Violation, check_grid, check_groups, check_list
from pipeline.vocabulary.forms.fitting import insertions, lost_only
from pipeline.vocabulary.forms.headers import column_labels, restore_heads
from pipeline.vocabulary.forms.matching import FormMatch, Pair, best_form, plain
from pipeline.vocabulary.forms.statements import Statement, statements
from pipeline.vocabulary.forms.tables import Row, Table, find_tables
from pipeline.vocabulary.forms.templates import Form, Layout, forms
from pipeline.vocabulary.forms.totals import check_totals

SURE, LIKELY, POSSIBLE = 0.97, 0.7, 0.4
"""Probabilities of a label: the cut leaves exactly what is seen; the form has it so; it is much like it. On the table
of the report that the forms were checked with, every label of the first kind was right."""

MOST_UNMARKED = 2
"""Characters that a label may lack without any gap before the form is believed to be worded otherwise."""

LEAST_LABEL = 5
"""Characters a label must show to be completed without a gap."""

EXACT_ROWS = 8
"""Rows that must be word for word those of the form before a label without a gap is completed."""

DAMAGED = 0.75
"""Similarity below which a row that stands for a row of the form is flagged as damaged."""

LAYOUTS: tuple[Layout, ...] = ("list", "blocks", "grid")


@dataclass(frozen=True, slots=True)
class Forms:
    """What was made of a document's tables.

    Attributes:
        tables: all tables.
        matches: the forms they follow.
        labels: edits of labels and units, as suggestions whose probability decides.
        settled: spans of labels and units about which the form leaves nothing to be guessed.
        checked: equations checked and broken.
        statements: totals of the prose that the tables hold too.
    """

    tables: tuple[Table, ...]
    matches: tuple[FormMatch, ...]
    labels: tuple[Edit, ...]
    settled: tuple[tuple[int, int], ...]
    checked: Checked
    statements: tuple[Statement, ...]

    def leaves(self, edits: Sequence[Edit]) -> list[Edit]:
        """Return the edits that do not touch a settled label."""
        starts = [start for start, _ in self.settled]
        kept = []
        for edit in edits:
            at = bisect.bisect_right(starts, edit.end) - 1
            if at < 0 or edit.start > self.settled[at][1]:
                kept.append(edit)
        return kept


def restore_forms(text: str, cut: Cut | None) -> Forms:
    """Recognise the tables of *text*, restore their labels and check their numbers."""
    tables = tuple(find_tables(text))
    rows = [row for table in tables for row in table.rows]
    matches: list[FormMatch] = []
    for layout in LAYOUTS if rows else ():
        candidates: list[Form] = [form for form in forms() if form.layout == layout]
        if match := best_form(candidates, rows, text, cut):
            matches.append(match)
    matched = {id(pair.row.row) for match in matches for pair in match.pairs}
    checks = [check_groups(table) for table in tables]
    checks += [
        check_totals(table)
        for table, groups in zip(tables, list(checks), strict=True)
        if not groups.equations and not any(id(row) in matched for row in table.rows)
    ]
    labels: list[Edit] = []
    for match in matches:
        labels += _labels(match, rows, text, cut)
        labels += _between(match, rows, text)
        if match.form.layout in ("list", "grid"):
            checks.append(check_list(match) if match.form.layout == "list" else check_grid(match))
    settled = sorted(span for match in matches for span in _settled(match, labels))
    violations: list[Violation] = [violation for check in checks for violation in check.violations]
    stated = tuple(statements(text, matches))
    labels += contradictions(text, stated)
    if cut is None and any(match.form.layout in ("grid", "blocks") for match in matches):
        labels += restore_heads(rows, column_labels(forms()), text)
    labels.sort(key=lambda edit: (edit.start, edit.end))
    return Forms(
        tables,
        tuple(matches),
        tuple(labels),
        tuple(settled),
        Checked(sum(c.equations for c in checks), tuple(violations)),
        stated,
    )


def contradictions(text: str, stated: Sequence[Statement]) -> Iterator[Edit]:
    """Yield a flag for every total of the prose that the table has otherwise."""
    for one in stated:
        if not one.agrees:
            number = text[one.start : one.end]
            sign = f"against: line {one.line} has {one.cell.text} for {one.label}"
            yield Edit(one.start, one.end, number, number, "number", (sign,), 0.0, ((one.cell.text, 0.5),), "open")


def _settled(match: FormMatch, labels: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """Yield the span of label and unit of every row whose label is whole or surely restored."""
    sure = {edit.start for edit in labels if edit.probability >= SURE}
    for pair in match.pairs:
        cells = pair.row.row.cells
        start, end = cells[pair.row.first].start, cells[max(pair.row.last - 1, pair.row.first)].end
        whole = pair.row.text == plain(match.form.rows[pair.index].label)
        if whole or any(start <= at <= end for at in sure):
            yield start, cells[pair.row.unit].end if pair.row.unit is not None else end


def _labels(match: FormMatch, rows: Sequence[Row], text: str, cut: Cut | None) -> Iterator[Edit]:
    below = {id(row): other for row, other in itertools.pairwise(rows)}
    exact = sum(pair.row.text == plain(match.form.rows[pair.index].label) for pair in match.pairs)
    for at, pair in enumerate(match.pairs):
        around = [match.pairs[i].index for i in (at - 1, at + 1) if 0 <= i < len(match.pairs)]
        between = any(abs(index - pair.index) == 1 for index in around)
        yield from _label(match, pair, text, cut, between, exact, below.get(id(pair.row.row)))
        yield from _unit(match, pair, text, cut)


def _label(
    match: FormMatch, pair: Pair, text: str, cut: Cut | None, between: bool, exact: int, below: Row | None
) -> Iterator[Edit]:
    """Yield the edits that complete a label; *between*: its neighbours are the form's neighbours too."""
    row, wanted = pair.row, match.form.rows[pair.index]
    missing = insertions(row, wanted)
    evidence: tuple[str, ...] = (f"form: {match.form.name}, {wanted.label}",)
    if missing is None:
        yield from _replaced(match, pair, text, evidence)
        return
    if not missing:
        if cut is None:
            yield from _closed_up(pair, text, evidence)
        return
    if below is not None and _stands_in(missing[-1][1], plain("".join(cell.text for cell in below.cells))):
        if cut is None and len(missing) == 1:
            yield from _split(pair, missing[0], below, text, evidence)
        return
    gaps = [row.signs[i].gap if i < len(row.signs) else row.tail for i, _ in missing]
    if lost_only(missing, cut):
        seen = sum(map(is_han, row.text))
        probability = SURE if between or seen >= LEAST_LABEL else LIKELY
        evidence += (f"damage:{cut} leaves of it what is seen",)
    elif all(gap and gap[0] < gap[1] for gap in gaps):
        probability = SURE if between and len(row.signs) * 2 >= len(plain(wanted.label)) else LIKELY
        evidence += ("form: the label shows gaps where it lacks something",)
    else:
        lacking = sum(len(part) for _, part in missing)
        if lacking > MOST_UNMARKED or len(row.signs) < LEAST_LABEL or exact < EXACT_ROWS or not between:
            return
        if any(not is_han(char) for _, part in missing for char in part) or any(i == 0 for i, _ in missing):
            return  # a numeral or bracket more or less is a matter of layout
        probability = SURE
        evidence += (f"form: {exact} other rows are word for word as printed in it",)
    for index, part in missing:
        if index < len(row.signs):
            gap = row.signs[index].gap
            start = row.signs[index].start
        else:
            gap = row.tail
            start = row.signs[-1].end
        span = _marks(text, gap) if gap is not None else (start, start)
        yield Edit(*span, text[span[0] : span[1]], part, "label", evidence, probability, (), "suggested")


def _marks(text: str, gap: tuple[int, int]) -> tuple[int, int]:
    """Return the marks of a gap without the white space around them; a gap that shows no mark is its white space."""
    inside = text[slice(*gap)]
    marks = inside.strip()
    if not marks:
        return gap
    start = gap[0] + inside.index(marks)
    return start, start + len(marks)


def _split(pair: Pair, missing: tuple[int, str], below: Row, text: str, evidence: tuple[str, ...]) -> Iterator[Edit]:
    """Yield the suggestion to write a label whole whose end stands in the row below, and to take it out there."""
    index, part = missing
    cell = next((cell for cell in below.cells if plain(cell.text) == part), None)
    if cell is None or index < len(pair.row.signs):
        return
    last = pair.row.signs[-1]
    told = (*evidence, f"form: its end stands in line {below.line}")
    # The span holds a character, so that this fills no hole and is carried out with the other edit or not at all.
    seen = text[last.start : last.end]
    yield Edit(last.start, last.end, seen, seen + part, "label", told, LIKELY, (), "suggested")
    yield Edit(cell.start, cell.end, text[cell.start : cell.end], "", "label", told, LIKELY, (), "suggested")


def _closed_up(pair: Pair, text: str, evidence: tuple[str, ...]) -> Iterator[Edit]:
    """Yield the removal of spaces inside a label that lacks nothing: its cell was printed on several lines."""
    for before, sign in itertools.pairwise(pair.row.signs):
        if sign.gap and sign.gap[0] < sign.gap[1] and is_han(before.char) and is_han(sign.char):
            inside = text[sign.gap[0] : sign.gap[1]]
            if not inside.strip(" \u3000"):
                yield Edit(*sign.gap, inside, "", "spacing", evidence, SURE, (), "suggested")


def _between(match: FormMatch, rows: Sequence[Row], text: str) -> Iterator[Edit]:
    """Yield a flag for every row of numbers without a readable label between two matched rows of a form."""
    place = {id(row): at for at, row in enumerate(rows)}
    for above, below in itertools.pairwise(match.pairs):
        due = [match.form.rows[i].label for i in range(above.index + 1, below.index)]
        for row in rows[place[id(above.row.row)] + 1 : place[id(below.row.row)]]:
            filled = [cell for cell in row.cells if cell.text]
            if not due or not filled or filled[0].numeric or not any(cell.numeric for cell in filled):
                continue
            label = "".join(cell.text for cell in filled if not cell.numeric)
            if sum(map(is_han, label)) > 2:
                continue
            evidence = f"form: {match.form.name}, between {match.form.rows[above.index].label} and what is below"
            start, end = filled[0].start, filled[0].end
            if label and not label.strip(HOLE_ONE):
                # As many are missing as are marked: that may say which label it is, and otherwise the text is guessed.
                fitting = [wanted for wanted in due if len(wanted) == len(label)]
                if len(fitting) == 1 and text[start:end] == label:
                    yield Edit(start, end, label, fitting[0], "label", (evidence,), LIKELY, (), "suggested")
                continue
            readings = tuple((wanted, round(POSSIBLE / len(due), 4)) for wanted in due)
            yield Edit(start, end, text[start:end], text[start:end], "label", (evidence,), 0.0, readings, "open")


def _stands_in(part: str, below: str) -> bool:
    """Tell whether what a label seems to lack stands at the head of the next row: the label is split, not damaged."""
    return len(part) >= 2 and below.startswith(part)


def _replaced(match: FormMatch, pair: Pair, text: str, evidence: tuple[str, ...]) -> Iterator[Edit]:
    """Yield the suggestion to put the form's label for one that holds signs which it has not."""
    row, wanted = pair.row, match.form.rows[pair.index]
    strange = [sign for sign in row.signs if sign.char not in plain(wanted.label)]
    if not strange or pair.similarity > 0.9:
        return
    start, end = row.signs[0].start, row.signs[-1].end
    before = text[start:end]
    if "\t" in before:
        if pair.similarity < DAMAGED:
            yield Edit(start, end, before, before, "label", evidence, 0.0, ((wanted.label, POSSIBLE),), "open")
        return
    sign = f"form: {strange[0].char} is not in the label"
    yield Edit(start, end, text[start:end], wanted.label, "label", (*evidence, sign), POSSIBLE, (), "suggested")


def _unit(match: FormMatch, pair: Pair, text: str, cut: Cut | None) -> Iterator[Edit]:
    """Yield the edit that puts the unit into its cell where a cut took it or part of it."""
    wanted = match.form.rows[pair.index].unit
    if pair.row.unit is None or cut is None or not wanted:
        return
    cell = pair.row.row.cells[pair.row.unit]
    if cell.text == wanted or cell.text != "".join(char for char in wanted if not cut.loses(char)):
        return
    at = cell.start if cell.text and wanted.endswith(cell.text) else cell.end
    lost = wanted.removesuffix(cell.text) if cell.text else wanted
    evidence = (f"form: {match.form.name}, unit of {match.form.rows[pair.index].label}", f"damage:{cut}")
    yield Edit(at, at, "", lost, "label", evidence, SURE, (), "suggested")

"""White at the ends of lines: what the text says tells lost characters from what was left white."""

import re
from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings
from pipeline.damage.hypotheses import Cut, is_han
from pipeline.document import Cell, Line, Page, Place
from pipeline.edits import Edit
from pipeline.line_ends import with_doubts, with_told_ends
from pipeline.places import Places
from pipeline.reading.running import running_text
from pipeline.reading.scan import End, Scan, Told
from tests.test_restore import TRUTH

CUT = Cut("GB2312", "above", 0xC2C9)
LINES = [line for line in TRUTH.splitlines() if len(line) > 60]
SETTINGS = Settings(jobs=1, beam=60)
PLACE = Place(1, (0, 0, 20, 20))


def shown(text):
    return "".join("□" if CUT.loses(char) else char for char in text)


def scan_of(text, ends):
    """Return a scan of a text that lies on one page of a single long line."""
    page = Page(1, 200, 200, 0.0, (Line((), (0, 0, 20, 20), 20.0, True),))
    return Scan((page,), text, Places([PLACE] * len(text)), ends=tuple(ends))


def ends():
    """Return a damaged text without the last of what it lost before brackets, where that may have been, and was.

    Where just one character is lost before a bracket it is taken out; elsewhere nothing is, but might be.
    """
    text, white, lost = "", [], []
    for char, seen in zip("\n".join(LINES), shown("\n".join(LINES)), strict=True):
        if char in "（《“":
            gone = text.endswith("□") and not text.endswith("□□")
            if gone:
                text = text[:-1]
            if gone or not text.endswith(("□", "\n")):
                white.append(End(len(text), (PLACE,)))
                lost.append(gone)
        text += seen
    return scan_of(text + "\n", white), lost


def test_the_text_tells_lost_characters_from_brackets_that_moved():
    scan, lost = ends()
    assert len(lost) >= 40 and sum(lost) >= 5
    told = with_told_ends(scan, SETTINGS)
    found, shift = [], 0
    for end in scan.ends:
        found.append(told.text[end.at + shift] == "□")
        shift += found[-1]
    assert told.text.count("□") - scan.text.count("□") == shift
    assert sum(a != b for a, b in zip(found, lost, strict=True)) <= 0.1 * len(lost)


def test_where_nothing_is_missing_nothing_is_asked():
    text = "\n".join(LINES) + "\n"
    scan = scan_of(text, [End(20, (PLACE,))])
    assert with_told_ends(scan, replace(SETTINGS, models="nowhere")) is scan


def test_a_number_that_the_passage_around_an_end_parts_is_no_stranger():
    text = shown(TRUTH).replace(".", "").replace("．", "") + "\n全年主动公开政府信息增长5.6%，政□公□工作有序推进落实"
    text = text[: text.rindex(".") + 16] + "（试行）。\n"
    at = text.rindex("（试行")
    scan = scan_of(text, [End(at, (PLACE,))])
    assert with_told_ends(scan, SETTINGS).text.replace("□", "") == text.replace("□", "")


@given(st.text("公开□\n", min_size=1, max_size=30), st.data())
def test_characters_are_put_in_and_all_offsets_go_with_them(text, data):
    offsets = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    lost = [Told(End(at, (PLACE,) * 3, lines=((0, 0),)), data.draw(st.integers(1, 3)), 0.5) for at in offsets]
    own = [Place(2, (k, 0, k + 1, 1)) for k in range(len(text))]
    offers = {at: ((char, 0.9),) for at, char in enumerate(text)}
    crops = tuple((at, str(at)) for at in range(len(text)))
    pages = scan_of("", []).pages
    told = Scan(pages, text, Places(own), crops=crops, offers=offers).with_told(lost)
    kept = [at for at, place in enumerate(told.places) if place != PLACE]
    assert "".join(told.text[at] for at in kept) == text
    assert len(told.text) == len(told.places) == len(text) + sum(one.count for one in lost)
    assert all(told.text[at] == "□" for at in set(range(len(told.text))) - set(kept))
    assert list(told.offers) == kept == [at for at, _ in told.crops]
    assert all(told.offers[at][0][0] == told.text[at] for at in kept)
    assert len(told.counted) == len(lost) and not set(told.counted) & set(kept)
    assert len(told.pages[0].lines[0].cells) == sum(one.count for one in lost)


def line(text, moved=0, starts=False, ended=0, indented=False):
    """Return a line of cells of 20 pixels; an indent lies before a paragraph's first, and is else of its own cells."""
    cells = tuple(Cell(char.replace("□", ""), (20 * k, 0, 20 * k + 20, 20)) for k, char in enumerate(text))
    trail = len(text) - len(text.rstrip("□"))
    seen = len(text) - trail
    white = tuple((20 * (seen + k), 0, 20 * (seen + k) + 20, 20) for k in range(max(ended, trail + moved)))
    first = -2 if starts else 0
    indent = tuple((20 * k, 0, 20 * k + 20, 20) for k in (first, first + 1)) if indented else ()
    own = Line(cells, (0, 0, 20 * len(text), 20), 20.0, starts, moved=moved, ended=ended)
    return replace(own, trail=trail, white=white, indent=indent)


def test_white_behind_lines_is_kept_with_its_places():
    lines = (line("公开工作", 2, True), line("（试行）。", 1), line("（一）信息", 0, True, 1), line("内容", 1, True, 2))
    scan = running_text([Page(1, 200, 200, 0.0, lines[:2]), Page(2, 200, 200, 0.0, lines[2:])])
    assert scan.text == "公开工作（试行）。\n（一）信息\n内容\n"
    assert [(end.at, end.closes) for end in scan.ends] == [(4, False), (15, True), (18, True)]
    assert [end.lines for end in scan.ends] == [((0, 0), (0, 1)), ((1, 0), (1, 1)), ((1, 1),)]
    assert [place.box for place in scan.ends[0].places] == [(80, 0, 100, 20), (100, 0, 120, 20)]
    assert [len(end.places) for end in scan.ends] == [2, 1, 2]


HEADINGS = [row for row in TRUTH.splitlines() if row[:1] in "（一二三四五六七八九" and " " not in row]


def headings(lost):
    """Return a damaged text without what its headings lost at their ends, and how much that was."""
    text, white, counts = "", [], []
    for row in TRUTH.splitlines():
        if len(row) <= 60 and row not in HEADINGS:  # rows of tables
            continue
        seen = "".join("□" if char in lost else char for char in row)
        if row in HEADINGS:
            counts.append(len(seen) - len(seen.rstrip("□")))
            seen = seen.rstrip("□")
            white.append(End(len(text) + len(seen), (PLACE,) * 9, closes=True))
        text += seen + "\n"
    return scan_of(text, white), counts


def told_behind(scan):
    """Return how many characters were told to be lost at each end."""
    told, found = with_told_ends(scan, SETTINGS), []
    for end in scan.ends:
        at = end.at + sum(found)
        found.append(next(k for k in range(10) if told.text[at + k] != "□"))
    return found


def test_the_text_tells_what_headings_lost_at_their_ends():
    """Whether the font lost a range of codes or glyphs in no order; and of headings that lost nothing, nothing."""
    han = sorted({char for char in TRUTH if is_han(char)})
    sets = [set(Random(seed).sample(han, len(han) // 3)) for seed in (3, 4)]
    pairs = []
    for lost in [{char for char in han if CUT.loses(char)}, *sets]:
        scan, counts = headings(lost)
        pairs += zip(counts, told_behind(scan), strict=True)
    assert sum(want > 0 for want, _ in pairs) >= 12
    assert sum(want == got for want, got in pairs if want) >= 0.8 * sum(want > 0 for want, _ in pairs)
    assert sum(got > 0 for want, got in pairs if not want) <= 1


def test_a_heading_that_ends_within_a_word_lost_its_end_and_one_that_could_end_there_did_not():
    broken = ("一、主动公开政府信息情", "（二）整改措", "五、存在的主要问", "三、主动公", "（一）落实情")
    whole = ("（三）抗击疫情", "（一）便民举措", "二、重要人事", "四、走访慰问", "一、概述")
    han = sorted({char for char in TRUTH if is_han(char)} - set("".join(broken + whole)))
    scan, _ = headings({*Random(3).sample(han, len(han) // 3), *"况施题开"})
    text, ends = scan.text, []
    for heading in (*broken, *whole):
        text += heading
        ends.append(End(len(text), (PLACE,) * 9, closes=True))
        text += "\n"
    found = told_behind(scan_of(text, ends))
    assert all(found[: len(broken)])
    assert not any(found[len(broken) :])


def test_the_ends_of_headings_are_asked_for_only_where_their_font_lost_something():
    scan, _ = headings({char for char in TRUTH if CUT.loses(char)})
    other = tuple(replace(end, places=(replace(PLACE, font="bold"),) * 9) for end in scan.ends)
    assert with_told_ends(replace(scan, ends=other), replace(SETTINGS, models="nowhere")).text == scan.text


def test_where_the_language_told_the_length_a_reading_is_no_surer_than_that():
    edits = [
        Edit(3, 5, "□□", "情况", "missing", ("hole:exact",), 0.9, (("问题", 0.08),), "accepted"),
        Edit(9, 10, "□", "开", "missing", ("hole:exact",), 0.9, (), "accepted"),
    ]
    doubted, kept = with_doubts(edits, {4: 0.5}, SETTINGS)
    assert (doubted.probability, doubted.alternatives, doubted.status) == (0.45, (("问题", 0.04),), "suggested")
    assert doubted.evidence == ("hole:exact", "length:told by the language, 0.50")
    assert kept is edits[1]
    assert with_doubts(edits, {3: 0.01}, SETTINGS)[0].status == "open"


def test_a_paragraph_that_lost_what_lay_between_two_lines_goes_on_and_no_other_is_joined():
    """Where the next line lost its first two characters it looks like a paragraph's first."""
    han = sorted({char for char in TRUTH if is_han(char)})
    lost = set(Random(3).sample(han, len(han) // 3))
    text, ends, goes_on = "", [], []
    for row in LINES:
        seen = "".join("□" if char in lost else char for char in row)
        first = next((k for k in range(20, len(seen) - 20) if seen[k : k + 2] == "□□" and seen[k + 2] != "□"), None)
        if first:
            start = len(seen[:first].rstrip("□"))
            text += seen[:start]
            ends.append(End(len(text), (PLACE,) * (first - start), closes=True, indent=(PLACE,) * 2))
            goes_on.append(True)
            seen = "\n" + seen[first + 2 :]
        text += seen
        ends.append(End(len(text), (PLACE,) * 3, closes=True, indent=(PLACE,) * 2))
        goes_on.append(False)
        text += "\n"
    scan = scan_of(text, ends[:-1])  # behind the last nothing is printed
    told, found, shift = with_told_ends(scan, SETTINGS), [], 0
    for end in scan.ends:
        count = len(end.places) + 2
        found.append(told.text[end.at + shift : end.at + shift + count] == "□" * count)
        shift += (count - 1) * found[-1]
    assert sum(goes_on) >= 8
    pairs = list(zip(goes_on, found, strict=False))
    assert sum(want and got for want, got in pairs) >= 0.6 * sum(goes_on)
    assert not any(got and not want for want, got in pairs)


def test_two_lines_that_were_taken_for_one_paragraph_are_parted_where_the_text_is_two():
    """A heading that lost its end, and one before a line that lost its beginning; inside of sentences nothing is."""
    han = sorted({char for char in TRUTH if is_han(char)})
    lost = set(Random(4).sample(han, len(han) // 3))
    text, ends, wrong = "", [], []
    for row, following in pairwise(TRUTH.splitlines()):
        seen, after = ("".join("□" if char in lost else char for char in line) for line in (row, following))
        if row in HEADINGS and len(row) < 40 and len(following) > 60 and not after.startswith("□"):
            kept = seen.rstrip("□")
            ends.append(End(len(text) + len(kept), (PLACE,) * 6, False, (PLACE,) * 2, 8))
            wrong.append(len(seen) - len(kept))
            text += kept + "□" * 8
            continue
        if len(row) > 60:
            for hole in re.finditer("□{4,}", seen):
                ends.append(End(len(text) + hole.start(), (PLACE,) * 6, False, (PLACE,) * 2, len(hole[0])))
                wrong.append(None)
        text += seen + "\n"
    scan = scan_of(text, ends)
    told = with_told_ends(scan, SETTINGS)
    assert sum(count is not None for count in wrong) >= 5 and wrong.count(None) >= 5
    assert told.text.replace("\n", "").replace("□", "") == scan.text.replace("\n", "").replace("□", "")
    rows, before = set(told.text.splitlines()), set(scan.text.splitlines())
    heads = [scan.text[scan.text.rfind("\n", 0, end.at) + 1 : end.at] for end in ends]
    found = [any(row.startswith(head) and len(row) <= len(head) + 6 for row in rows - before) for head in heads]
    pairs = list(zip(wrong, found, strict=True))
    assert sum(parted for count, parted in pairs if count is not None) >= 0.8 * sum(
        count is not None for count in wrong
    )
    assert not any(parted for count, parted in pairs if count is None)


def shown_on(scan):
    """Return the lines of the first page of a scan."""
    return ["".join(cell.text or "□" for cell in row.cells) for row in scan.pages[0].lines]


def test_a_line_that_looks_full_of_losses_keeps_them_until_the_text_is_asked():
    lines = [line("（一）公开□□□", starts=True, ended=3), line("□□内容公开", indented=True)]
    scan = running_text([Page(1, 200, 200, 0.0, tuple(lines))])
    (end,) = scan.ends
    assert (end.at, end.closes, end.blanks, len(end.places), len(end.indent)) == (5, False, 5, 3, 2)
    assert [place.box[0] for place in (*end.places, *end.indent)] == [100, 120, 140, 0, 20]
    read = [lines[0], line("内□容公开", indented=True)]  # a faint character where the indent would be
    assert not running_text([Page(1, 200, 200, 0.0, tuple(read))]).ends
    unread = replace(lines[0], cells=(*lines[0].cells[:-1], Cell("字", lines[0].cells[-1].box)))
    assert not running_text([Page(1, 200, 200, 0.0, (unread, lines[1]))]).ends  # read in white cells after all
    glyph = line("（一）公开□□□", starts=True, ended=2)  # the first □ is printed, but no engine knows it
    (ends,) = running_text([Page(1, 200, 200, 0.0, (replace(glyph, trail=2, white=glyph.white[1:]), lines[1]))]).ends
    assert (ends.at, ends.blanks) == (6, 4)
    parted = scan.with_told([Told(end, 1, 0.5, otherwise=True)])
    assert parted.text == "（一）公开□\n内容公开\n"
    assert parted.places[5] == end.places[0] and parted.places[6] is None
    assert ["".join(cell.text or "□" for cell in row.cells) for row in parted.pages[0].lines] == [
        "（一）公开□",
        "内容公开",
    ]
    assert [row.starts_paragraph for row in parted.pages[0].lines] == [True, True]
    assert parted.counted == {5: 0.5}
    ended = running_text(parted.pages)
    joined = ended.with_told([Told(End(6, (), True, end.indent, lines=end.lines), 2, 0.5, otherwise=True)])
    assert joined.text == "（一）公开□□□内容公开\n"
    assert ["".join(cell.text or "□" for cell in row.cells) for row in joined.pages[0].lines] == [
        "（一）公开□",
        "□□内容公开",
    ]

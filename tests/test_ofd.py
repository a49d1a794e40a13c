"""OFD: text where it stands, lost glyphs counted from advances, hostile archives refused."""

import io
import json
import time
import zipfile
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.errors import UnreadableInputError
from pipeline.reading import docx, ofd
from tests.test_batch import start

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE, LEADING = 5.64, 10.2
LINES = [
    "　　2021年，县人民政府办公室认真贯彻落实《中华人民共和国政府信",
    "息公开条例》，坚持以公开为常态、不公开为例外，扎实推进政务公开",
    "工作，全年主动公开政府信息1268条，其中政策文件36件、解读材料42",
    "篇，组织开展业务培训3次，进一步提高了工作人员的业务能力。",
]
LOST = "信息扎实解读"


def text_object(line, top, left=28.0, lost=LOST, size=SIZE, more=""):
    """Return a line as a text object in which lost characters are white, each character a cell or half of one."""
    chars, places, at = [], [], 0.0
    for char in line:
        if char != "　" and char not in lost:
            chars.append(char)
            places.append(at)
        at += size * (0.5 if char.isascii() else 1)
    steps = " ".join(f"{b - a:g}" for a, b in pairwise(places))
    first = places[0] if places else 0
    code = f'<ofd:TextCode X="{first:g}" Y="{size:g}" DeltaX="{steps}">{"".join(chars)}</ofd:TextCode>'
    box = f"{left} {top} {at:g} {size * 1.2:g}"
    return f'<ofd:TextObject ID="9" Boundary="{box}" Font="3" Size="{size}" {more}>{code}</ofd:TextObject>'


def page(*objects, template=""):
    return (
        f"<ofd:Page {SPACE}>{template}<ofd:Content><ofd:Layer>{''.join(objects)}</ofd:Layer></ofd:Content></ofd:Page>"
    )


def lines(texts=LINES, **options):
    return [text_object(line, 37 + LEADING * at, **options) for at, line in enumerate(texts)]


def package(*pages, **parts):
    """Return an OFD with these pages as bytes; *parts* replace or add to its own."""
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    shared = f'{area}<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID="7" BaseLoc="Tpls/T.xml"/>'
    font = '<ofd:Fonts><ofd:Font ID="3" FontName="仿宋"/></ofd:Fonts>'
    root = "Doc_0/Document.xml"
    found = {
        "OFD.xml": f"<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData>{shared}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        "Doc_0/PublicRes.xml": f"<ofd:Res {SPACE}>{font}</ofd:Res>",
        **{f"Doc_0/Pages/Page_{n}/Content.xml": content for n, content in enumerate(pages)},
        **parts,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return stream.getvalue()


def read(tmp_path, data):
    path = tmp_path / "a.ofd"
    path.write_bytes(data)
    return restore(path, Settings(jobs=1, beam=20))


def shown(result):
    return result.original.rstrip("\n")


def test_lost_glyphs_are_counted_and_restored(tmp_path):
    result = read(tmp_path, package(page(*lines())))
    due = "".join(LINES).strip("　")
    assert shown(result) == "".join("□" if char in LOST else char for char in due)
    right = [e for e in result.edits if e.status == "accepted"]
    assert "政府信息公开条例" in result.text and "贯彻落实《" in result.text and len(right) >= 4
    place = result.places[0]
    assert place.page == 1 and place.font == "仿宋" and abs(place.box[0] - (28 + 2 * SIZE) * ofd.SCALE) < 3
    assert result.pages[0]["source"] == "glyph layer" and "named by the file" in result.pages[0]["reason"]


def test_a_whole_document_is_clean_and_a_folder_of_them_is_restored(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/文.ofd").write_bytes(package(page(*lines(lost="")), page(*lines(lost=""))))
    run = start(
        "restore", tmp_path / "in", "--out", tmp_path / "out", "--strict", "--format", "page", "--format", "pdf"
    )
    _, told = run.communicate(timeout=60)
    assert run.returncode == 0, told
    text = (tmp_path / "out/文/restored.txt").read_text(encoding="utf-8")
    assert text == ("".join(LINES).strip("　") + "\n") * 2
    report = json.loads((tmp_path / "out/文/report.json").read_text(encoding="utf-8"))
    assert [one["page"] for one in report["pages"]] == [1, 2]


def test_what_is_written_shortly_or_turned_is_read_as_it_stands(tmp_path):
    repeated = '<ofd:TextCode X="0" Y="5" DeltaX="g 4 5 10 g 2 5">扎实推进政公开。</ofd:TextCode>'
    shrunk = '<ofd:TextCode X="0" Y="10" DeltaX="g 7 10">认真组织实施工作</ofd:TextCode>'
    down = '<ofd:TextCode X="0" Y="5" DeltaY="g 3 5">竖排文字</ofd:TextCode>'
    private = '<ofd:TextCode X="0" Y="5" DeltaX="g 9 5">落实\ue123任，强化\ufffd督。</ofd:TextCode>'
    glyphs = (
        '<ofd:CGTransform CodePosition="2" CodeCount="1" GlyphCount="1"><ofd:Glyphs>41</ofd:Glyphs></ofd:CGTransform>'
    )
    result = read(
        tmp_path,
        package(
            page(
                f'<ofd:TextObject Boundary="30 40 60 6" Size="5">{repeated}</ofd:TextObject>',
                '<ofd:PageBlock><ofd:TextObject Boundary="30 60 60 6" Size="10" CTM="0.5 0 0 0.5 0 0">'
                f"{shrunk}</ofd:TextObject></ofd:PageBlock>",
                f'<ofd:TextObject Boundary="30 80 60 6" Size="5">{glyphs}{private}</ofd:TextObject>',
                f'<ofd:TextObject Boundary="150 80 6 60" Size="5">{down}</ofd:TextObject>',
                f'<ofd:TextObject Boundary="30 100 60 6" Size="5" Visible="false">{shrunk}</ofd:TextObject>',
                template='<ofd:Template TemplateID="7"/>',
            ),
            **{"Doc_0/Tpls/T.xml": page(text_object("措玛县人民政府文件", 20, lost=""))},
        ),
    )
    # One gap on a page is no skipped glyph.
    due = ["措玛县人民政府文件", "扎实推进政 公开。", "认真组织实施工作", "落实□任，强化□督。"]
    assert shown(result).split("\n") == due
    assert "4 vertical or turned characters set aside" in result.pages[0]["notes"]
    assert result.places[result.original.index("□")].glyph == "/41"


def test_cells_between_ruled_lines_are_a_table(tmp_path):
    rules = [f'<ofd:PathObject Boundary="30 {50 + 12 * n} 120 0.3"/>' for n in range(3)]
    across = "<ofd:AbbreviatedData>M 0 0 L 0 24</ofd:AbbreviatedData>"
    rules += [f'<ofd:PathObject Boundary="{30 + 60 * n} 50 20 24">{across}</ofd:PathObject>' for n in range(3)]
    cells = [
        text_object(t, 53 + 12 * (n // 2), 32 + 60 * (n % 2), lost="")
        for n, t in enumerate(["项目", "数量", "公开", "12"])
    ]
    assert shown(read(tmp_path, package(page(*rules, *cells)))).split("\n") == ["项目\t数量", "公开\t12"]


def test_a_damaged_page_costs_that_page(tmp_path):
    result = read(tmp_path, package(page(*lines()), "<ofd:Page", page(*lines(lost=""))))
    assert [number for number, _ in result.failures] == [2] and "is damaged" in result.failures[0][1]
    assert result.original.count("县人民政府办公室") == 2


def picture(box):
    return f'<ofd:ImageObject ID="8" Boundary="{box}" CTM="50 0 0 40 0 0" ResourceID="4"/>'


def test_pictures_stay_open_holes_where_they_stand(tmp_path):
    first = page(*lines(LINES[:2], lost=""), picture("60 60 90 40"), picture("100 3 2 2"), *lines_below(LINES[2:]))
    over = page(picture("0 0 210 297"), *lines(lost=""))  # a background
    whole = page(picture("-5 -5 220 310"))
    result = read(tmp_path, package(first, over, whole))
    assert shown(result).replace("\n", "") == "".join(LINES).strip("　") * 2
    among, last = (edit for edit in result.edits if edit.kind == "picture")
    assert (among.status, among.after) == (last.status, last.after) == ("open", "")
    assert among.start == len("".join(LINES[:2]).strip("　")) and last.start == len(result.original) - 1
    (place,), (beyond,) = among.places, last.places
    expected = (60 * ofd.SCALE, 60 * ofd.SCALE, 150 * ofd.SCALE, 100 * ofd.SCALE)
    assert place.page == 1 and place.box == pytest.approx(expected, abs=1)
    size = result.pages[2]["width"], result.pages[2]["height"]
    assert beyond.page == 3 and beyond.box == (0, 0, *size)
    noted = ["pictures, of which nothing is read: 1"]
    assert [one["notes"] for one in result.pages] == [noted, [], noted]


def lines_below(texts):
    return [text_object(line, 110 + LEADING * at, lost="") for at, line in enumerate(texts)]


def test_a_document_of_pictures_says_what_to_do(tmp_path):
    for count in (1, 2):
        with pytest.raises(UnreadableInputError, match=r"its pages are pictures.*Print it to PDF"):
            read(tmp_path, package(*[page(picture("0 0 210 297"))] * count))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive", "no OFD, or damaged"),
        (package(), "no pages"),
        (package(page("")), "no text"),
        (package(page(*lines()), **{"OFD.xml": "<x/>"}), "no pages"),
        (package(page(*lines()), **{"Doc_0/Document.xml": "<a"}), "damaged"),
        (package(page(*lines()))[:-400], "no OFD, or damaged"),
    ],
)
def test_what_is_no_ofd_is_told(tmp_path, data, said):
    with pytest.raises(UnreadableInputError, match=said):
        read(tmp_path, data)


def test_bombs_and_foreign_entities_are_refused(tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    code = '<ofd:TextCode X="0" Y="5">公开&e;</ofd:TextCode>'
    hidden = page(f'<ofd:TextObject Boundary="30 40 60 6" Size="5">{code}</ofd:TextObject>')
    assert "机密" not in read(tmp_path, package(entity + hidden, page(*lines()))).original
    laughs = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = package(f"{laughs}]>" + hidden.replace("&e;", "&i;"), page(*lines()))
    began = time.process_time()
    assert "哈" not in read(tmp_path, bomb).original and time.process_time() - began < 20
    monkeypatch.setattr(ofd, "LARGEST", 1 << 16)
    with pytest.raises(UnreadableInputError, match="MiB unpacked"):
        ofd.read(_written(tmp_path, package(page(*lines()), " " * (1 << 17))))
    assert docx.LARGEST == 256 << 20


def test_more_characters_than_a_page_has_cost_that_page_and_more_than_a_document_has_the_document(
    tmp_path, monkeypatch
):
    line = text_object("公开" * 40, 40)
    nested = line.replace("<ofd:TextCode", '<ofd:TextObject Boundary="0 0 9 9" Size="5">' * 99 + "<ofd:TextCode", 1)
    many = page(nested.replace("</ofd:TextObject>", "</ofd:TextObject>" * 100))
    assert len(many) < 10_000
    monkeypatch.setattr(ofd, "MOST_OF_PAGE", 4000)
    portion = ofd.read(_written(tmp_path, package(many, page(*lines()))))
    assert [number for number, _ in portion.failures] == [1] and len(portion.pages) == 1
    shown = page(template='<ofd:Template TemplateID="7"/>' * 40)
    monkeypatch.setattr(ofd, "MOST_GLYPHS", 8000)
    with pytest.raises(UnreadableInputError, match="more characters"):
        ofd.read(_written(tmp_path, package(shown, shown, shown, **{"Doc_0/Tpls/T.xml": page(line)})))


def _written(folder, data):
    path = folder / "b.ofd"
    path.write_bytes(data)
    return path


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Boundary", "Size", "CTM", "HScale", "X", "DeltaX", "DeltaY"]),
    st.sampled_from(
        ["", "x", "nan nan nan nan", "1e9 1 1 1", "-1 -1 -1 -1 -1 -1", "g 999999999 1", "g", "0", "1e99", "g -5 2"]
    )
    | st.text("0123456789 g.-e", max_size=12),
)
def test_whatever_numbers_stand_there_a_page_comes_of_it_or_none(tmp_path_factory, key, value):
    attributes = {"Boundary": "30 40 60 6", "Size": "5", "X": "0", "Y": "5", "DeltaX": "g 3 5", key: value}
    own = " ".join(f'{k}="{attributes[k]}"' for k in ("Boundary", "Size", "CTM", "HScale") if k in attributes)
    code = " ".join(f'{k}="{attributes[k]}"' for k in ("X", "Y", "DeltaX", "DeltaY") if k in attributes)
    odd = f"<ofd:TextObject {own}><ofd:TextCode {code}>推进公开</ofd:TextCode></ofd:TextObject>"
    odd += f"<ofd:ImageObject {own}/>"
    portion = ofd.read(_written(tmp_path_factory.mktemp("ofd"), package(page(odd, *lines()))))
    assert len(portion.pages) + len(portion.failures) == 1

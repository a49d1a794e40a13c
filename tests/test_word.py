"""Word documents, as Word prints them: numbers, notes, text boxes, revisions, tables, where parts lie."""

import io
import json
import subprocess
import zipfile

import pytest

from pipeline.errors import UnreadableInputError
from pipeline.reading import docx
from pipeline.reading.source import STDIN, read_source
from tests.test_batch import BUQUE

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def relations(targets):
    rows = (f'<Relationship Id="r{n}" Type="{OFFICE}/{k}" Target="{t}"/>' for n, (k, t) in enumerate(targets.items()))
    return f'<Relationships xmlns="{RELATIONS}">{"".join(rows)}</Relationships>'


def document(body, main="word/document.xml", space=W, **others):
    """Return a Word document with *body*, and *others* as content of parts by their kind."""
    parts = {
        "_rels/.rels": relations({"officeDocument": main}),
        f"word/_rels/{main.split('/')[1]}.rels": relations({kind: f"{kind}.xml" for kind in others}),
        main: f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        **{f"word/{kind}.xml": f"<w:{kind} {SPACES}>{content}</w:{kind}>" for kind, content in others.items()},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content.replace(W, space))
    return stream.getvalue()


def text_of(body, **parts):
    return read_source(document(body, **parts), "a.docx")[0]


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def paragraph(*runs, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def numbered(text, level=0, of=1):
    return paragraph(run(text), properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{of}"/></w:numPr>')


def level(at, form, text, suffix="", start=1, more=""):
    suffix = f'<w:suff w:val="{suffix}"/>' if suffix else ""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}{suffix}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels, numbers='<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'):
    return f'<w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>{numbers}'


def test_headings_get_the_numbers_that_word_prints():
    found = text_of(
        "".join(
            [
                *(numbered("概述"), numbered("主动公开", 1), numbered("数量", 2), numbered("方式", 2)),
                *(numbered("依申请", 1), numbered("数量", 2), paragraph(run("没有编号")), numbered("收费")),
                *(numbered("减免", 1), numbered("甲", 3), numbered("乙", 4), numbered("要点", 5)),
            ]
        ),
        numbering=numbering(
            level(0, "chineseCountingThousand", "%1、"),
            level(1, "japaneseCounting", "（%2）"),
            level(2, "decimal", "%3."),
            level(3, "decimal", "%1.%2.%4", more="<w:isLgl/>"),
            level(4, "upperLetter", "%5", suffix="space"),
            level(5, "bullet", "\uf06c"),
        ),
    )
    expected = "一、概述 （一）主动公开 1.数量 2.方式 （二）依申请 1.数量 没有编号 二、收费 （一）减免"
    assert found.split("\n") == [*expected.split(), "2.1.1 甲", "A 乙", "要点", ""]


def test_numbers_begin_where_the_list_says_and_come_from_styles():
    styles = (
        '<w:style w:styleId="h"><w:basedOn w:val="base"/></w:style><w:style w:styleId="base"><w:basedOn w:val="h"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="circle"><w:basedOn w:val="circle"/></w:style>'
    )
    again = (
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="7"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="19"/></w:lvlOverride></w:num>'
    )
    body = "".join(
        paragraph(run(text), properties=properties)
        for text, properties in [
            ("甲", '<w:pStyle w:val="h"/>'),
            ("乙", '<w:pStyle w:val="base"/>'),
            ("丙", '<w:pStyle w:val="h"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>'),
            ("丁", '<w:numPr><w:numId w:val="2"/></w:numPr>'),
            ("戊", '<w:pStyle w:val="h"/><w:numPr><w:numId w:val="0"/></w:numPr>'),
            ("己", '<w:pStyle w:val="circle"/>'),
        ]
    )
    found = text_of(body, numbering=numbering(level(0, "decimal", "第%1条", start=0), numbers=again), styles=styles)
    assert found == "第0条 甲\n第1条 乙\n第19条 丙\n第20条 丁\n戊\n己\n"


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        (
            "chineseCounting",
            {1: "一", 10: "十", 11: "十一", 20: "二十", 110: "一百一十", 105: "一百零五", 1000: "1000"},
        ),
        ("chineseLegalSimplified", {12: "壹拾贰", 101: "壹佰零壹"}),
        ("ideographDigital", {10: "一〇", 2: "二"}),
        ("ideographTraditional", {3: "丙", 11: "11"}),
        ("decimalEnclosedCircleChinese", {1: "①", 20: "⑳", 21: "21"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalZero", {3: "03", 12: "12"}),
        ("lowerLetter", {1: "a", 26: "z", 28: "bb"}),
        ("lowerRoman", {4: "iv", 949: "cmxlix"}),
        ("none", {3: ""}),
        ("nobody knows", {3: "3"}),
    ],
)
def test_numbers_are_written_as_their_format_says(form, numbers):
    for number, text in numbers.items():
        assert text_of(numbered("文"), numbering=numbering(level(0, form, "%1", "nothing", number))) == f"{text}文\n"


def test_what_is_no_numbering_numbers_nothing():
    for levels in (level(0, "decimal", "%9%1", start="-1"), level("x", "decimal", "%1"), level(8, "decimal", "")):
        assert text_of(numbered("文") + numbered("文", 99), numbering=numbering(levels)).count("文\n") == 2
    long = text_of(numbered("文"), numbering=numbering(level(0, "decimal", "字" * 5000)))
    assert len(long) < 100


def test_a_text_box_does_not_part_the_paragraph_that_holds_it():
    box = f"<w:txbxContent>{paragraph(run('框一'))}{paragraph(run('框二'))}</w:txbxContent>"
    picture = f"<w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r>"
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    modern = f"<w:r><mc:AlternateContent>{both}</mc:AlternateContent></w:r>"
    for holder in (picture, modern):
        assert text_of(paragraph(run("推进"), holder, run("公开"))) == "推进公开\n框一\n框二\n"
        assert text_of(paragraph(holder) + paragraph(run("尾"))) == "框一\n框二\n尾\n"


def test_notes_come_last_in_the_order_in_which_they_are_cited():
    def note(number, text):
        return f'<w:footnote w:id="{number}">{paragraph(run(text))}</w:footnote>'

    cited = "".join(f'<w:r><w:footnoteReference w:id="{number}"/></w:r>' for number in (3, 2, 3, 9))
    last = '<w:r><w:endnoteReference w:id="2"/></w:r>'
    found = text_of(
        paragraph(run("正文"), cited, last),
        footnotes=note(0, "分隔") + note(2, " 注二") + note(3, "注三"),
        endnotes=note(2, "尾注").replace("footnote", "endnote"),
    )
    assert found == "正文\n注三\n注二\n尾注\n"


def test_revisions_leave_what_the_accepted_document_says():
    gone = "<w:rPr><w:del/></w:rPr>"
    row = "<w:tr><w:trPr>{}</w:trPr><w:tc>{}</w:tc></w:tr>"
    body = (
        paragraph(run("推进政务"), properties=gone)
        + paragraph("<w:del><w:r><w:delText>原</w:delText></w:r></w:del>", run("公开"))
        + paragraph("<w:moveFrom>", run("移走"), "</w:moveFrom><w:moveTo>", run("移来"), "</w:moveTo>")
        + f"<w:tbl>{row.format('<w:del/>', paragraph(run('删')))}{row.format('<w:ins/>', paragraph(run('增')))}</w:tbl>"
        + paragraph(run("末"), properties=gone)
    )
    assert text_of(body) == "推进政务公开\n移来\n增\n末\n"


def test_hidden_text_ruby_fields_symbols_and_sums():
    ruby = f"<w:r><w:ruby><w:rt>{run('cuo')}</w:rt><w:rubyBase>{run('措')}</w:rubyBase></w:ruby></w:r>"
    field = "<w:r><w:instrText> PAGE </w:instrText></w:r><w:hyperlink><w:fldSimple>{}</w:fldSimple></w:hyperlink>"
    signs = '<w:sym w:font="Wingdings 2" w:char="F052"/><w:sym w:font="Wingdings" w:char="A8"/><w:sym w:char="?"/>'
    tick = f"<w:r>{signs}</w:r>"
    runs = (
        *(run("藏", "<w:vanish/>"), run("现", '<w:vanish w:val="0"/>'), ruby, field.format(run("一"))),
        *(tick, "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>", "<w:r><w:tab/><w:noBreakHyphen/><w:br/></w:r>"),
    )
    tabs = '<w:tabs><w:tab w:val="left"/></w:tabs>'
    assert text_of(paragraph(*runs, properties=tabs)) == "现措一☑☐x\t-\n\n"


def test_cells_are_parted_by_tabs_whatever_is_in_them():
    inner = f"<w:tbl><w:tr><w:tc>{paragraph(run('内一'))}</w:tc><w:tc>{paragraph(run('内二'))}</w:tc></w:tr></w:tbl>"
    wrapped = f"<w:sdt><w:sdtContent><w:tc>{paragraph(run('丙'))}</w:tc></w:sdtContent></w:sdt>"
    cells = f"<w:tc>{paragraph(run('甲'), '<w:r><w:tab/></w:r>', run('乙'))}</w:tc><w:tc>{inner}<w:p/></w:tc>{wrapped}"
    assert text_of(f"<w:tbl><w:tr>{cells}<w:tc><w:p/></w:tc></w:tr></w:tbl>") == "甲 乙\t内一 内二\t丙\t\n"


def test_parts_are_found_where_the_package_says_and_in_strict_documents():
    assert text_of(paragraph(run("文")), main="word/document2.xml") == "文\n"
    assert text_of(numbered("文"), space=STRICT, numbering=numbering(level(0, "decimal", "%1."))) == "1.文\n"


def test_a_part_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(docx, "LARGEST", 10_000)
    assert text_of(paragraph(run("文")))
    with pytest.raises(UnreadableInputError, match=r"a\.docx: larger"):
        text_of(paragraph(run("文")), styles=f"<!--{' ' * 20_000}-->")


def test_text_boxes_in_text_boxes_end():
    body = run("文")
    for _ in range(60):
        body = f"<w:r><w:txbxContent>{paragraph(body)}</w:txbxContent></w:r>"
    assert text_of(paragraph(body)) == "文\n"


def with_furniture(**parts):
    return read_source(furnished(**parts), "a.docx")[0]


def furnished(**parts):
    """Return a document with several headers or footers, by the names of their parts."""
    stream = io.BytesIO()
    targets = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{name[:6]}" Target="{name}.xml"/>' for name in (*parts, "gone")
    )
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "word/document.xml", f"<w:document {SPACES}><w:body>{paragraph(run('正文'))}</w:body></w:document>"
        )
        archive.writestr(
            "word/_rels/document.xml.rels", f'<Relationships xmlns="{RELATIONS}">{targets}</Relationships>'
        )
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", f"<w:hdr {SPACES}>{content}</w:hdr>")
    return stream.getvalue()


def test_headers_stand_before_the_text_and_footers_behind():
    field = "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    text = with_furniture(
        header1=paragraph(run("措玛县2018年度报告")),
        header2=paragraph(run("措玛县2018年度报告")) + paragraph(),
        footer1=paragraph(run("— "), field, run("3"), run(" —")),
        footer2=paragraph(run("第 1 页 共 12 页")) + paragraph(run("抄送：各镇人民政府")),
    )
    assert text == "措玛县2018年度报告\n正文\n抄送：各镇人民政府\n"


def test_many_headers_may_not_unpack_to_more_than_one_part(monkeypatch):
    headers = {f"header{at}": paragraph(run("公开")) + f"<!--{' ' * 3000}-->" for at in range(9)}
    assert with_furniture(**headers) == "公开\n正文\n"
    monkeypatch.setattr(docx, "LARGEST", 20_000)
    with pytest.raises(UnreadableInputError, match="larger"):
        with_furniture(**headers)


def test_a_header_that_counts_no_pages_stays():
    assert with_furniture(header1=paragraph(run("机密★1年"))) == "机密★1年\n正文\n"


def with_damaged(data, part):
    """Return an archive with a bit of *part* turned, so that its sum is wrong."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(part)
    start = info.header_offset + 30 + len(info.filename.encode())
    return data[:start] + bytes([data[start] ^ 1]) + data[start + 1 :]


BROKEN = paragraph(run("措玛县2018年度报告")) + "<w:p>"
WHOLE = paragraph(run("抄送：各镇人民政府"))


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (furnished(header1=BROKEN, footer1=WHOLE), "word/header1.xml"),
        (with_damaged(furnished(header1=WHOLE, footer1=WHOLE), "word/header1.xml"), "word/header1.xml"),
    ],
)
def test_a_damaged_header_costs_itself_and_is_told(data, part):
    text, _, (failure,) = read_source(data, "a.docx")
    assert text == "正文\n抄送：各镇人民政府\n"
    assert failure.startswith(f"a.docx: {part} is damaged (") and "save it again" in failure


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("footnotes", "all footnotes"),
        ("endnotes", "all endnotes"),
        ("numbering", "all numbers of headings and items that Word makes itself"),
        ("styles", "the numbers that Word makes for whole styles, as those of headings"),
        ("header", "the header it holds"),
        ("footer", "the footer it holds"),
    ],
)
def test_so_does_every_part_but_the_main_one_and_what_is_lost_is_said(kind, lost):
    body = paragraph(run("正文"), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    text, _, (failure,) = read_source(document(body, **{kind: "<w:gone>"}), "a.docx")
    assert text == "正文\n" and f"word/{kind}.xml is damaged" in failure
    assert f" and left out, and with it {lost}. Repair" in failure
    with pytest.raises(UnreadableInputError, match="damaged"):
        read_source(document("<w:p>"), "a.docx")


@pytest.mark.parametrize(
    ("part", "text", "lost"),
    [
        (
            "word/_rels/document.xml.rels",
            "正文\n",
            "all headers, footers, foot- and endnotes and numbers that Word makes itself",
        ),
        ("_rels/.rels", "措玛县2018年度报告\n一、正文\n注\n", "nothing of the text"),
    ],
)
def test_damage_to_what_refers_to_the_parts_says_all_that_is_lost(part, text, lost):
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    whole = document(
        numbered("正文").replace("</w:p>", f"{note}</w:p>"),
        header=paragraph(run("措玛县2018年度报告")),
        footnotes=f'<w:footnote w:id="2">{paragraph(run("注"))}</w:footnote>',
        numbering=numbering(level(0, "chineseCounting", "%1、")),
    )
    assert read_source(whole, "a.docx")[0] == "措玛县2018年度报告\n一、正文\n注\n"
    read, _, (failure,) = read_source(with_damaged(whole, part), "a.docx")
    assert read == text
    assert failure.startswith(f"a.docx: {part} is damaged (") and f"and with it {lost}. Repair" in failure


def test_damaged_parts_count_among_what_is_unpacked(monkeypatch):
    headers = {f"header{at}": f"{BROKEN}<!--{' ' * 3000}-->" for at in range(9)}
    data = furnished(**headers)
    for part in headers:
        data = with_damaged(data, f"word/{part}.xml")
    assert len(read_source(data, "a.docx").failures) == 9
    monkeypatch.setattr(docx, "LARGEST", 20_000)
    with pytest.raises(UnreadableInputError, match="larger"):
        read_source(data, "a.docx")


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ("xl/workbook.xml", r"an Excel workbook, no Word document\. Save each sheet as CSV"),
        ("ppt/presentation.xml", r"PowerPoint.*PDF"),
    ],
)
@pytest.mark.parametrize("related", [True, False])
@pytest.mark.parametrize("name", ["表.xlsx", "表.docx", "表.csv", STDIN])
def test_a_workbook_is_refused_with_what_to_do(main, said, related, name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        if related:
            archive.writestr("_rels/.rels", relations({"officeDocument": main}))
        archive.writestr(main, "<workbook/>")
    with pytest.raises(UnreadableInputError, match=f"^{name}: .*{said}"):
        read_source(stream.getvalue(), name)


def test_a_workbook_within_a_document_does_not_matter():
    assert text_of(paragraph(run("正文")), **{"../xl/workbook": "x"}) == "正文\n"


def test_a_run_names_the_damaged_part_and_says_so_by_its_exit_code(tmp_path):
    path = tmp_path / "公文.docx"
    path.write_bytes(furnished(header1=BROKEN))
    command = [*BUQUE, "restore", str(path), "--out", str(tmp_path / "out")]
    for _ in range(2):  # the second time nothing is read, and the code is the same
        ran = subprocess.run(command, capture_output=True, check=False, text=True)
        assert ran.returncode == 4 and "1 pages or parts not readable" in ran.stderr
    report = json.loads((tmp_path / "out/公文/report.json").read_text(encoding="utf-8"))
    (told,) = report["pages_failed"]
    assert told["page"] is None and "公文.docx: word/header1.xml is damaged" in told["error"]
    assert (tmp_path / "out/公文/restored.txt").read_text(encoding="utf-8") == "正文\n"
    ran = subprocess.run([*BUQUE, "restore", "-"], input=path.read_bytes(), capture_output=True, check=False)
    assert ran.returncode == 4 and ran.stdout.decode() == "正文\n" and b"word/header1.xml" in ran.stderr

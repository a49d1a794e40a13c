"""Pages of the web, as browsers show them: white space, references, encodings, what is hidden."""

import time

import pytest

from pipeline.errors import UnreadableInputError
from pipeline.reading import web_lists
from pipeline.reading.source import STDIN, read_source


def seen(page, name="a.html"):
    data = page if isinstance(page, bytes) else page.encode()
    text, read_as, _ = read_source(data, name)
    assert read_as == "html"
    return text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<pre>一、概况\n  公 开\t12\n\n二、申请</pre>", "一、概况\n  公 开\t12\n\n二、申请\n"),
        ("<pre>\n公开\r\n申请\n</pre><p>尾</p>", "公开\n申请\n尾\n"),
        ("<pre>甲<br>乙<b>丙\n丁</b></pre>", "甲\n乙丙\n丁\n"),
        ('<p style="white-space: pre-wrap">甲\n乙</p><p>丙\n丁</p>', "甲\n乙\n丙 丁\n"),
        ("<table><tr><td><pre>甲\n乙</pre></td><td>丙</td></tr></table>", "甲\n乙\n丙\n"),
        ("<p><ruby>措玛<rp>（</rp><rt>cuoma</rt><rp>）</rp></ruby>县</p>", "措玛县\n"),
        ("<p>公开<del>十二</del><ins>十三</ins>条，<s>废止</s></p>", "公开十三条，废止\n"),
        ("<p>甲<span style='display : none'>乙</span><b hidden>丙</b>丁<dialog>戊</dialog></p>", "甲丁\n"),
        ('<p>甲<span style="VISIBILITY:hidden">乙</span><video>丙</video></p><noscript>丁</noscript>', "甲\n"),
        ("<p>&lpar;一&rpar;&comma;&amp;lpar;&LT;b&GT;&lt;i&gt;&#20844;&#x5f00;&#150;</p>", "(一),&lpar;<b><i>公开–\n"),
        ("<p>&#0;甲&#xD800;&xyzzy;&#1;</p>", "�甲�&xyzzy;\n"),
        ("<p>甲&nbsp;乙&#12288;丙</p>", "甲\xa0乙\u3000丙\n"),
        (
            "<table><tr><td>甲</td><td><table><tr><td>乙</td><td>丙</td></tr><tr><td>丁</td></tr></table></td></tr></table>",
            "甲\n乙\t丙\n丁\n",
        ),
        (
            "<table><tr><td>甲</td><td><table><tr><td>乙</td><td>丙</td></tr></table></td><td>丁</td></tr></table>",
            "甲\t乙\t丙\t丁\n",
        ),
        ("<p>甲\x01\x02乙\x0b</p>", "甲乙\n"),
        ("<p>&nbsp;</p><p>　</p><p>甲</p>", "甲\n"),
        (
            "<ol><li>甲<li>乙<ul><li>丙</ul><li> <p>丁</p></ol><ol start=5><li>戊</ol>",
            "1. 甲\n2. 乙\n丙\n3. 丁\n5. 戊\n",
        ),
        (
            "<ol type=A><li>甲</li><li value=4>乙</li></ol><ol reversed><li>丙<li>丁</ol>",
            "A. 甲\nD. 乙\n2. 丙\n1. 丁\n",
        ),
        ('<ol style="list-style-type:cjk-ideographic"><li>甲</li><li><b>乙</b></li></ol>', "一、甲\n二、乙\n"),
        (
            '<ol style="list-style: none"><li>甲</ol><ol><li>（一）乙<li>2、丙<li>③丁<li>戊</ol>',
            "甲\n（一）乙\n2、丙\n③丁\n4. 戊\n",
        ),
        (
            '<ol style="list-style: inside none"><li>甲</ol><ol style="LIST-STYLE:outside  None!important"><li>乙</ol>',
            "甲\n乙\n",
        ),
        (
            '<ol><li style="color:red;list-style:none outside">甲<li>乙</ol><ol type="none"><li>丙</ol>',
            "甲\n2. 乙\n丙\n",
        ),
        (
            '<ol style="list-style: inside"><li>甲</ol><ol style="list-style-position: inside"><li>乙</ol>',
            "甲\n1. 乙\n",
        ),
        (
            '<ol style="list-style: none; list-style-type: upper-roman"><li>甲<li style="list-style:inherit">乙</ol>',
            "I. 甲\nII. 乙\n",
        ),
        (
            "<ol style=\"list-style: url('data:image/png;base64,x') decimal\"><li>甲</ol>"
            '<ol style="list-style-type:"><li>乙</ol>',
            "甲\n1. 乙\n",
        ),
        (
            "<ol style='list-style-type: \"※\"'><li>甲</ol><ol style='list-style: lower-alpha inside'><li>乙</ol>",
            "甲\na. 乙\n",
        ),
        (
            '<ul style="list-style:none"><li>甲<ol><li>乙</ol></ul>'
            '<ol style="list-style:none"><li>丙<ol><li>丁</ol></ol>',
            "甲\n1. 乙\n丙\n1. 丁\n",
        ),
        (
            '<ol style="list-style:"><li>甲</ol><ol type=A style="list-style: !important; color: red"><li>乙</ol>'
            '<ol style="list-style: upper-roman; list-style:"><li>丙</ol>',
            "1. 甲\nA. 乙\nI. 丙\n",
        ),
        (
            '<ol style="list-style: var(--x)"><li>甲</ol><ol style="list-style-type: VAR( --x , none)"><li>乙</ol>'
            '<ol type=A style="list-style: none; list-style: var(--x, url(a.png)) inside"><li>丙</ol>'
            "<ol type=i><li style='list-style: var(--x, \";\")'>丁</ol>",
            "1. 甲\n1. 乙\nA. 丙\ni. 丁\n",
        ),
        (
            '<ol style="list-style: var(--x); list-style: none"><li>甲</ol>'
            "<ol style=\"list-style: url('var(--x)')\"><li>乙</ol>",
            "甲\n乙\n",
        ),
        (
            '<ol style="list-style: initial"><li>甲</ol><ol style="list-style-type:initial"><li>乙</ol>'
            '<ol><li style="list-style: initial">丙<li>丁</ol>',
            "甲\n乙\n丙\n2. 丁\n",
        ),
        ("<ol><li hidden>甲<li><li>乙<ol type=i><li>丙<li>丁</ol></li></ol>", "2. 乙\ni. 丙\nii. 丁\n"),
        ("<ol><li><b hidden>甲</b><li><!-- 乙 --><li>丙<li><script>丁</script></ol><p>戊", "3. 丙\n戊\n"),
        ("<ol hidden><li>甲</ol><ol><li>乙</ol></ol><li>丙", "1. 乙\n丙\n"),
        ("<ol start=x9><li value=99999999999>甲</ol><li>乙", "1. 甲\n乙\n"),
        ("<ol><li><pre>甲\n 乙</pre><li>丙</ol>", "1. 甲\n 乙\n2. 丙\n"),
    ],
)
def test_a_page_reads_as_it_is_seen(page, text):
    assert seen(f"<html><body>{page}</body></html>") == text


@pytest.mark.parametrize("piece", ["a", "a(", "a('", "a(\"'", "list-style:", "list-style ", "; ", "var(--"])
def test_a_long_style_takes_time_by_its_length_only(piece):
    style = f"list-style: {piece * (200_000 // len(piece))}"
    escaped = style.replace('"', "&quot;")
    begun = time.process_time()
    assert "甲" in seen(f'<html><body><ol style="{escaped}">{"<li>甲</li>" * 20}</ol></body></html>')
    assert time.process_time() - begun < 2  # seconds; by the square of the length it were a minute


def test_the_style_of_a_list_is_looked_at_once_however_many_items_it_has(monkeypatch):
    looked_at = []
    style = web_lists._style
    monkeypatch.setattr(web_lists, "_style", lambda element: looked_at.append(element.tag) or style(element))
    assert seen(f'<html><body><ol type="A">{"<li>甲</li>" * 9}</ol></body></html>').endswith("I. 甲\n")
    assert looked_at.count("ol") == 1 and looked_at.count("li") == 9


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", ""])
def test_what_bytes_prove_counts_more_than_what_a_page_declares(encoding, declared):
    body = "公開的是一個在不了有和人這中大為上我以要他時來用們生到作地於出就分對成會可主發年" * 2
    page = f"<html><head><meta charset='{declared}'><title>x</title></head><body>{body}</body></html>"
    if (encoding, declared) in {("gb18030", "big5"), ("big5", "gb2312")}:
        pytest.skip("bytes that are valid in both: the page lies, and nothing tells")
    assert seen(page.encode(encoding)) == f"{body}\n"


@pytest.mark.parametrize(("charset", "text"), [("gb2312", "囍"), ("GBK", "镕"), ("big5", "龘"), ("x-gbk", "囍")])
def test_a_declared_encoding_is_believed_where_bytes_prove_nothing(charset, text):
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}"><p>{text}</p>'
    assert seen(page.encode("big5hkscs" if charset == "big5" else "gb18030")) == f"{text}\n"


@pytest.mark.parametrize(
    "beginning",
    [
        "<!-- saved from url=(0014)about:internet -->\r\n<html>",
        "\n\n \t<!DOCTYPE html><html>",
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">\n<html>',
        f"<!--{'x' * 9000}-->\n<!-- <p> -->\n<HTML>",
        "<head><title>x</title></head>",
        "<body >",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_page_on_stdin_is_known_by_how_it_begins(beginning, encoding):
    assert seen(f"{beginning}<p>推进政务公开。</p>".encode(encoding), STDIN) == "推进政务公开。\n"


@pytest.mark.parametrize("text", ["<p>推进</p>\n", "<公开>\n", "<!-- 注\n推进政务公开。\n", "<headline>公开\n"])
def test_what_only_looks_like_a_page_on_stdin_stays_as_it_is(text):
    assert read_source(text.encode(), STDIN)[:2] == (text, "utf-8")


def test_a_page_of_hidden_text_is_an_error():
    with pytest.raises(UnreadableInputError, match="shows no text"):
        seen("<html><body><p hidden>甲</p><pre> \n </pre><del>乙</del></body></html>")

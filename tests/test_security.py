"""Text, names and files of strangers: shown, not run; refused, not believed."""

import http.client
import json
import socket
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from lxml import html

from pipeline.edits import Edit
from pipeline.errors import BuqueError
from pipeline.reading.ocr_xml import read, text_of
from pipeline.restoration import Restoration
from pipeline.review.server import LARGEST_BODY, review_page, saved_decisions
from pipeline.settings import Settings
from pipeline.writing.files import document_files
from pipeline.writing.review_page import TOKEN
from tests.test_formats import ALTO, TESSERACT, damage
from tests.test_ocr_files import OCRD
from tests.test_review import ask, decision, dump, edits, folder, server

__all__ = ["folder", "server"]
ATTACKS = (
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style><svg onload=alert(1)>",
    "]]><!--<script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "aside", "div", "span", "h1", "h2", "p", "b"),
    *("progress", "label", "input", "select", "option", "button", "script", "small", "details", "summary", "pre", "ul"),
    *("li", "a", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "ins", "img", "figure", "figcaption"),
    *("svg", "path", "text", "rect"),
}


class Scan(HTMLParser):
    """Collects what a page would load or run; an HTML5 parser's view, not lxml's."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.scripts, self.faults = 0, []

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        for name, value in attrs:
            if name.startswith("on") or (name in ("src", "href") and not (value or "").startswith(("data:image", "/"))):
                self.faults.append((tag, name, value))
        if tag not in TAGS and tag != "title":
            self.faults.append((tag, "", ""))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_page_runs_what_a_document_says(attack):
    text = f"{attack}□{attack}\n"
    at = len(attack)
    made = (Edit(at, at + 1, "□", attack, attack, (attack,), 0.6, ((attack, 0.2),), "suggested"),)
    pages = ({"page": 1, "source": attack, "reason": attack, "notes": [attack]},)
    result = Restoration(text, text, text, made, damage(), (), 0.0, encoding=attack, pages=pages)
    for suffix, scripts in (("diff.html", 0), ("report.html", 0), ("review.html", 2)):
        content = document_files(result, Settings(), attack)[suffix].decode()
        scan = Scan()
        scan.feed(content)
        assert (scan.scripts, scan.faults) == (scripts, []), suffix
        shown = html.fromstring(content).text_content()
        assert suffix == "review.html" or attack in shown
        assert "49" not in html.fromstring(content).findtext(".//h1")
        assert "Content-Security-Policy" in content and "default-src 'none'" in content


def test_the_list_of_documents_escapes_names(folder, server):
    bad = "<img src=x onerror=alert(1)>"
    server.folders[bad] = folder
    status, page = ask(server, "GET", "/")
    assert status == 200 and "<img" not in page and "&lt;img" in page
    scan = Scan()
    scan.feed(page)
    assert not scan.faults


def raw(server, request):
    """Send bytes that no client library would and return the status."""
    with socket.create_connection(server.server_address, timeout=10) as connection:
        connection.sendall(request)
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize(
    "path",
    [
        "/..",
        "/../",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/甲/..%2freport.json",
        "/甲/decisions/../report.json",
        "/甲/report.json",
        "/甲//decisions",
        "//甲",
        "/甲%00",
        "/甲/decisions%00",
        "/\\..\\..\\x",
        "/" + "a" * 5000,
    ],
)
def test_only_known_documents_are_served(server, path):
    coded = path.encode().decode("latin-1")
    headers = f"Host: 127.0.0.1:{server.server_address[1]}\r\nX-Token: {server.token}\r\n\r\n"
    assert raw(server, f"GET {coded} HTTP/1.1\r\n{headers}".encode("latin-1")) == 404


def test_cross_site_requests_are_refused(server, folder):
    line = dump([decision(edits()[0])]).encode()
    for headers in (
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": f"http://127.0.0.1:{server.server_address[1]}.evil.example"},
        {"Origin": ""},
        {"Host": f"localhost:{server.server_address[1]}"},
        {"Host": f"evil.example:{server.server_address[1]}"},
        {"X-Token": server.token[:-1]},
        {"X-Token": server.token + "x"},
        {"X-Token": ""},
    ):
        assert ask(server, "POST", "/", line, **{k.replace("-", "_"): v for k, v in headers.items()})[0] == 403
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert ask(server, method, "/", line)[0] == 501
    assert ask(server, "GET", "/%E7%94%B2/decisions", X_Token="")[0] == 403
    assert not (folder / "decisions.jsonl").exists()


def test_bodies_are_limited_and_measured(server):
    line = dump([decision(edits()[0])]).encode()
    for length, status in ((str(LARGEST_BODY + 1), 413), ("-1", 411), ("x", 411), ("9" * 30, 413), ("１", 411)):
        connection = http.client.HTTPConnection(*server.server_address, timeout=10)
        connection.putrequest("POST", "/", skip_accept_encoding=True)
        for name, value in {"X-Token": server.token, "Origin": server.origin, "Content-Length": length}.items():
            connection.putheader(name, value.encode())
        connection.endheaders()
        assert connection.getresponse().status == status, length
    deep = b"[" * 100_000
    assert ask(server, "POST", "/", deep)[0] == 400
    long = json.loads(line) | {"text": "字" * 1001}
    assert ask(server, "POST", "/", json.dumps(long).encode())[0] == 400
    assert ask(server, "POST", "/", line + b"\xff")[0] == 400


def test_the_token_is_given_to_the_page_of_the_run_only(folder):
    token = "t0ken"
    assert f'content="{token}"' in review_page(folder, token)
    page = folder / "review.html"
    page.write_bytes(page.read_bytes().replace(b"</body>", b"<script>steal()</script></body>"))
    with pytest.raises(BuqueError, match="changed after the run"):
        review_page(folder, token)
    assert TOKEN in page.read_text()


def test_the_page_tells_the_server_and_no_one_else(server, folder):
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    connection.request("GET", "/%E7%94%B2", headers={"X-Token": server.token})
    answer = connection.getresponse()
    answer.read()
    headers = {
        name: answer.getheader(name) for name in ("Referrer-Policy", "X-Frame-Options", "X-Content-Type-Options")
    }
    assert headers == {"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"}
    assert answer.getheader("Access-Control-Allow-Origin") is None


def test_saved_decisions_that_are_none_are_left_out(folder):
    good = dump([decision(edits()[0]), replace(decision(edits()[1]), who="<b>")])
    (folder / "decisions.jsonl").write_bytes(b"{}\n\xff\xfe\n" + good.encode() + b'{"document": ')
    assert saved_decisions(folder) == good


@pytest.mark.parametrize("document", [ALTO, OCRD, TESSERACT])
def test_xml_is_read_without_entities_files_or_network(document, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"
        bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "BOMB"}">' for i in range(12))
        head = (
            f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{address}" [<!ENTITY s SYSTEM "{secret.as_uri()}">'
            f'<!ENTITY % p SYSTEM "{address}"> %p; {bomb}]>'
        )
        body = document.replace('CONTENT="人"', 'CONTENT="人&e1;"').replace("</pc:Unicode>", "&s;&e11;</pc:Unicode>", 1)
        body = body.replace("GDP", "GDP&s;")
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
        body = body.replace("</TextLine>", f"{include}</TextLine>").replace(
            "</pc:TextLine>", f"{include}</pc:TextLine>"
        )
        try:
            text = text_of(read((head + body).encode(), "x"))
        except BuqueError:
            text = ""
        assert "SECRET" not in text and text.count("BOMB") <= 10
        with pytest.raises(TimeoutError):
            listener.accept()

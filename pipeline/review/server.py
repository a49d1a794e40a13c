"""A server for one person on this machine: shows review pages, appends decisions to the run's decisions.jsonl."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pipeline.errors import BuqueError, FileAccessError
from pipeline.review.decisions import dump, parse
from pipeline.review.stored import by_name, load
from pipeline.writing.pages import PAGES
from pipeline.writing.review_page import TOKEN

_LONGEST_LENGTH = 12  # digits of a length; Python turns no more than 4,300 into a number
LARGEST_BODY = 1 << 20  # bytes; 20,000 decisions of one document come in several requests
LOCAL = "127.0.0.1"


def review_page(folder: Path, token: str) -> str:
    """Return review.html of a document's folder with the server's token put in.

    Raises:
        FileAccessError: it cannot be read.
        BuqueError: it is not what the run wrote: a page that was changed does not get the token.
    """
    try:
        content = (folder / "review.html").read_bytes()
    except OSError as error:
        raise FileAccessError(f"{error.filename}: {error.strerror}.", "Restore the document again.") from error
    if hashlib.sha256(content).hexdigest() != load(folder).report["files"].get("review.html"):
        raise BuqueError(f"{folder / 'review.html'} was changed after the run.", "Restore the document again.")
    return content.decode("utf-8", "surrogatepass").replace(TOKEN, TOKEN.replace('""', f'"{token}"'), 1)


def saved_decisions(folder: Path) -> str:
    """Return what was decided of a document so far, a decision a line; lines that are none are left out."""
    try:
        lines = (folder / "decisions.jsonl").read_bytes().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    kept = []
    for line in lines:
        with suppress(BuqueError):
            kept.append(parse(line))
    return dump(kept)


class ReviewServer(ThreadingHTTPServer):
    """Serves the documents of *out*; every request must carry ``token``, every write the page's own origin."""

    daemon_threads = True

    def __init__(self, out: Path, port: int = 0) -> None:
        self.folders = by_name(out)
        super().__init__((LOCAL, port), _Handler)
        self.token = secrets.token_urlsafe(32)
        self.lock = Lock()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{LOCAL}:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """The address to open, token included."""
        return f"{self.origin}/?token={self.token}"


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    timeout = 30

    def do_GET(self) -> None:
        if not self._admitted():
            return
        path = urlsplit(self.path).path.removeprefix("/")
        name, slash, rest = path.partition("/")
        folder = self.server.folders.get(unquote(name))  # names are looked up, never joined to a path
        if not path:
            self._answer(HTTPStatus.OK, self._overview(), "text/html")
        elif folder is None or (slash and rest != "decisions"):
            self._answer(HTTPStatus.NOT_FOUND, "no such document")
        elif slash:
            self._answer(HTTPStatus.OK, saved_decisions(folder), "application/jsonl")
        else:
            try:
                self._answer(HTTPStatus.OK, review_page(folder, self.server.token), "text/html")
            except BuqueError as error:
                self._answer(HTTPStatus.CONFLICT, str(error))

    def _overview(self) -> str:
        rows = []
        for name, folder in self.server.folders.items():
            decided = saved_decisions(folder).count("\n")
            link = f"/{quote(name, safe='')}?token={self.server.token}"
            rows.append({"name": name, "link": link, "decided": decided})
        return PAGES.get_template("documents.html.j2").render(rows=rows)

    def do_POST(self) -> None:
        if not self._admitted():
            return
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Origin") != self.server.origin:
            self._answer(HTTPStatus.FORBIDDEN, "another origin")
        elif not length.isdecimal():
            self._answer(HTTPStatus.LENGTH_REQUIRED, "length required")
        elif len(length) > _LONGEST_LENGTH or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        else:
            self._save(self.rfile.read(int(length)))

    def _save(self, body: bytes) -> None:
        try:
            decisions = [parse(line) for line in body.decode("utf-8").split("\n") if line.strip()]
        except (BuqueError, UnicodeDecodeError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, str(error))
            return
        if unknown := {d.document for d in decisions} - self.server.folders.keys():
            self._answer(HTTPStatus.BAD_REQUEST, f"no such document: {sorted(unknown)[0][:80]}")
            return
        with self.server.lock:
            for decision in decisions:
                path = self.server.folders[decision.document] / "decisions.jsonl"
                with path.open("a+b") as file:
                    if file.seek(0, os.SEEK_END):
                        file.seek(-1, os.SEEK_END)
                        if file.read() != b"\n":  # what a crash cut off stays a line of its own
                            file.write(b"\n")
                    file.write(dump([decision]).encode())
        self._answer(HTTPStatus.OK, "saved")

    def _admitted(self) -> bool:
        """Check host (against DNS rebinding) and token."""
        given = self.headers.get("X-Token") or parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if self.headers.get("Host") != urlsplit(self.server.origin).netloc:
            self._answer(HTTPStatus.FORBIDDEN, "another host")
            return False
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.server.token.encode()):
            self._answer(HTTPStatus.FORBIDDEN, "no token: open the address that buque review printed")
            return False
        return True

    def _answer(self, status: HTTPStatus, content: str, kind: str = "text/plain") -> None:
        body = content.encode("utf-8", "surrogatepass")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the token out of the terminal's log."""

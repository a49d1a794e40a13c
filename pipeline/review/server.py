"""A server for one person on this machine: shows review pages, appends decisions to the run's decisions.jsonl."""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, quote, unquote, urlsplit

from markupsafe import escape

from pipeline.errors import BuqueError
from pipeline.review.decisions import dump, parse
from pipeline.review.stored import documents, load
from pipeline.writing.review_page import review_html

LARGEST_BODY = 1 << 20  # bytes; 20,000 decisions of one document come in several requests
LOCAL = "127.0.0.1"


class ReviewServer(ThreadingHTTPServer):
    """Serves the documents of *out*; every request must carry ``token``, every write the page's own origin."""

    daemon_threads = True

    def __init__(self, out: Path, port: int = 0) -> None:
        super().__init__((LOCAL, port), _Handler)
        self.token = secrets.token_urlsafe(32)
        self.folders = {load(folder).name: folder for folder in documents(out)}
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
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        if not name:
            links = "".join(
                f'<li><a href="/{quote(n, safe="")}?token={self.server.token}">{escape(n)}</a>'
                for n in self.server.folders
            )
            self._answer(HTTPStatus.OK, f"<!doctype html><meta charset=utf-8><title>Buque</title><ul>{links}</ul>")
        elif folder := self.server.folders.get(name):  # names are looked up, never joined to a path
            stored = load(folder)
            self._answer(
                HTTPStatus.OK,
                review_html(stored.original, stored.edits, name, self.server.token, stored.report["settings"]["fill"]),
            )
        else:
            self._answer(HTTPStatus.NOT_FOUND, "no such document")

    def do_POST(self) -> None:
        if not self._admitted():
            return
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Origin") != self.server.origin:
            self._answer(HTTPStatus.FORBIDDEN, "another origin")
        elif not length.isdecimal():
            self._answer(HTTPStatus.LENGTH_REQUIRED, "length required")
        elif int(length) > LARGEST_BODY:
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
                with path.open("a", encoding="utf-8", newline="") as file:
                    file.write(dump([decision]))
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

    def _answer(self, status: HTTPStatus, content: str) -> None:
        body = content.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if status == HTTPStatus.OK else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the token out of the terminal's log."""

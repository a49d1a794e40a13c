"""Stored documents, decisions, the local server, and the review page in a real browser."""

import http.client
import json
import shutil
import threading
from dataclasses import replace

import pytest
from lxml import etree, html
from typer.testing import CliRunner

from pipeline.batch.publish import publish
from pipeline.cli import app
from pipeline.damage.hypotheses import is_han
from pipeline.damage.inference import DamageModel
from pipeline.edits import Edit, apply, edit_id
from pipeline.errors import BuqueError, FileAccessError
from pipeline.restoration import Restoration
from pipeline.review.decisions import Decision, carry_out, dump, parse
from pipeline.review.server import LARGEST_BODY, ReviewServer
from pipeline.review.stored import by_name, faults, load
from pipeline.settings import Settings
from pipeline.writing.attention import equal_places, queue
from pipeline.writing.files import document_files
from pipeline.writing.layout import lay_out
from pipeline.writing.plots import curves_svg, sheet_maps
from scripts.review_session import gone_at, session

LINES = [f"第{n}行的工作□况</script><script>document.title='hacked'</script>\r\n" for n in range(30)]
ORIGINAL = "".join(LINES)


def edits():
    made, at = [], 0
    for number, line in enumerate(LINES):
        hole = at + line.index("□")
        status = "accepted" if number % 2 else "suggested"
        probability = 0.96 if number % 2 else 0.5
        made.append(Edit(hole, hole + 1, "□", "情", "missing", ("<b>",), probability, (("概", 0.02),), status))
        at += len(line)
    return tuple(made)


def test_two_folders_of_one_document_are_refused_by_name(folder):
    copied = shutil.copytree(folder, folder.parent / "副本")
    for act in (lambda: ReviewServer(folder.parent), lambda: by_name(folder.parent)):
        with pytest.raises(FileAccessError, match=f"{copied} and {folder}|{folder} and {copied}"):
            act()
    assert by_name(folder) == {"甲": folder}


@pytest.fixture
def folder(tmp_path):
    chosen = [e for e in edits() if e.status == "accepted"]
    damage = DamageModel(cut=None, evidence=0.0, lost_mass=0.0, lines=(), onsets=(), rivals=())
    text = apply(ORIGINAL, chosen)
    restoration = Restoration(ORIGINAL, text, apply(ORIGINAL, chosen, mark=True), edits(), damage, (), 0.0)
    write(document_files(restoration, Settings(), "甲", ["page", "docx"]), tmp_path / "甲")
    return tmp_path / "甲"


def write(files, folder):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def decision(edit, verdict="accept", text="情", who="李", when="2026-01-01T00:00:00Z"):
    return Decision("甲", edit_id(edit), edit.before, verdict, text, who, when)


def test_what_is_written_is_loaded_and_proved(folder):
    assert load(folder).original == ORIGINAL
    assert [edit_id(e) for e in load(folder).edits] == [edit_id(e) for e in edits()]
    assert list(faults(folder)) == []


@pytest.mark.parametrize("file", ["restored.txt", "original.txt", "edits.jsonl", "restored.docx"])
def test_a_changed_file_is_noticed(folder, file):
    path = folder / file
    path.write_bytes(path.read_bytes().replace("情".encode(), "性".encode()) + b"\n")
    assert any(file in fault for fault in faults(folder))
    assert CliRunner().invoke(app, ["verify", str(folder.parent)]).exit_code == 4


def test_decisions_change_exactly_their_places(folder):
    first, second, third, *_ = edits()
    made = [decision(first, "replace", "概"), decision(second, "reject", ""), decision(third)]
    result = carry_out(load(folder), made)
    expected = list(LINES)
    for number in range(30):
        reading = {0: "概", 1: "□", 2: "情"}.get(number, "情" if number % 2 else "□")
        expected[number] = expected[number].replace("□", reading)
    assert result.text == "".join(expected)
    assert "replace by 李" in result.edits[0].evidence[-1]
    assert len(result.suggestions) == 13 and not result.conflicts


def test_disagreement_and_foreign_places_are_reported(folder):
    first = edits()[0]
    other = decision(first, "reject", "", who="王", when="2026-01-02T00:00:00Z")
    stale = replace(decision(first), before="▭")
    result = carry_out(load(folder), [other, decision(first), stale])
    assert len(result.conflicts) == 2
    assert result.edits[0].status == "open"


def test_undo_takes_a_decision_back(folder):
    undone = decision(edits()[0], "undo", "", when="2026-01-03T00:00:00Z")
    stored = load(folder)
    assert carry_out(stored, [decision(edits()[0]), undone]).text == stored.replay()


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"document": 1}'])
def test_what_is_no_decision_is_refused(line):
    with pytest.raises(BuqueError):
        parse(line)
    with pytest.raises(BuqueError):
        parse(json.dumps({**json.loads(dump([decision(edits()[0])])), "text": "a\nb"}))


def test_the_queue_starts_where_most_is_to_be_gained():
    sure, doubtful = edits()[1], edits()[0]
    assert queue(ORIGINAL, [sure, doubtful]) == [doubtful, sure]


def test_the_report_draws_its_plots_and_shows_markup_as_text(folder):
    root = html.fromstring((folder / "report.html").read_text())
    figures = root.findall(".//figure")
    assert len(figures) == 4 and not root.findall(".//script")
    histogram = [int(title.text) for title in figures[0].iter("title")]
    assert histogram == [15, 15]  # the two probabilities of these edits; empty bars are not drawn
    assert sum(int(title.text) for title in figures[1].iter("title")) == sum(map(is_han, ORIGINAL))
    assert sum(len(figure.xpath(".//rect[@class='accepted']")) for figure in figures[2:]) == 15


def test_curves_fall_from_the_top_left_to_the_bottom_right():
    root = etree.fromstring(curves_svg({"<a>": [(0, 8), (3, 4), (6, 0)]}, "seconds", "errors").encode())
    line = root.find(".//{*}polyline")
    assert line.get("points") == "60.0,30.0 310.0,150.0 560.0,270.0"
    assert line.findtext("{*}title") == "<a>"


@pytest.fixture
def server(folder):
    with ReviewServer(folder.parent) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    given = {"X-Token": server.token, "Origin": server.origin, **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request(method, path, body, given)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_the_server_keeps_to_its_own_page(server, folder):
    line = dump([decision(edits()[0])]).encode()
    assert server.server_address[0] == "127.0.0.1"
    assert ask(server, "GET", "/%E7%94%B2")[0] == 200
    for path in ("/../甲/report.json", "/..%2f..%2fetc%2fpasswd", "/甲/../report.json", "//etc/passwd"):
        assert ask(server, "GET", path.replace("甲", "%E7%94%B2"))[0] == 404
    assert ask(server, "GET", "/", X_Token="wrong")[0] == 403
    assert ask(server, "GET", "/", Host="evil.example")[0] == 403
    assert ask(server, "POST", "/", line, Origin="http://evil.example")[0] == 403
    assert ask(server, "POST", "/", line, X_Token="")[0] == 403
    assert ask(server, "POST", "/", None, Content_Length=str(LARGEST_BODY + 1))[0] == 413
    assert ask(server, "POST", "/", b"{}")[0] == 400
    foreign = dump([replace(decision(edits()[0]), document="../x")]).encode()
    assert ask(server, "POST", "/", foreign)[0] == 400
    assert not (folder / "decisions.jsonl").exists()
    assert ask(server, "POST", "/", line)[0] == 200
    assert (folder / "decisions.jsonl").read_bytes() == line
    (folder / "decisions.jsonl").write_bytes(b'{"torn')
    assert ask(server, "POST", "/", line)[0] == 200
    assert (folder / "decisions.jsonl").read_bytes() == b'{"torn\n' + line


def test_reviewed_rows_keep_page_and_boxes(folder):
    path = folder / "edits.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0] |= {"page": 3, "boxes": [[1, 2, 3, 4]], "under_seal": True}
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    stored = load(folder)
    first, *others = carry_out(stored, [decision(edits()[0], "replace", "概")]).rows(stored)
    assert (first["page"], first["boxes"], first["under_seal"]) == (3, [[1, 2, 3, 4]], True)
    assert (first["after"], first["status"], first["probability"]) == ("概", "accepted", 1.0)
    assert others == rows[1:]


def test_a_proof_that_is_gone_or_says_less_is_noticed(folder):
    assert run("verify", folder.parent).exit_code == 0
    proof = json.loads((folder / "report.json").read_text())
    (folder / "report.html").write_text("other")
    assert any("report.html" in fault for fault in faults(folder))
    del proof["files"]["report.html"]
    (folder / "report.json").write_text(json.dumps(proof))
    assert list(faults(folder)) == ["report.html has no hash in report.json"]
    (folder / "report.json").unlink()
    answer = run("verify", folder.parent)
    assert answer.exit_code == 4 and "report.json is missing" in answer.stderr


@pytest.mark.parametrize("command", ["review", "verify"])
def test_a_folder_that_is_none_or_empty_is_an_error(command, tmp_path):
    for folder in (tmp_path / "none", tmp_path):
        answer = run(command, folder)
        assert isinstance(answer.exception, FileAccessError) and "buque restore" in str(answer.exception)


def test_a_new_run_sets_aside_what_decisions_made_of_the_last(folder):
    for name in ("reviewed.txt", "reviewed.jsonl", "decisions.jsonl"):
        (folder / name).write_text("old")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if "review" not in path.name}
    publish(files, str(folder.parent), folder.name)
    assert not (folder / "reviewed.txt").exists() and not (folder / "reviewed.jsonl").exists()
    assert (folder / "earlier-reviewed.txt").read_text() == (folder / "earlier-reviewed.jsonl").read_text() == "old"
    assert (folder / "decisions.jsonl").exists()


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_equal_places_count_together_and_dear_ones_less():
    text = "甲□乙，" * 3 + "丙□丁□戊"
    holes = [at for at, character in enumerate(text) if character == "□"]
    open_one = Edit(0, 1, "□", "情", "missing", (), 0.9, (), "suggested")
    made = [replace(open_one, start=at, end=at + 1) for at in holes]
    assert equal_places(text, made) == [0, 0, 0, 1, 2]
    assert [edit.start for edit in queue(text, made)] == holes
    hard = replace(made[0], probability=0.1)  # no shown reading is likely: it has to be typed
    assert queue(text, [hard, *made[3:]])[-1] == hard
    assert queue(text, [replace(edit, status="accepted") for edit in made[:3]] + made[3:])[:2] == made[3:]


def test_a_simulated_session_counts_time_and_errors():
    truth = "甲情乙，甲情乙，丙况丁"
    text = truth.replace("情", "□").replace("况", "□")
    one = Edit(1, 2, "□", "情", "missing", (), 0.6, (("势", 0.1),), "suggested")
    made = [one, replace(one, start=5, end=6), replace(one, start=9, end=10)]
    equal = {1: made[:2], 5: made[:2], 9: made[2:]}
    at_once = session(queue(text, made), truth, "accepted", 1.0, equal)
    assert at_once == [(0.0, 3.0), (3.5, 1.0), (7.5, 0.0)]  # two at once; the third has to be typed
    assert session(made, truth, "accepted", 0.0) == [(0.0, 3.0), (3.0, 2.0), (6.0, 1.0), (9.0, 0.0)]
    assert gone_at(at_once, 0.5) == pytest.approx(2 / 3)


def test_a_text_is_mapped_on_sheets_that_hold_all_of_it():
    lines = lay_out(ORIGINAL * 9, edits(), edits())[0].lines
    sheets = sheet_maps(lines)
    assert sum(mark.width for sheet in sheets for mark in sheet.marks) == 5 * sum(len(line.text) for line in lines)
    assert sum(mark.kind == "accepted" for sheet in sheets for mark in sheet.marks) == 15
    assert all(mark.x + mark.width <= sheet.width and mark.y >= 0 for sheet in sheets for mark in sheet.marks)
    assert sheets[0].caption.endswith(f"Lines 1–{int(sheets[1].caption.split()[-1].split('–')[0]) - 1}")
    assert [len(sheet_maps(lay_out(text, (), ())[0].lines)) for text in ("", "甲", "\n" * 49, "\n" * 50)] == [
        1,
        1,
        1,
        2,
    ]

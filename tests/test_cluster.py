"""Clusters: lost workers, none at all, and addresses that are no scheduler's: told at once, with what to do."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from pipeline import Settings
from pipeline.batch import cluster
from pipeline.batch.planning import Batch
from pipeline.batch.session import restore_batch
from pipeline.errors import BuqueError
from tests.test_batch import BUQUE, write
from tests.test_faults import Heard, files_of, go

ROOT = Path(__file__).parent.parent


def restore(folder, address):
    (folder / "a.txt").write_text("推进政务公开。\n", encoding="utf-8")
    command = [*BUQUE, "restore", str(folder / "a.txt"), "--out", str(folder / "out"), "--scheduler", address]
    return subprocess.run(command, capture_output=True, check=False, timeout=30, text=True)


@pytest.fixture
def closed():
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_address_and_the_remedy_are_named(tmp_path, closed):
    began = time.monotonic()
    done = restore(tmp_path, f"dask://127.0.0.1:{closed}")
    assert done.returncode == 1 and time.monotonic() - began < 15
    assert f"--scheduler dask://127.0.0.1:{closed}: no scheduler can be reached" in done.stderr
    assert f"`dask scheduler --port {closed}`" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["", "host", "host:", ":8786", "host:99999", "host:port", "a:1/b", "u@a:1", "[::1"])
def test_what_is_no_address_is_told_without_trying_it(address):
    with pytest.raises(BuqueError, match="no address of a scheduler") as raised:
        cluster.Dask(address)
    assert raised.value.exit_code == 1 and "dask://host:port" in raised.value.remedy


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.9\r\n" * 9, bytes(8), (3).to_bytes(8, "little") + b"abcde"]
)
def test_another_program_at_that_port_is_no_scheduler(answer, monkeypatch):
    """The first eight bytes of an answer are its length to dask: 3 EiB of memory, or a wait without end."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                peer.sendall(answer)
                kept.append(peer)

        kept = []
        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        with pytest.raises(BuqueError, match=f"dask://127.0.0.1:{port}: what answers is no dask scheduler"):
            cluster.Dask(f"127.0.0.1:{port}")
        server.shutdown(socket.SHUT_RDWR)
    for peer in kept:
        peer.close()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_says_what_failed_and_ends_otherwise_than_well(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("推进政务公开。\n", encoding="utf-8")

    def make():
        command = ["make", "-o", ".venv/installed", "restore", f"SCANS={tmp_path}/in", f"OUT={tmp_path}/out"]
        command.append(f"BUQUE={' '.join(BUQUE)}")
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=120)

    assert make().returncode == 0
    (tmp_path / "in/b.txt").write_bytes(b"")
    done = make()
    assert done.returncode == 2
    ours, makes = done.stderr.rstrip().splitlines()[-2:]
    assert ours.startswith("make restore: done, but what is named above could not be read; all else is restored")
    assert "Error 4" in makes
    (tmp_path / "in/a.txt").unlink()
    assert "make restore: stopped, for the reason above." in make().stderr


def test_a_cluster_that_loses_a_worker_gives_the_same(tmp_path):
    from distributed import LocalCluster

    folder = write(tmp_path / "in", 12, {2, 7})
    go(folder, tmp_path / "local", jobs=2)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit="2GiB"
    ) as cluster:

        class Killing(Heard):
            killed = False

            def done(self, name, summary, unchanged):
                super().done(name, summary, unchanged)
                if len(self.names) == 3:
                    os.kill(cluster.workers[0].pid, signal.SIGKILL)
                    self.killed = True

        heard = Killing()
        batch = Batch((str(folder),), str(tmp_path / "cluster"), Settings(jobs=2, beam=20))
        restore_batch(batch, heard, f"dask://{cluster.scheduler_address.removeprefix('tcp://')}")
    assert heard.killed and not heard.failures and len(heard.names) == 12
    assert files_of(tmp_path / "cluster") == files_of(tmp_path / "local")


def test_a_cluster_without_workers_is_named_and_waited_for(tmp_path):
    from distributed import LocalCluster

    folder = write(tmp_path / "in", 1, {0})
    with LocalCluster(n_workers=0, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")

        reasons = []

        class Helping(Heard):
            def waiting(self, reason):
                reasons.append(reason)
                cluster.scale(1)

        heard = Helping()
        restore_batch(
            Batch((str(folder),), str(tmp_path / "out"), Settings(jobs=1, beam=20)), heard, f"dask://{address}"
        )
    assert len(reasons) == 1 and f"dask worker {address}" in reasons[0]
    assert heard.names == ["000"] and not heard.failures

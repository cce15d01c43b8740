"""Stores that are reached otherwise than by plain TCP, and Celery's own commands beside a worker."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.bookings import PROFILE, booked, now, raw
from tests.support.live_worker import PATIENCE_SECONDS, is_released_on_time
from tests.support.processes import CELERY, WORKER, running_worker
from tests.support.waiting import wait_until
from worker.store.context import Context

pytestmark = pytest.mark.live


def custody(
    *words: str, stdin: str = "", module: str = "worker", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does."""
    variables = {f"CUSTODY_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        input=stdin,
        env=os.environ | {"CUSTODY_PROFILE": PROFILE} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while sent := source.recv(65536):
            target.sendall(sent)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def in_front_of(
    server_url: str, listening: socket.socket, tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Whoever connects here is connected to the server."""
    parts = urlsplit(server_url)

    def serve(client: socket.socket) -> None:
        server = socket.create_connection((parts.hostname or "", parts.port or 6379))
        with client, server, suppress(OSError):
            ours = tls.wrap_socket(client, server_side=True) if tls else client
            with ours:
                back = threading.Thread(target=pump, args=(server, ours), daemon=True)
                back.start()
                pump(ours, server)
                back.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@pytest.fixture
def tls_store(store_server: str, tmp_path: Path) -> Iterator[str]:
    """The store's address by TLS, with a certificate that nobody has signed but itself: `cert.pem`."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    words = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem -out cert.pem"
    )
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run([*words.split(), "-addext", names], cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listening = socket.create_server(("127.0.0.1", 0))
    parts = urlsplit(store_server)
    with in_front_of(store_server, listening, tls):
        yield f"rediss://:{parts.password}@localhost:{listening.getsockname()[1]}/0"


def test_a_certificate_that_is_not_trusted_is_named_and_gets_no_password(
    tls_store: str, store_server: str, tmp_path: Path
) -> None:
    done = custody("doctor", store_url=tls_store)
    assert done.returncode == 1
    assert "its certificate is not trusted: self-signed certificate" in done.stderr
    beside = custody("doctor", store_url=store_server, broker_url=tls_store)
    assert "certificate is not trusted: self-signed certificate" in beside.stdout.replace("\n", " ")
    with running_worker(tmp_path, store_url=store_server, broker_url=tls_store) as worker:
        assert wait_until(lambda: "CERTIFICATE_VERIFY_FAILED" in worker.log, PATIENCE_SECONDS)
        assert "Connected to rediss" not in worker.log


def test_with_a_certificate_that_is_trusted_store_and_broker_are_used_by_tls(
    tls_store: str, context: Context, tmp_path: Path
) -> None:
    url = f"{tls_store}?ssl_ca_certs={tmp_path / 'cert.pem'}"
    with running_worker(tmp_path, store_url=url) as worker:
        worker.wait_until_ready()
        assert is_released_on_time(context, "B1")
        assert custody("doctor", store_url=url).returncode == 0
        assert worker.stop() == 0


@pytest.mark.parametrize("variable", ["store_url", "broker_url"])
def test_an_address_that_asks_for_no_verification_is_refused(variable: str) -> None:
    done = custody("doctor", **{variable: "rediss://localhost:1/0?ssl_cert_reqs=none"})
    assert done.returncode == 1
    assert f"CUSTODY_{variable.upper()}" in done.stderr
    assert "certificates are always verified" in done.stderr


def test_a_store_behind_a_unix_socket_is_used_from_end_to_end(
    store_server: str, context: Context, tmp_path: Path
) -> None:
    parts = urlsplit(store_server)
    listening = socket.socket(socket.AF_UNIX)
    path = Path(tempfile.mkdtemp(prefix="custody-")) / "s"  # of pytest's own a path may be too long
    listening.bind(str(path))
    listening.listen()
    url = f"unix://:{parts.password}@{path}?db=0"
    try:
        with in_front_of(store_server, listening), running_worker(tmp_path, store_url=url) as worker:
            worker.wait_until_ready()
            assert is_released_on_time(context, "B1")
            text = raw(booked("B2", due_at=now() + timedelta(hours=1))).decode()
            assert "1" in custody("publish", stdin=f"{text}\n", store_url=url).stdout
            done = custody("doctor", store_url=url)
            assert done.returncode == 0, done.stdout + done.stderr
            assert worker.stop() == 0
    finally:
        listening.close()
        shutil.rmtree(path.parent)


def test_celerys_own_commands_find_every_worker_by_the_settings(
    context: Context, store_server: str, tmp_path: Path
) -> None:
    with (
        running_worker(tmp_path / "first", CELERY, store_url=store_server) as first,
        running_worker(tmp_path / "second", WORKER, store_url=store_server) as second,
    ):
        first.wait_until_ready()
        second.wait_until_ready()
        names = {f"celery-{worker.process.pid}@{socket.gethostname()}" for worker in (first, second)}
        for words in (("inspect", "ping", "-t", "5"), ("status", "-t", "5")):
            done = custody("-A", "worker", *words, module="celery", store_url=store_server)
            assert done.returncode == 0, done.stdout + done.stderr
            assert all(name in done.stdout for name in names)


def test_celerys_own_commands_say_in_a_line_that_no_store_runs(tmp_path: Path) -> None:
    done = custody("-A", "worker", "inspect", "ping", module="celery", data_dir=str(tmp_path))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "custody run" in done.stderr


@pytest.mark.parametrize("pool", ["gevent", "eventlet"])
def test_a_pool_in_which_nothing_would_be_worked_is_refused_in_one_line(pool: str) -> None:
    done = custody("worker", "--pool", pool)
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert "prefork" in done.stderr

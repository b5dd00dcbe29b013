"""The watch over connections whose answers do not end."""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import closing

import pytest

from mochok.storage.crt_watch import MOST_ANSWER_BYTES, AnswerWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs /proc and TCP_INFO")


def test_only_an_answer_without_end_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(AnswerWatch()) as watch:
        pairs = []
        for blocking in (False, False, True):
            client = socket.create_connection(listener.getsockname())
            client.setblocking(blocking)
            pairs.append((client, listener.accept()[0]))
        (endless, liar), (quiet, server), (ours, lister) = pairs
        quiet.send(b"request")
        server.sendall(b"answer")
        threading.Thread(target=flood, args=(lister,), daemon=True).start()
        threading.Thread(target=flood, args=(liar,), daemon=True).start()
        kept = read_until_cut(endless, ours, watch)
        assert watch.cut == 1
        assert kept < 200 * MOST_ANSWER_BYTES
        assert quiet.recv(100) == b"answer", "it is still open"
        for client, peer in pairs:
            client.close()
            peer.close()


def test_many_answers_are_not_taken_for_one_without_end() -> None:
    """Requests of a few hundred bytes, answers of a few thousand, as a proxy makes them with its headers."""
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(AnswerWatch()) as watch:
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
        with client, server:
            for _request in range(4 * MOST_ANSWER_BYTES // 3000):
                exchange(client, server)
            client.setblocking(False)
            grown = b"x" * (32 * 1024 * 1024)
            time.sleep(0.2)
            client.setblocking(True)
            exchange(client, server)
        assert watch.cut == 0, f"although only {len(grown)} bytes of our own were added"


def exchange(client: socket.socket, server: socket.socket) -> None:
    client.sendall(b"r" * 300)
    server.recv(300, socket.MSG_WAITALL)
    server.sendall(b"a" * 3000)
    assert len(client.recv(3000, socket.MSG_WAITALL)) == 3000


def flood(connection: socket.socket) -> None:
    try:
        while True:
            connection.sendall(b"x" * 65536)
    except OSError:
        return


def read_until_cut(endless: socket.socket, ours: socket.socket, watch: AnswerWatch) -> int:
    """Keep what comes, as the engine does, and read another answer without keeping it."""
    kept, deadline = [b""], time.monotonic() + 30
    while watch.cut == 0 and time.monotonic() < deadline:
        ours.recv(65536)
        try:
            kept.append(endless.recv(65536))
        except BlockingIOError:
            continue
    return sum(map(len, kept))

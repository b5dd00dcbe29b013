"""A TCP proxy on loopback that lets everything arrive late, as a distant server would.

``python -m bench.proxy TARGET_PORT ONE_WAY_DELAY_SECONDS`` prints the port it listens on.

It works with protocols instead of streams: with hundreds of connections on two cores the proxy must
not become what is measured.
"""

from __future__ import annotations

import asyncio
import sys

HOST = "127.0.0.1"
BACKLOG = 1024


class _Side(asyncio.Protocol):
    """One side of a connection: what it receives is written to its peer after the delay."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay_seconds: float) -> None:
        self._loop = loop
        self._delay_seconds = delay_seconds
        self.peer: _Side | None = None
        self.transport: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay_seconds, self._deliver, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._loop.call_later(self._delay_seconds, self._close_peer)

    def join(self, peer: _Side) -> None:
        """Deliver to this peer from now on, beginning with what came before it was there."""
        self.peer = peer
        for data in self._early:
            self._deliver(data)
        self._early.clear()

    def _deliver(self, data: bytes) -> None:
        if self.peer is None or self.peer.transport is None:
            self._early.append(data)
        elif not self.peer.transport.is_closing():
            self.peer.transport.write(data)

    def _close_peer(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.close()


class _Client(_Side):
    """The side of the tool; it opens the server's side when a distant TCP handshake would be done."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay_seconds: float, target_port: int) -> None:
        super().__init__(loop, delay_seconds)
        self._target_port = target_port
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opening = self._loop.create_task(self._open())

    async def _open(self) -> None:
        await asyncio.sleep(2 * self._delay_seconds)
        server = _Side(self._loop, self._delay_seconds)
        server.join(self)
        await self._loop.create_connection(lambda: server, HOST, self._target_port)
        self.join(server)


async def serve(target_port: int, delay_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Client(loop, delay_seconds, target_port), HOST, 0, backlog=BACKLOG
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))

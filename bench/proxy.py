"""A TCP proxy that adds a delay each way, to stand for a distant server. A process of its own.

Usage: ``python -m bench.proxy TARGET_PORT DELAY_SECONDS``; prints the port on which it listens.
"""

from __future__ import annotations

import asyncio
import sys

HOST = "127.0.0.1"
CHUNK_SIZE_BYTES = 1 << 18


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_seconds: float) -> None:
    """Pass bytes on, each ``delay_seconds`` after it came, in order; the rate is not limited."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, chunk = await waiting.get()
            await asyncio.sleep(due - loop.time())
            if not chunk:
                writer.close()
                return
            writer.write(chunk)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    chunk = b"?"
    try:
        while chunk:
            chunk = await reader.read(CHUNK_SIZE_BYTES)
            waiting.put_nowait((loop.time() + delay_seconds, chunk))
        await delivery
    except ConnectionError:
        delivery.cancel()
        writer.close()


async def serve(target_port: int, delay_seconds: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * delay_seconds)  # the round trip of a TCP handshake
        there_reader, there_writer = await asyncio.open_connection(HOST, target_port)
        await asyncio.gather(
            _forward(reader, there_writer, delay_seconds), _forward(there_reader, writer, delay_seconds)
        )

    server = await asyncio.start_server(accept, HOST, 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))

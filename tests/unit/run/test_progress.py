"""What is on its way shows in the progress, and never in the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mochok.events import Progress
from mochok.model import Upload
from mochok.storage.contract import OnTheWay, Sent, Unsent, ignore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import JobScene


def test_a_file_moves_while_it_is_sent_and_again_from_the_beginning_if_it_is_sent_again(
    scene: JobScene,
) -> None:
    class Slow(MemoryStore):
        def upload(
            self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
        ) -> Iterator[Sent | Unsent]:
            for upload in filter(None, uploads):
                for arrived_bytes in (1, 0, 1):
                    scene.clock.seconds += 1
                    on_the_way({upload.file.key: arrived_bytes})
                scene.clock.seconds += 1
                yield from super().upload([upload])

    scene.write("a", "b")
    result = scene.run(open_store=lambda _opening, _notify: Slow())

    size = result.tally.bytes_uploaded // 2
    assert [
        (one.current_key, one.tally.bytes_uploaded, one.arrived_bytes) for one in scene.told(Progress)
    ] == [
        ("", 0, 0),
        *[("a", 0, arrived_bytes) for arrived_bytes in (1, 0, 1)],
        ("a", size, 0),
        *[("b", size, arrived_bytes) for arrived_bytes in (1, 0, 1)],
        ("b", 2 * size, 0),
    ]

"""Which checksum the uploads of one store carry, and what to do about a server that does not know it.

CRC64NVME came to S3 in December 2024; many S3-compatible servers know CRC32 only, some no checksum header at
all. They answer NotImplemented (or call the algorithm unsupported), which is found out with the first file.
"""

from __future__ import annotations

import re

from awscrt.s3 import S3ChecksumAlgorithm, S3ChecksumConfig, S3ChecksumLocation

from mochok.errors import InvalidRequestError, MochokError, NotImplementedByServerError
from mochok.storage.contract import Notify
from mochok.storage.settings import Checksum

_ALGORITHMS = {
    "crc64nvme": S3ChecksumAlgorithm.CRC64NVME,
    "crc32": S3ChecksumAlgorithm.CRC32,
    "crc32c": S3ChecksumAlgorithm.CRC32C,
    "sha256": S3ChecksumAlgorithm.SHA256,
}
_OTHER_HEADER = re.compile(r"x-amz-(?!checksum|sdk-checksum|trailer)", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"checksum.*(not supported|unsupported|not implemented|unknown)", re.IGNORECASE)


def parts_checksum(name: Checksum) -> S3ChecksumConfig | None:
    """What the engine computes for each part of a large file; None without checksums."""
    algorithm = _ALGORITHMS.get(name)
    if algorithm is None:
        return None
    return S3ChecksumConfig(algorithm=algorithm, location=S3ChecksumLocation.HEADER)


class ChecksumChoice:
    """The algorithm in use; ``notice`` receives (level, message) when it changes.

    Only the usual CRC64NVME gives way, first to CRC32, then to none. Another one was chosen on purpose.
    """

    def __init__(self, wanted: Checksum, notice: Notify) -> None:
        self.current: Checksum = wanted
        self._gives_way = wanted == "crc64nvme"
        self._notice = notice

    def give_way(self, used: Checksum, error: MochokError) -> bool:
        """True if ``error`` came of the checksum ``used`` and the file may go up with ``current`` instead."""
        if used == "none" or not self._gives_way or not _means_checksum(error):
            return False
        if used == self.current:
            self._step_down()
        return True

    def explain(self, used: Checksum, error: MochokError) -> MochokError:
        """``error`` with advice, if the checksum that the user chose is its reason."""
        if used != "none" and not error.hint and _means_checksum(error):
            error.hint = "if the server does not know this checksum, choose checksum: crc32 or checksum: none"
        return error

    def _step_down(self) -> None:
        if self.current == "crc64nvme":
            self.current = "crc32"
            self._notice("INFO", "the server does not know crc64nvme checksums; crc32 is used instead")
            return
        self.current = "none"
        self._notice(
            "WARNING",
            "the server takes no checksums: what arrives is not compared with what was read "
            "(set checksum: none to be rid of this warning)",
        )


def _means_checksum(error: MochokError) -> bool:
    """S3 names the header it does not know, if it names one."""
    if isinstance(error, NotImplementedByServerError):
        return not _OTHER_HEADER.search(error.message)
    return isinstance(error, InvalidRequestError) and _UNSUPPORTED.search(error.message) is not None

"""Which checksum the uploads of one store carry, and what to do about a server that does not know it.

CRC64NVME came to S3 in December 2024; many S3-compatible servers support CRC32 only, some no checksum header
at all. They answer NotImplemented to the first file, or call the algorithm unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from awscrt import checksums
from awscrt.s3 import S3ChecksumAlgorithm, S3ChecksumConfig, S3ChecksumLocation

from mochok.errors import InvalidRequestError, MochokError, NotImplementedByServerError
from mochok.storage.content import of_integer, sha256
from mochok.storage.contract import Notify
from mochok.storage.settings import Checksum

CRCS: dict[str, tuple[Callable[..., int], int]] = {
    "crc64nvme": (checksums.crc64nvme, 8),
    "crc32": (checksums.crc32, 4),
    "crc32c": (checksums.crc32c, 4),
}
"""How a CRC is computed, block by block, and its size in bytes."""
HASHES: dict[str, Callable[[bytes], str]] = {
    "sha256": sha256,
    **{name: of_integer(function, size_bytes) for name, (function, size_bytes) in CRCS.items()},
}
"""How ``x-amz-checksum-NAME`` is computed from a whole content."""
_WITHOUT_CHECKSUMS = (
    "the server accepts no checksums: what arrives is not compared with what was read "
    "(set checksum: none to silence this warning)"
)
_FALLBACKS: dict[Checksum, tuple[str, str]] = {
    "crc64nvme": ("INFO", "the server does not know crc64nvme checksums; crc32 is used instead"),
    "crc32": ("WARNING", _WITHOUT_CHECKSUMS),
}
_OTHER_HEADER = re.compile(r"x-amz-(?!checksum|sdk-checksum|trailer)", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"checksum.*(not supported|unsupported|not implemented|unknown)", re.IGNORECASE)


def parts_checksum(name: Checksum) -> S3ChecksumConfig | None:
    """What the engine computes for each part of a large file; None without checksums."""
    if name == "none":
        return None
    algorithm = S3ChecksumAlgorithm[name.upper()]
    return S3ChecksumConfig(algorithm=algorithm, location=S3ChecksumLocation.HEADER)


class ChecksumChoice:
    """The checksums of one store; those that its server ``refused`` are shared with other stores.

    Only the default CRC64NVME gives way, to CRC32, then to none, with a notice.
    """

    def __init__(self, wanted: Checksum, notice: Notify, refused: set[Checksum]) -> None:
        self._wanted = wanted
        self._notice = notice
        self._refused = refused
        self._reported: set[Checksum] = set()

    def choose(self) -> Checksum:
        """The algorithm for the next file."""
        if self._wanted != "crc64nvme":
            return self._wanted
        for name, notice in _FALLBACKS.items():
            if name not in self._refused:
                return name
            if name not in self._reported:
                self._reported.add(name)
                self._notice(*notice)
        return "none"

    def give_way(self, used: Checksum, error: MochokError) -> bool:
        """True if ``error`` came of the checksum ``used``, and the file may go up with another choice."""
        if used not in _FALLBACKS or self._wanted != "crc64nvme" or not _means_checksum(error):
            return False
        self._refused.add(used)
        return True

    def explain(self, used: Checksum, error: MochokError) -> MochokError:
        """``error`` with a hint, if the checksum that the user chose is its reason."""
        if used != "none" and not error.hint and _means_checksum(error):
            error.hint = "if the server does not know this checksum, choose checksum: crc32 or checksum: none"
        return error


def _means_checksum(error: MochokError) -> bool:
    """S3 names the header it does not know, if it names one."""
    if isinstance(error, NotImplementedByServerError):
        return not _OTHER_HEADER.search(error.message)
    return isinstance(error, InvalidRequestError) and _UNSUPPORTED.search(error.message) is not None

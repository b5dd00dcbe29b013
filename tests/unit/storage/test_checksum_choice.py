"""Only the usual checksum gives way to a server that does not know it, and only for that reason."""

from __future__ import annotations

import pytest

from mochok.errors import AccessDeniedError, InvalidRequestError, MochokError, NotImplementedByServerError
from mochok.storage.crt_checksum import ChecksumChoice, parts_checksum
from mochok.storage.settings import Checksum

UNKNOWN = NotImplementedByServerError("PutObject a: the server answered 501 NotImplemented: no such header")
UNSUPPORTED = InvalidRequestError("the server answered 400 InvalidRequest: Checksum algorithm is unsupported")


def choice(wanted: Checksum) -> tuple[ChecksumChoice, list[str]]:
    told: list[str] = []
    return ChecksumChoice(wanted, lambda level, message: told.append(f"{level} {message}"), set()), told


@pytest.mark.parametrize("error", [UNKNOWN, UNSUPPORTED])
def test_the_usual_checksum_gives_way_in_two_steps_each_told_once(error: MochokError) -> None:
    chosen, told = choice("crc64nvme")

    assert chosen.give_way("crc64nvme", error)
    assert chosen.give_way("crc64nvme", error), "another file that was already under way"
    steps = [chosen.choose()]
    assert chosen.give_way("crc32", error)
    steps.append(chosen.choose())
    assert steps == ["crc32", "none"]
    assert not chosen.give_way("none", error)

    assert [line.split()[0] for line in told] == ["INFO", "WARNING"]
    assert parts_checksum(chosen.choose()) is None


@pytest.mark.parametrize("wanted", ["crc32", "crc32c", "sha256"])
def test_a_checksum_that_was_chosen_stays_and_its_failure_comes_with_advice(wanted: Checksum) -> None:
    chosen, told = choice(wanted)
    error = NotImplementedByServerError(UNKNOWN.message)

    assert not chosen.give_way(wanted, error)
    assert "checksum: none" in chosen.explain(wanted, error).hint
    assert (chosen.choose(), told) == (wanted, [])


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedByServerError("501 NotImplemented: A header is unknown: x-amz-acl"),
        InvalidRequestError("400 InvalidRequest: this storage class is not supported"),
        AccessDeniedError("403 AccessDenied: no checksum is allowed, unknown user"),
    ],
)
def test_another_reason_changes_nothing(error: MochokError) -> None:
    chosen, told = choice("crc64nvme")

    assert not chosen.give_way("crc64nvme", error)
    assert chosen.explain("crc64nvme", error).hint == ""
    assert (chosen.choose(), told) == ("crc64nvme", [])

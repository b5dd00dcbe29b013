"""What the answer to DeleteObjects says of each key; a client that answers at once is the client here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast
from xml.sax.saxutils import escape

import pytest

from mochok.errors import AccessDeniedError, InvalidRequestError, ServerFaultError
from mochok.model import Delete, Reason
from mochok.storage.contract import Deleted
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_delete import delete_objects


def deleted(*errors: str) -> list[Deleted]:
    """The outcome for ``a`` and ``b"&`` when the server reports these errors."""
    body = f"<DeleteResult>{''.join(errors)}</DeleteResult>".encode()
    client = SimpleNamespace(
        endpoint=SimpleNamespace(bucket_path=lambda query: query),
        fetch=lambda *_request: SimpleNamespace(body=body),
    )
    items = [Delete(key, 1, "", Reason.NOT_LOCAL) for key in ("a", 'b"&')]
    return list(delete_objects(cast("CrtClient", client), "p/", items, ()))


def error(key: str, code: str, message: str) -> str:
    """One entry as S3 writes it, quotes as entities too."""
    words = escape(message, {'"': "&quot;", "'": "&#39;"})
    return f"<Error><Key>{escape(key)}</Key><Code>{code}</Code><Message>{words}</Message></Error>"


@pytest.mark.parametrize("words", ['not "yours" & not <mine>', "it's held", "x" * 500])
def test_a_key_that_stays_keeps_its_code_and_its_reason(words: str) -> None:
    first, second = deleted(error('p/b"&', "AccessDenied", words))
    assert first.error is None
    assert isinstance(second.error, AccessDeniedError)
    assert second.error.message == f'DeleteObject p/b"&: the server answered AccessDenied: {words}'
    assert "s3:DeleteObject" in second.error.hint


def test_each_error_has_the_class_of_its_code() -> None:
    first, second = deleted(error("p/a", "InternalError", "busy"), error('p/b"&', "", ""))
    assert isinstance(first.error, ServerFaultError)
    assert isinstance(second.error, InvalidRequestError)
    assert "no reason given" not in first.error.message


def test_an_answer_about_another_key_is_no_answer() -> None:
    assert all(isinstance(each.error, ServerFaultError) for each in deleted(error("p/z", "X", "")))

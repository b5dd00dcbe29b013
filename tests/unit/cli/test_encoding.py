"""When Python must start anew because the locale would misread file names."""

from __future__ import annotations

import pytest

from mochok.cli.encoding import utf8_environment


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8"])
def test_where_names_are_utf8_nothing_happens(encoding: str) -> None:
    assert utf8_environment({"LANG": "es_ES.UTF-8"}, encoding, "utf-8") == {}


def test_under_another_locale_names_become_utf8_and_the_screen_stays_as_it_is() -> None:
    environment = utf8_environment({"LANG": "es_ES"}, "iso8859-1", "iso8859-1")
    assert environment == {"LANG": "es_ES", "PYTHONUTF8": "1", "PYTHONIOENCODING": "iso8859-1"}


def test_the_screens_encoding_that_the_user_chose_is_kept() -> None:
    environment = utf8_environment({"PYTHONIOENCODING": "cp850"}, "ascii", "ascii")
    assert environment["PYTHONIOENCODING"] == "cp850"


def test_it_is_tried_once_only() -> None:
    assert utf8_environment({"PYTHONUTF8": "1"}, "ascii", "ascii") == {}

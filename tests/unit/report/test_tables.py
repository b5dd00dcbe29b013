"""Tables: aligned on a screen, whatever the names are written in."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from mochok.report.text.page import plain_text
from mochok.report.text.tables import Column, folded, table

NAMES = ["Daily", "日本語のフォルダ", "Año 2025", "Backups 📦🚀", "한국어", "e\u0301te\u0301"]


def drawn(columns: list[Column], width: int = 80, rule: str = "") -> list[str]:
    return [plain_text(line) for line in table(columns, width, rule)]


def test_names_of_any_script_leave_the_next_column_aligned() -> None:
    numbers = [f"{number:,}" for number in range(998, 998 + len(NAMES))]
    lines = drawn([Column("NAME", NAMES), Column("SIZE", numbers, right=True)], rule="-")

    assert {cell_len(line) for line in lines} == {cell_len("日本語のフォルダ") + 2 + len("1,003")}
    assert [line.split()[-1] for line in lines[2:]] == numbers


@pytest.mark.parametrize("width", range(24, 60))
def test_an_elastic_column_is_folded_until_the_table_fits(width: int) -> None:
    messages = ["the session token expired", "日本語のフォルダ is missing 📦", "x" * 70]
    columns = [Column("ID", ["1", "2", "3"]), Column("MESSAGE", messages, elastic=True)]
    lines = drawn(columns, width)

    assert max(cell_len(line) for line in lines) <= width
    text = "".join(line[2:].strip() for line in lines).replace(" ", "")
    assert [message for message in messages if message.replace(" ", "") not in text] == []


def test_expendable_columns_go_in_their_order_and_the_rest_stays() -> None:
    columns = [
        Column("RUN", ["a"]),
        Column("STARTED", ["2025-01-15"], expendable=1),
        Column("FILES", ["12"], expendable=2),
    ]

    assert [drawn(columns, width)[0].split() for width in (22, 21, 14, 5)] == [
        ["RUN", "STARTED", "FILES"],
        ["RUN", "STARTED"],
        ["RUN"],
        ["RUN"],
    ]


def test_words_longer_than_a_line_are_broken_only_if_asked() -> None:
    assert folded("see /a/very/long/path now", 9) == ["see", "/a/very/l", "ong/path", "now"]
    assert folded("see /a/very/long/path now", 9, break_words=False) == ["see", "/a/very/long/path", "now"]

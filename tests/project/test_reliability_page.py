"""Every fault of the catalogue is tested here, tested elsewhere, or left out with a reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.reliability_page import FOLDER, NUMBER, PROJECT, numbers_tested, reliability_page
from tests.faults.catalogue import ELSEWHERE, LEFT_OUT

EVERY_NUMBER = {f"F{number:02d}" for number in range(1, 94)}


def test_every_fault_of_the_catalogue_is_accounted_for() -> None:
    assert EVERY_NUMBER - set(re.findall(r"F\d+", reliability_page())) == set()


def test_a_number_means_one_fault() -> None:
    tests = [{found[1] for found in NUMBER.finditer(path.read_text("utf-8"))} for path in FOLDER.glob("*.py")]
    used = Counter(number for numbers in tests for number in numbers)
    assert {number for number, times in used.items() if times > 1} == set()


def test_what_is_left_out_is_tested_nowhere() -> None:
    assert set(LEFT_OUT) & (numbers_tested() | set(ELSEWHERE)) == set()


@pytest.mark.parametrize("test", [test for _outcome, test in ELSEWHERE.values()])
def test_a_test_of_another_folder_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert f"def {name}(" in Path(PROJECT, path).read_text(encoding="utf-8")

"""Month and day names in other languages; English without any package."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mochok.errors import OptionError
from mochok.strategies import registry
from mochok.strategies.contract import Request
from mochok.strategies.dotnet_dates import compile_format

DAY = date(2026, 11, 26)
CULTURES = ("es", "es-MX", "pt-BR", "de", "fr", "ca", "eu", "gl", "ru", "ja")


@pytest.mark.parametrize(
    ("culture", "format_text", "shown"),
    [
        ("invariant", "dddd d MMMM yyyy", "Thursday 26 November 2026"),
        ("es", "dddd d 'de' MMMM 'de' yyyy", "jueves 26 de noviembre de 2026"),
        ("es-ES", "ddd dd MMM yyyy", "jue 26 nov 2026"),
        ("es_MX", "MMMM/dd", "noviembre/26"),
        ("pt-BR", "d MMMM", "26 novembro"),
        ("ca", "d MMMM", "26 de novembre"),
        ("ca", "MMMM yyyy", "novembre 2026"),
        ("ru", "d MMMM", "26 ноября"),
        ("ru", "MMMM yyyy", "ноябрь 2026"),
    ],
)
def test_names_are_those_of_the_culture(culture: str, format_text: str, shown: str) -> None:
    assert compile_format(format_text, culture).format(DAY) == shown


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(CULTURES),
    st.sampled_from(["MMM", "MMMM"]),
)
def test_what_was_written_in_a_culture_is_read_back(day: date, culture: str, month: str) -> None:
    compiled = compile_format(f"dd {month} yyyy", culture)
    assert compiled.parse(compiled.format(day)) == day
    assert compiled.find(f"dump {compiled.format(day)}.gz") == day


@pytest.mark.parametrize(("culture", "advice"), [("spanish", "es, ca or"), ("es ES!", "pt-BR"), ("", "code")])
def test_an_unknown_culture_has_a_hint(culture: str, advice: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format("yyyy", culture)
    assert advice in caught.value.hint


def test_source_and_destination_have_the_same_names() -> None:
    request = Request("c", "/d", DAY, "x/{date:MMMM}", "host")
    folder = registry.create("DateFolder", {"date_folder_format": "yyyy/MMMM/dd", "culture": "es"}).paths(
        request
    )
    pattern = {"custom_local_pattern": "{base_path}/{date:dddd}", "culture": "es"}
    assert (folder.source, folder.prefix) == ("/d/2026/noviembre/26", "x/noviembre")
    assert registry.create("CustomPattern", pattern).paths(request).source == "/d/jueves"


def test_without_a_culture_its_package_is_not_loaded_and_without_it_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['babel'] = None\n"
        "from datetime import date\n"
        "from mochok.errors import OptionError\n"
        "from mochok.strategies.dotnet_dates import compile_format\n"
        "assert compile_format('MMMM').format(date(2026, 1, 1)) == 'January'\n"
        "try: compile_format('MMMM', 'es')\n"
        "except OptionError as error: print(error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'mochok[culture]'" in done.stdout

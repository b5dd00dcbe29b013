"""The names of months and weekdays: English as .NET's invariant culture has them, others from CLDR.

CLDR comes with the package ``babel``, which is imported only for a configuration that names a culture.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from mochok.errors import OptionError

INVARIANT = "invariant"
"""The culture that every format has unless the configuration names another."""
EXTRA_HINT = "install it next to Mochok: pip install 'mochok[culture]'"


class DateNames(NamedTuple):
    """January and Monday come first."""

    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH = DateNames(
    _MONTHS, tuple(name[:3] for name in _MONTHS), _WEEKDAYS, tuple(name[:3] for name in _WEEKDAYS)
)


def check_culture(culture: str) -> None:
    """Raise OptionError if ``culture`` is not known, or the package that knows it is not installed."""
    date_names(culture, with_day=True)


@lru_cache(maxsize=16)
def date_names(culture: str, *, with_day: bool) -> DateNames:
    """The names in ``culture``, such as ``es`` or ``pt-BR``. Raises as :func:`check_culture` does.

    ``with_day``: next to the number of a day some languages inflect the month (1 de gener, gener de 2025), as
    .NET's month names in the genitive do.
    """
    if culture == INVARIANT:
        return ENGLISH
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError as error:
        message = f"culture: {culture} needs the Python package babel"
        raise OptionError(message, hint=EXTRA_HINT) from error
    try:
        locale = Locale.parse(culture.replace("-", "_"))
    except (ValueError, UnknownLocaleError) as error:
        hint = "write the code of a language, such as es, ca or pt-BR"
        raise OptionError(f"unknown culture {culture!r}", hint=hint) from error
    months, days = locale.months["format" if with_day else "stand-alone"], locale.days["stand-alone"]
    return DateNames(
        *(tuple(months[width][number] for number in range(1, 13)) for width in ("wide", "abbreviated")),
        *(tuple(days[width][number] for number in range(7)) for width in ("wide", "abbreviated")),
    )

"""Which days should have data."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from mochok.errors import OptionError
from mochok.suggestions import did_you_mean

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class ExpectedDays:
    """``expected_days`` of a configuration: ``day in expected``.

    ``weekdays``: Monday is 0. ``monthly``: days of the month; one that a month does not have is its last.
    ``dates``: single days, also if they are holidays. ``excluded``: days without data, whatever else says so.
    ``calendars``: whose public holidays have no data: a country, or a country and region, such as ES-MD.
    """

    weekdays: frozenset[int] = EVERY_DAY
    monthly: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    excluded: frozenset[date] = frozenset()
    calendars: tuple[str, ...] = ()

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date) or day in self.excluded:
            return False
        if day in self.dates:
            return True
        regular = day.weekday() in self.weekdays or self._is_monthly(day)
        return regular and not any(day in holidays_of(name, day.year) for name in self.calendars)

    def _is_monthly(self, day: date) -> bool:
        if day.day in self.monthly:
            return True
        last = monthrange(day.year, day.month)[1]
        return day.day == last and any(number > last for number in self.monthly)


@lru_cache(maxsize=256)
def holidays_of(calendar: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ES) or of one of its regions (ES-MD).

    The package ``holidays`` has them; it is imported only where this is used. Raises OptionError if it is not
    installed, or does not know the country or region.
    """
    try:
        import holidays
    except ImportError as error:
        message = f"holidays: {calendar} needs the Python package holidays"
        hint = "install it next to Mochok: pip install 'mochok[holidays]'"
        raise OptionError(message, hint=hint) from error
    country, _, region = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
    except NotImplementedError as error:
        known = holidays.list_supported_countries()
        if country not in known:
            hint = did_you_mean(country, known) or "write the code of a country, such as ES or ES-MD"
            raise OptionError(f"there is no calendar of holidays for {country!r}", hint=hint) from error
        hint = f"regions of {country}: {', '.join(known[country]) or 'none'}"
        raise OptionError(f"{country} has no region {region!r} with holidays", hint=hint) from error

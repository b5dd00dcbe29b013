"""Time zones by their IANA names and by those of Windows, and what was meant by another name.

A hint never names a zone with another offset: it follows from a city, a misspelt name of the same continent,
a number of hours, or an abbreviation that the zone really has.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

from mochok.strategies.option_types import invalid
from mochok.suggestions import alternatives, nearest

_SIMILARITY = 0.9
"""About one letter more, less or exchanged."""
_ABBREVIATION = re.compile(r"[A-Za-z]{2,5}")
_HOURS = re.compile(r"(?:UTC|GMT)? ?([+-])0?([0-9]{1,2})(?::?00)?", re.IGNORECASE)
_KNOWN_CITIES = (
    "Europe/Madrid", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Athens", "Europe/Moscow",
    "Europe/Dublin", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Anchorage", "America/Halifax", "Asia/Kolkata", "Asia/Jerusalem", "Asia/Shanghai", "Asia/Tokyo",
    "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "Africa/Johannesburg",
)  # fmt: skip
_EXAMPLE = "write an IANA name, such as Europe/Madrid"


def checked_timezone(name: str) -> str:
    """An IANA time zone that this machine or the tzdata package has, also for the name of a Windows zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        if zone := of_windows(name):
            return zone
        raise invalid(f"unknown time zone {name!r}", _hint(name)) from error
    return name


def of_windows(name: str) -> str:
    """The IANA zone of a Windows zone such as ``Romance Standard Time``, "" for another name.

    Source: CLDR's windowsZones, as tzlocal has it.
    """
    from tzlocal.windows_tz import win_tz  # rarely needed

    by_name = {windows.casefold(): zone for windows, zone in win_tz.items()}
    return by_name.get(" ".join(name.split()).casefold(), "")


def _hint(name: str) -> str:
    words = " ".join(name.split())
    if hint := _hours_hint(words) or _abbreviation_hint(words):
        return hint
    for find in (_same, _cities, partial(_misspelt, similarity=_SIMILARITY), _windows):
        if found := find(words):
            return f"did you mean {found}?"
    return _EXAMPLE


def _same(name: str) -> str:
    """The zone that differs in case or spaces only."""
    return {zone.casefold(): zone for zone in available_timezones()}.get(
        name.replace(" ", "_").casefold(), ""
    )


def _cities(name: str) -> str:
    if re.search(r"[0-9]", name):  # Etc/GMT+1 is not GMT+1
        return ""
    city = "/" + name.replace(" ", "_").casefold()
    return min((zone for zone in available_timezones() if zone.casefold().endswith(city)), default="")


def _misspelt(name: str, *, similarity: float) -> str:
    continent, slash, _city = name.partition("/")
    if not slash or re.search(r"[0-9]", name):  # Etc/GMT+5: each digit is another offset
        return ""
    zones = (
        zone for zone in available_timezones() if zone.partition("/")[0].casefold() == continent.casefold()
    )
    return nearest(name.replace(" ", "_"), zones, similarity=similarity)


def _windows(name: str) -> str:
    from tzlocal.windows_tz import win_tz  # rarely needed

    known = [windows for windows in win_tz if not re.search(r"[0-9]", windows)]
    return nearest(name, known, similarity=_SIMILARITY) if " " in name else ""


def _abbreviation_hint(name: str) -> str:
    """One zone for each offset that the abbreviation has: IST is Irish, Israel and Indian time."""
    if not _ABBREVIATION.fullmatch(name):
        return ""
    zones: dict[timedelta | None, str] = {}
    for zone in _KNOWN_CITIES:
        for month in (1, 7):
            moment = datetime(datetime.now(UTC).year, month, 1, tzinfo=ZoneInfo(zone))
            if moment.tzname() == name.upper():
                zones.setdefault(moment.utcoffset(), zone)
    return f"write an IANA name, such as {alternatives(list(zones.values()))}" if zones else ""


def _hours_hint(name: str) -> str:
    """``UTC+2`` is ``Etc/GMT-2``: POSIX counts hours west of Greenwich."""
    if not (match := _HOURS.fullmatch(name)):
        return ""
    zone = f"Etc/GMT{'-' if match[1] == '+' else '+'}{match[2]}"
    known = zone in available_timezones()
    return (
        f"write the zone of a city, such as Europe/Madrid, or {zone} for that offset all year"
        if known
        else ""
    )

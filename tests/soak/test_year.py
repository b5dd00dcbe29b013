"""A year of nights whose calendar is compared with the truth: 60 nights in the suite, 365 with ``-m soak``.

Each evening programs write the files of the day, each night Mochok runs against a real server, each morning
every day that the calendar calls complete must be in the bucket, and every day that is must not be a gap.
``MOCHOK_YEAR_SEED`` repeats the nights: the seed is printed at the beginning and with every failure.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mochok.clock import Stop, SystemClock
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.events import Event
from mochok.queries.overview import days_of, open_history
from mochok.queries.planning import Dates
from mochok.records.days import DayMark, MarkedDay
from mochok.run.listeners import Listeners
from mochok.wire.run import RunRequest, run
from tests.e2e.harness import Workspace
from tests.soak.year_sources import File, Program, days_back

ZONE = ZoneInfo("Europe/Madrid")
YEAR = 2040
"""Later than the change times of the files, which are those of this machine."""
NIGHTLY = time(2, 30)
SETTLE = timedelta(minutes=15)
CATCH_UP_DAYS = 7
LINES = 60
DUMPS, EXPORTS, SHOP, REPORTS, WHOLE = "Dumps", "Exports", "Shop", "Reports", "Whole"


class SetClock(SystemClock):
    """A clock that is set."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(ZONE)
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@dataclass(slots=True)
class Watch:
    """What is known of a configuration's destination: when a run without mishap looked at each day, the first
    of them with files, and the first day of which any run found files; ``prefix`` ends with a slash.
    """

    prefix: str
    looks: dict[date, list[datetime]] = field(default_factory=dict)
    begins: date = date.max
    first_found: date = date.max

    def looked(self, day: date, moment: datetime, *, found: bool) -> None:
        self.looks.setdefault(day, []).append(moment)
        if found:
            self.begins = min(day, self.begins)


class Year:
    """The nights, and what must hold after each of them."""

    def __init__(self, workspace: Workspace, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace, self.seed, self.monkeypatch = workspace, seed, monkeypatch
        self.dice = random.Random(seed)
        self.today = date(YEAR, 1, 1) + timedelta(days=self.dice.randrange(366))
        self.holidays = {self.today + timedelta(days=self.dice.randrange(365)) for _ in range(12)}
        self.diary: list[str] = []
        self.counts: Counter[str] = Counter()
        self.marks: Counter[DayMark] = Counter()
        self.runs = 0
        data = workspace.folder / "data"
        self.programs = {
            DUMPS: Program(DUMPS, data / DUMPS, in_dated_folder, self.is_working_day),
            EXPORTS: Program(EXPORTS, data / EXPORTS, in_nested_folders),
            SHOP: Program(SHOP, data / SHOP, with_date_in_name),
            REPORTS: Program(REPORTS, data / REPORTS, in_month_folder),
            WHOLE: Program(WHOLE, data / WHOLE, in_one_folder),
        }
        self.watches = {name: Watch(f"{name.lower()}/") for name in self.programs}
        self.wholes: dict[date, list[tuple[File, int]]] = {}
        for program in self.programs.values():
            program.base.mkdir(parents=True)
        self.settings = self.configure()

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays

    def configure(self) -> Settings:
        """Write the configuration file, with today's destinations, and read it."""
        working = {"days": "weekdays", "except": [day.isoformat() for day in sorted(self.holidays)]}
        strategies = {
            DUMPS: ({"type": "DateFolder"}, "{year}/{month}/{day}", {"expected_days": working}),
            EXPORTS: (
                {"type": "DateFolder", "date_folder_format": "yyyy/MM/dd"}, "{year}/{month}/{day}", {},
            ),
            SHOP: ({"type": "DateRange", "date_range_days_back": 3, "date_source": "filename"}, "all", {}),
            REPORTS: (
                {"type": "CustomPattern", "custom_local_pattern": "{base_path}/{year}/{month}"},
                "{year}/{month}", {},
            ),
            WHOLE: ({"type": "FullDirectory"}, "now", {}),
        }  # fmt: skip
        entries = [
            self.workspace.configuration(
                name,
                local_base_path=str(self.programs[name].base),
                sync_strategy=strategy,
                destination={"s3_path_structure": self.watches[name].prefix + structure},
                **({} if name == WHOLE else {"catch_up_days": CATCH_UP_DAYS}),
                **more,
            )
            for name, (strategy, structure, more) in strategies.items()
        ]
        return load(self.workspace.configure(*entries, timezone=str(ZONE), settle_minutes=15), {})

    # A night

    def night(self) -> None:
        """The programs of yesterday, a mishap, the run, and what the programs do after it."""
        yesterday = self.today - timedelta(days=1)
        evening = self.at(yesterday, time(21))
        mishap = self.mishap()
        clock = self.clock_of(mishap)
        self.diary.append(f"{self.today} {self.today:%a}: {mishap}")
        late = [
            program for program in self.programs.values() if self.write(program, yesterday, evening, clock)
        ]
        if mishap == "another destination":
            self.change_destination()
        if mishap == "a wrong date":
            self.run(self.at(self.today, NIGHTLY), Dates((date(YEAR - 15, 1, self.dice.randint(1, 28)),)))
        with self.in_trouble(mishap) as well:
            if mishap != "host off":
                self.run(clock, Dates((clock.date() - timedelta(days=1),), plain=True))
                self.note_looks(well, clock)
        for program in self.programs.values():
            program.finish(self.at(self.today, time(3)))
        for program in late:
            program.write_day(yesterday, self.at(self.today, time(9)), self.dice)
        if mishap == "a person catches up":
            noon = self.at(self.today, time(12))
            self.run(noon, Dates((yesterday,), catch_up_days=30))
            self.note_looks([name for name in self.programs if name != WHOLE], noon)
        self.check()
        for program in self.programs.values():
            program.remove_old(self.today)
        self.today += timedelta(days=1)

    def mishap(self) -> str:
        rare = (
            "host off", "host off", "wrong keys", "a source away", "clock in 1970", "clock ten years ahead",
            "clock a day ahead", "clock a day behind", "a wrong date", "another destination",
            "a person catches up",
        )  # fmt: skip
        chosen = self.dice.choice(rare) if self.dice.random() < 0.35 and self.diary else "none"
        self.counts[chosen] += 1
        return chosen

    def clock_of(self, mishap: str) -> datetime:
        right = self.at(self.today, NIGHTLY)
        return {
            "clock in 1970": self.at(date(1970, 1, 3), NIGHTLY),
            "clock ten years ahead": self.at(self.today + timedelta(days=3652), NIGHTLY),
            "clock a day ahead": right + timedelta(days=1),
            "clock a day behind": right - timedelta(days=1),
        }.get(mishap, right)

    def write(self, program: Program, day: date, evening: datetime, clock: datetime) -> bool:
        """The files of ``day``; True if they will come late as a whole."""
        if not program.writes_on(day) or (chance := self.dice.random()) < 0.04:
            return False
        if chance < 0.08 and program.name != WHOLE:
            self.counts["late folder"] += 1
            return True
        program.write_day(day, evening, self.dice)
        if chance < 0.22:
            self.counts["half written"] += 1
            program.write_half(day, clock - timedelta(minutes=2))
        elif chance < 0.28:
            self.counts["just finished"] += 1
            program.files[day][-1].write(f"{program.name} {day} at last", clock - timedelta(minutes=5))
        return False

    def change_destination(self) -> None:
        name = self.dice.choice((DUMPS, EXPORTS))
        number = self.counts["another destination"]
        self.watches[name] = Watch(f"{name.lower()}-{number}/")
        self.diary.append(f"  {name} goes to {self.watches[name].prefix}")
        self.settings = self.configure()

    @contextmanager
    def in_trouble(self, mishap: str) -> Iterator[list[str]]:
        """The names of the configurations that can look at the right days in spite of ``mishap``."""
        names = list(self.programs)
        if mishap.startswith("clock") or mishap == "host off":
            yield []
        elif mishap == "wrong keys":
            with self.monkeypatch.context() as patched:
                patched.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
                yield []
        elif mishap == "a source away":
            base = self.programs[self.dice.choice((DUMPS, EXPORTS, SHOP))].base
            away = base.rename(base.with_name("away"))
            yield [name for name in names if name != base.name]
            away.rename(base)
        else:
            yield names

    def run(self, moment: datetime, dates: Dates) -> None:
        """A run, with its clock at ``moment``."""
        events: list[Event] = []
        request = RunRequest(self.settings.configurations, dates, False, 1, 0, details=False)
        with Listeners() as listeners:
            listeners.add("the list", events.append)
            outcome = run(self.settings, request, listeners, SetClock(moment), Stop())
        self.runs += 1
        for name, watch in self.watches.items():
            watch.first_found = min([watch.first_found, *self.found_by_run(name, moment, dates)])
        self.diary += [
            f"  {one.name} {one.target_date}: {one.status} {one.message}" for one in outcome.results
        ]

    def found_by_run(self, name: str, moment: datetime, dates: Dates) -> Iterator[date]:
        """The days on which a run can have found files: history may begin with the first of them."""
        program = self.programs[name]
        if name == WHOLE:
            self.wholes[moment.date()] = [
                (file, len(file.digests) - 1) for files in program.files.values() for file in files
            ]
            return iter([moment.date()] if program.files else [])
        back = max(dates.catch_up_days or 0, CATCH_UP_DAYS) + 3
        days = (day for target in dates.days for day in days_back(target, back) if program.is_there(day))
        return (day.replace(day=1) if name == REPORTS else day for day in days)

    def note_looks(self, names: list[str], moment: datetime) -> None:
        """A run without mishap looked at yesterday, and at what was missing of the days before."""
        for name in names:
            program, watch = self.programs[name], self.watches[name]
            if name == WHOLE:
                watch.looked(self.today, moment, found=any(program.files.values()))
                continue
            for back in range(1, CATCH_UP_DAYS + 1):
                day = self.today - timedelta(days=back)
                watch.looked(day, moment, found=program.is_there(day))

    def at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=ZONE)

    # The truth

    def check(self) -> None:
        """The calendar in the morning against the bucket."""
        etags = {key: etag for key, (_size, etag) in self.workspace.bucket.facts().items()}
        first, last = self.today - timedelta(days=45), self.today - timedelta(days=1)
        with open_history(self.settings, self.fail) as ledger:
            for configuration in self.settings.configurations:
                shown = days_of(self.settings, configuration, ledger, first, last, self.today)
                for day in shown.days:
                    self.marks[day.mark] += 1
                    self.check_day(configuration.name, day, etags)

    def check_day(self, name: str, marked: MarkedDay, etags: dict[str, str]) -> None:
        watch, day = self.watches[name], marked.day
        needed = self.needed(name, day)
        lacking = [
            file.key
            for file, version in needed
            if not file.has_arrived(etags, self.prefix(name, file), version)
        ]
        where = f"{name} {day} is {marked.mark} ({marked.known.message if marked.known else ''})"
        if marked.mark is DayMark.COMPLETE:
            self.check_that(not lacking, f"{where}, and these files are not in the bucket: {lacking}")
        if marked.is_gap:
            looks = [moment for moment in watch.looks.get(day, ()) if self.is_settled(needed, moment)]
            if name == REPORTS:
                looks = [moment for moment in looks if not same_month(moment.date(), day)]
            self.check_that(
                bool(lacking) or not needed or not looks, f"{where}, and all its files are in the bucket"
            )
            asked = marked.known is not None or day == self.today - timedelta(days=1)
            nothing_yet = watch.first_found == date.max and asked
            self.check_that(nothing_yet or day >= watch.first_found, f"{where}, and history begins later")
            over = name == WHOLE or day < self.today
            self.check_that(self.expected(name, day) and over, f"{where}, and nothing is expected")
        elif self.expected(name, day) and self.is_over(name, day) and day >= watch.begins:
            self.check_that(not lacking and bool(needed), f"{where}, is no gap, and lacks {lacking or 'all'}")

    def needed(self, name: str, day: date) -> list[tuple[File, int]]:
        """The files of a data day, each with the first version that will do."""
        if name == WHOLE:
            return self.wholes.get(day, [])
        program = self.programs[name]
        days = [one for one in program.files if same_month(one, day)] if name == REPORTS else [day]
        return [(file, -1) for one in days for file in program.files.get(one, ()) if not file.late]

    def is_settled(self, needed: list[tuple[File, int]], moment: datetime) -> bool:
        """Whether all were finished long enough before a look."""
        return all(file.changed <= moment - SETTLE for file, _version in needed)

    def prefix(self, name: str, file: File) -> str:
        return self.watches[name].prefix

    def expected(self, name: str, day: date) -> bool:
        return name != DUMPS or self.is_working_day(day)

    def is_over(self, name: str, day: date) -> bool:
        return day < self.today and (name != REPORTS or not same_month(day, self.today))

    def check_that(self, right: bool, message: str) -> None:
        if not right:
            self.fail(message)

    def fail(self, message: str) -> None:
        last = "\n".join(self.diary[-LINES:])
        pytest.fail(f"MOCHOK_YEAR_SEED={self.seed}, {self.today}: {message}\n{last}")


def in_dated_folder(day: date, number: int) -> tuple[str, str]:
    return f"{day}/{number}.sql", f"{day:%Y/%m/%d}/{number}.sql"


def in_nested_folders(day: date, number: int) -> tuple[str, str]:
    return f"{day:%Y/%m/%d}/{number}.csv", f"{day:%Y/%m/%d}/{number}.csv"


def with_date_in_name(day: date, number: int) -> tuple[str, str]:
    return f"shop-{day:%Y%m%d}-{number}.gz", f"all/shop-{day:%Y%m%d}-{number}.gz"


def in_month_folder(day: date, number: int) -> tuple[str, str]:
    return f"{day:%Y/%m}/{day:%d}-{number}.pdf", f"{day:%Y/%m}/{day:%d}-{number}.pdf"


def in_one_folder(day: date, number: int) -> tuple[str, str]:
    return f"{day}-{number}.txt", f"now/{day}-{number}.txt"


def same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def play(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, nights: int) -> Year:
    """So many nights from one seed."""
    seed = int(os.environ.get("MOCHOK_YEAR_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nMOCHOK_YEAR_SEED={seed}, {nights} nights")
    for name, value in workspace.environment({}).items():
        monkeypatch.setenv(name, value)
    year = Year(workspace, seed, monkeypatch)
    for _ in range(nights):
        year.night()
    print(json.dumps(year.counts, indent=1), dict(year.marks), year.runs)
    return year


def test_sixty_nights_show_no_day_wrongly(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outages, holidays, late and half-written files, changed destinations, wrong clocks, wrong dates: no day
    is complete whose bytes are not in the bucket, and no day whose bytes are is a gap.
    """
    year = play(workspace, monkeypatch, 60)
    assert year.marks[DayMark.COMPLETE] > 1000


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_year_of_nights_shows_no_day_wrongly(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, long enough for everything to happen."""
    year = play(workspace, monkeypatch, 365)
    assert all(year.counts.values()), year.counts

"""May logs and history be removed by age? A wrong clock must not decide that. Pure.

One run of a machine whose clock is ten years ahead would remove everything. So the clock is compared with the
earlier runs: if it jumped, nothing is removed in that run. The next run compares with that one, or, once the
clock is right again, with the runs before it; so the warning ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mochok.records.history import RunRecord

RUNS_COMPARED = 20
MOST_DAYS_AHEAD = 60
BACK = timedelta(hours=1)
"""A smaller step back is a correction of the clock."""


def clock_jump(now: datetime, newest_first: Sequence[RunRecord]) -> str:
    """How the clock contradicts the latest runs, as a sentence; "" if it fits them, or there are none.

    It jumped back if the last run began more than an hour from now, and ahead if the newest run that is not
    in the future began more than 60 days ago.
    """
    if not newest_first:
        return ""
    last = newest_first[0].started
    past = [run.started for run in newest_first if run.started <= now + BACK]
    if last <= now + BACK and now - max(past) <= timedelta(days=MOST_DAYS_AHEAD):
        return ""
    earlier = (last if last > now + BACK else max(past)).astimezone(now.tzinfo)
    return (
        f"this machine's clock says {now:%Y-%m-%d %H:%M}, but the newest earlier run was on"
        f" {earlier:%Y-%m-%d %H:%M}"
    )

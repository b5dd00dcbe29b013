"""What goes wrong in a round of the soak test: drawn from the dice, so that a seed repeats it."""

from __future__ import annotations

import random

from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.faults import (
    change_answer,
    one_byte_a_second,
    refuse,
    reset_before_the_answer,
    reset_before_the_body,
    reset_in_the_answer,
    reset_in_the_body,
    stay_silent,
)

Kind = tuple[str, Fault]

ANYWHERE: tuple[Kind, ...] = (
    ("503", refuse(503, "SlowDown")),
    ("429", refuse(429, "TooManyRequests")),
    ("500", refuse(500, "InternalError")),
    ("403", refuse(403, "AccessDenied")),
    ("expired", refuse(400, "ExpiredToken")),
    ("reset before the body", reset_before_the_body),
    ("reset in the body", reset_in_the_body),
    ("reset before the answer", reset_before_the_answer),
    ("reset in the answer", reset_in_the_answer),
    ("no bucket", refuse(404, "NoSuchBucket")),
)
SILENT: Kind = ("silence", stay_silent)
SLOW: Kind = ("a byte a second", one_byte_a_second)
"""Not for uploads: the engine waits for a slow answer as long as it comes, and that is seven minutes then."""
LISTINGS: tuple[Kind, ...] = (
    ("a listing cut short", change_answer(lambda body: body[: len(body) // 2])),
    ("a listing of a hotel", change_answer(lambda _body: b"<html>Please log in</html>")),
)
OPERATIONS = (
    "PutObject", "PutObject", "PutObject", "UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload",
    "ListObjectsV2", "ListObjectsV2", "DeleteObjects", "HeadBucket",
)  # fmt: skip


def plan_faults(proxy: FaultProxy, dice: random.Random) -> list[str]:
    """Up to four faults for the next run; returns what they are."""
    told = []
    for _ in range(dice.randint(0, 4)):
        operation = dice.choice(OPERATIONS)
        kinds = ANYWHERE + ((SILENT,) if dice.random() < 0.1 else ())
        if operation == "ListObjectsV2":
            kinds += (*LISTINGS, SLOW)
        name, fault = dice.choice(kinds)
        after, times = dice.randint(0, 12), dice.choice((1, 1, 2, 4, None))
        if operation == "HeadBucket" and name == "no bucket":
            continue  # the run would make the bucket, which is there
        proxy.when(operation, after=after, times=times, do=fault)
        told.append(f"{name} for {operation} after {after}, {times or 'all'} times")
    return told

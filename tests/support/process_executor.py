"""Carries out shards in other processes, as ``run.context.Executor`` describes; nothing but data travels."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from mochok.clock import Stop
from mochok.model import KeyRange
from mochok.plan.planner import Shard
from mochok.run.job import Job
from mochok.run.pipeline import Pipeline
from mochok.run.shards import ShardOutcome, ShardTask, run_shard
from mochok.storage.contract import ObjectStore, Sent, Unsent
from mochok.storage.settings import OpenSettings
from mochok.storage.stores import Stores

OUTSTANDING = 4
_stores: dict[OpenSettings, ObjectStore] = {}


def run_elsewhere(message: bytes) -> bytes:
    """Runs in the other process: a task as bytes in, an outcome as bytes out. One store for all shards."""
    task: ShardTask = pickle.loads(message)
    if task.opening not in _stores:
        _stores[task.opening] = Stores(Stop()).open(task.opening, lambda _level, _message: None)
    return pickle.dumps(run_shard(task, _stores[task.opening]))


class ProcessExecutor:
    """Carries out one job's shards in the processes of ``pool``; ``tasks`` counts them."""

    def __init__(self, job: Job, pool: ProcessPoolExecutor) -> None:
        self._job = job
        self._pool = pool
        self.tasks = 0

    def __call__(self, pipeline: Pipeline, store: ObjectStore) -> Iterator[Sent | Unsent]:
        nothing_there = next(iter(store.list(KeyRange())), None) is None
        pipeline.begin()
        running: deque[tuple[Shard, Future[bytes]]] = deque()
        for shard in pipeline.shards():
            running.append((shard, self._submit(pipeline, shard, send_not_listed=nothing_there)))
            if len(running) == OUTSTANDING:
                yield from self._take(pipeline, store, *running.popleft())
        while running:
            yield from self._take(pipeline, store, *running.popleft())
        pipeline.counts.complete = True

    def _submit(self, pipeline: Pipeline, shard: Shard, *, send_not_listed: bool) -> Future[bytes]:
        self.tasks += 1
        known, job = tuple(pipeline.known(shard.files).values()), self._job
        task = ShardTask(
            shard, known, pipeline.rules, job.opening, job.paths.source, job.symlinks, send_not_listed
        )
        return self._pool.submit(run_elsewhere, pickle.dumps(task))

    def _take(
        self, pipeline: Pipeline, store: ObjectStore, shard: Shard, running: Future[bytes]
    ) -> Iterator[Sent | Unsent]:
        found: ShardOutcome = pickle.loads(running.result())
        pipeline.count(found.plan)
        for left_out in found.left_out:
            pipeline.leave_out(left_out)
        for _upload in pipeline.admitted(outcome.upload for outcome in found.outcomes):
            pass  # counted here, sent there
        yield from found.outcomes
        yield from store.upload(pipeline.released(shard))

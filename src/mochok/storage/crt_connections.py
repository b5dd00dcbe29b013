"""The connections to one server, which all stores there share: HTTP of our own, and awscrt's S3 clients.

Uploads go through the engine, everything else through ``http_client``. The engine keeps its connections by
host name alone, so each (scheme, host, port, region, identity) has clients of its own. It closes a connection
that was idle for five seconds.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import Any

from awscrt.auth import AwsCredentials, AwsCredentialsProvider, aws_sign_request
from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientTlsContext, TlsContextOptions
from awscrt.s3 import S3Client, S3RequestTlsMode, S3RetryConfig, S3RetryMode, create_default_s3_signing_config

from mochok import open_files
from mochok.errors import CertificateError, PrerequisiteError
from mochok.storage.crt_call import Call, carry_out
from mochok.storage.crt_watch import AnswerWatch
from mochok.storage.http_client import HttpClient, Request, Trust
from mochok.storage.identity import Credentials
from mochok.storage.session import Session
from mochok.storage.workers import Workers

PART_ATTEMPTS = 5
_REQUESTS_AT_ONCE = 32
_MEMORY_LIMIT_BYTES = 256 * 1024 * 1024
_THROUGHPUT_TARGET_GBPS = 50.0
_ENGINES_OWN_CHOICE = 300


class Connections:
    """One identity's connections to one ``server``, for one region. Thread-safe. ``files`` is how many files
    and connections may be open for them, as far as that can be controlled.

    Raises PrerequisiteError or CertificateError if the engine cannot start.
    """

    def __init__(self, session: Session, region: str, server: tuple[bool, str, int], files: int) -> None:
        self.session = session
        self.files = files
        self.region = region
        self._signing: tuple[Credentials | None, Any] = (None, None)
        self._secure = server[0]
        access = session.access
        trust = Trust(access.verify_tls, session.ca_bundle)
        self._http = HttpClient(server, trust, access.connect_timeout_seconds)
        self._workers = Workers(min(_REQUESTS_AT_ONCE, files // 3))
        self._lock = threading.Lock()
        self._watch: AnswerWatch | None = None
        self._single: S3Client | None = None
        self._multipart: S3Client | None = None

    def start(self, call: Call, request: Request) -> None:
        """Send ``request``, signed; its answer, or the reason why there is none, arrives in ``call``."""
        self._workers.submit(partial(carry_out, call, self._http, partial(self._signed, request)))

    def _signed(self, request: Request) -> Request:
        """``request`` with the headers that prove who sends it, as the engine adds them to an upload."""
        if (config := self.signing) is None:
            return request
        unsigned = HttpRequest(request.method, request.target, HttpHeaders(list(request.headers)))
        signed = aws_sign_request(unsigned, config.replace(date=datetime.now(UTC))).result()
        return request._replace(headers=tuple(signed.headers))

    @property
    def signing(self) -> Any:
        """How single uploads are signed, without a call back into Python for each; None if they are not."""
        credentials = self.session.credentials
        known, config = self._signing  # one tuple, so that no thread sees half of a renewal
        if credentials is not known:
            config = self._sign_with(AwsCredentialsProvider.new_static(*credentials)) if credentials else None
            self._signing = credentials, config
        return config

    def _sign_with(self, provider: AwsCredentialsProvider) -> Any:
        return create_default_s3_signing_config(region=self.region, credential_provider=provider)

    def _current_credentials(self) -> AwsCredentials:
        """For uploads in parts: the engine's threads ask for every part."""
        credentials = self.session.credentials
        assert credentials is not None  # a session that signs goes on doing so
        return AwsCredentials(*credentials)

    @property
    def single(self) -> S3Client:
        """The client for uploads that are one request."""
        with self._lock:
            if self._single is None:
                self._single = self._new_client(S3RetryConfig(retry_mode=S3RetryMode.NONE))
            return self._single

    @property
    def multipart(self) -> S3Client:
        """The client for multipart uploads, which retries parts itself."""
        with self._lock:
            if self._multipart is None:
                self._multipart = self._new_client(S3RetryConfig(max_retries=PART_ATTEMPTS))
            return self._multipart

    @property
    def _most_connections(self) -> int | None:
        """Of one client; None: the engine decides, as there are plenty."""
        of_one_client = self.files // 3
        return None if of_one_client > _ENGINES_OWN_CHOICE else of_one_client

    @property
    def cut(self) -> int:
        """How many connections were shut down because an answer did not end."""
        return self._watch.cut if self._watch is not None else 0

    def _new_client(self, retries: S3RetryConfig) -> S3Client:
        self._watch = self._watch or AnswerWatch()
        signed = self.session.credentials is not None
        renewed = AwsCredentialsProvider.new_delegate(self._current_credentials) if signed else None
        open_files.patiently(open_files.check_room_for_engine)
        try:
            return S3Client(
                region=self.region,
                tls_mode=S3RequestTlsMode.ENABLED if self._secure else S3RequestTlsMode.DISABLED,
                tls_connection_options=_tls_options(self.session) if self._secure else None,
                signing_config=self._sign_with(renewed) if renewed else None,
                throughput_target_gbps=_THROUGHPUT_TARGET_GBPS,
                memory_limit=_MEMORY_LIMIT_BYTES,
                max_active_connections_override=self._most_connections,
                retry_config=retries,
                connect_timeout_ms=self.session.access.connect_timeout_seconds * 1000,
            )
        except AwsCrtError as error:
            raise PrerequisiteError(f"the S3 engine cannot start: {error}") from error

    def close(self) -> None:
        """Wait until the engine has closed every connection, 5 s at most. Idempotent."""
        self._workers.close()
        self._http.close()
        if self._watch is not None:
            self._watch.close()
        events = [client.shutdown_event for client in (self._single, self._multipart) if client is not None]
        self._single = self._multipart = None
        for event in events:
            event.wait(5)


def _tls_options(session: Session) -> Any:
    options = TlsContextOptions()
    options.verify_peer = session.access.verify_tls
    bundle = session.ca_bundle
    if bundle and session.access.verify_tls:
        try:
            options.override_default_trust_store_from_path(None, bundle)
        except OSError as error:
            raise CertificateError(f"the ca_bundle {bundle} cannot be read: {error.strerror}") from error
    try:
        return ClientTlsContext(options).new_connection_options()
    except (AwsCrtError, RuntimeError) as error:
        raise CertificateError(f"the ca_bundle {bundle} holds no certificates: {error}") from error

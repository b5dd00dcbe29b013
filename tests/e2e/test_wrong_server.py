"""The address leads to a web server instead of an S3 server, or the profile to no file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.harness import DAY, Workspace

PAGES = {
    "console": b"<!DOCTYPE html><html><head><title>Console</title></head><body>Login</body></html>",
    "proxy": b"<!-- a comment -->\n<HTML>\n<BODY>Blocked</BODY></HTML>",
}


@contextmanager
def web_server(status: int, page: bytes) -> Iterator[str]:
    """Answers every request with ``page``; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, *_arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 405])
def test_a_web_page_is_named_with_a_hint_to_the_address(workspace: Workspace, status: int, page: str) -> None:
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    with web_server(status, PAGES[page]) as address:
        workspace.configure(workspace.configuration(destination={"endpoint_url": address}))
        result = workspace.sync("--quiet").must(1)

    assert "web page" in result.flat
    assert "it is no S3 server" in result.flat
    assert "check host and port of endpoint_url" in workspace.log()


@pytest.mark.parametrize("command", ["sync", "install", "validate"])
def test_a_missing_profile_names_the_files_that_were_read(workspace: Workspace, command: str) -> None:
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(destination={"aws_profile": "nightly"}))
    (workspace.home / ".aws").mkdir()
    (workspace.home / ".aws" / "config").write_text("[profile daily]\nregion = us-east-1\n")
    env = {"AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": None}
    arguments = ["sync", "--quiet", "--target-date", DAY] if command == "sync" else [command]

    result = workspace.run(*arguments, env=env).must(2 if command == "validate" else 3)

    folder = workspace.home / ".aws"
    assert f"{folder}/config and {folder}/credentials (does not exist)" in result.flat

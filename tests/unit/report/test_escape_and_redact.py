"""What is written to logs: one line an event, and no credentials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mochok.redact import redacted
from mochok.report.text.escape import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.csv", "plain name.csv"),
        ("año/ñandú 日本 😀", "año/ñandú 日本 😀"),
        ("C:\\Data\\new", "C:\\Data\\new"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\x85\x9b", "\\u0085\\u009b"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("\u2066x\u2069\u2028\u2029\ufeff", "\\u2066x\\u2069\\u2028\\u2029\\ufeff"),
        ("caf\udce9", "caf\\udce9"),
        ("no-break\u00a0space", "no-break\u00a0space"),
    ],
)
def test_names_are_shown_so_that_they_cannot_disturb_a_line(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(some.text(some.characters(exclude_categories=())))
def test_whatever_the_text_it_becomes_one_line_of_valid_utf8(text: str) -> None:
    shown = printable(text)
    assert len(shown.encode("utf-8").splitlines()) <= 1
    assert len(shown.splitlines()) <= 1


SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    "text",
    [
        f"aws_secret_access_key = {SECRET}",
        f"SecretAccessKey: {SECRET}",
        f'{{"SecretAccessKey": "{SECRET}"}}',
        f"Authorization: AWS4-HMAC-SHA256 Credential=X/20250101, SignedHeaders=host, Signature={SECRET}",
        f"'authorization': 'AWS4-HMAC-SHA256 Signature={SECRET}'",
        f"GET http://host/bucket/key?X-Amz-Algorithm=A&X-Amz-Signature={SECRET}&x=1",
        f"x-amz-security-token: {SECRET}",
        f"aws_session_token={SECRET}",
        f"http://user:{SECRET.replace('/', '')}@host/bucket",
        f"password={SECRET}",
        f"Bearer {SECRET}",
        f"token IQoJb3JpZ2luX2Vj{SECRET}",
        f"https://b.s3.amazonaws.com/k?AWSAccessKeyId=X&Signature={SECRET}",
        f'"password": "two words {SECRET}"',
        f"--sse-c-key={SECRET}",
        f"- --sse-c-key {SECRET}",
        f'sync_options: ["--sse-c-key", "{SECRET}"]',
        f"url=http://host/path, password: {SECRET}",
        f'{{"url": "a/b","token":"{SECRET}"}}',
        f"GET /a/b?token={SECRET}",
        f"'a: b/c\\npassword: {SECRET}'",
        f"x/token={SECRET}",
    ],
)
def test_credentials_do_not_get_out(text: str) -> None:
    shown = redacted(text)
    assert SECRET not in shown
    assert SECRET.replace("/", "") not in shown
    assert "***" in shown


def test_access_key_ids_are_shortened_so_that_two_can_be_told_apart() -> None:
    assert redacted("key AKIAIOSFODNN7EXAMPLE refused") == "key AKIA...MPLE refused"
    assert redacted("(ASIAIOSFODNN7EXAMPL2)") == "(ASIA...MPL2)"


@pytest.mark.parametrize(
    "text",
    [
        "tokens of 2025/secret plans.txt",
        "s3://bucket/2025/01/14",
        "Uploaded asia/akia.csv (12 bytes; new)",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709.bin",
        "http://127.0.0.1:8333/bucket",
        "--sse-c and --sse-c-key belong together",
        "keep it in a file and write --sse-c-key=fileb://PATH",
        "/etc/passwd:3:1: cannot be read",
        "passwd:3:1: must be a section",
        "C:\\Data\\secret:12:5: unknown key",
        "C:\\Data\\my-token: Permission denied",
        "\\\\files01\\share\\password: no permission to read it",
        "Failed 2025/01/14/password: no permission to read it",
        "the file /run/secrets/token: Permission denied",
        "--metadata=partner-token=${TOKEN}",
        "password: ${file:/run/secrets/password}",
        "reports/ASIAPACIFICQUARTERLYREPORT.pdf",
        "x-amz-request-id: 4442587FB7D0A2F9, x-amz-id-2: abcdef/+=",
    ],
)
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    assert redacted(text) is text

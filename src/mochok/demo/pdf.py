"""A small valid PDF, written by hand: a catalogue, one page, one font, two lines of text."""

from __future__ import annotations

A4_BOX = b"[0 0 595 842]"
FONTS = b"<< /Font << /F1 5 0 R >> >>"


def one_page_pdf(title: str, line: str) -> bytes:
    """A one-page PDF 1.4 document that shows ``title`` and ``line`` (Latin-1 letters)."""
    text = f"BT /F1 24 Tf 72 720 Td ({_escaped(title)}) Tj 0 -36 Td ({_escaped(line)}) Tj ET"
    stream = text.encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources %s >>" % (A4_BOX, FONTS),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _assembled(objects)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembled(objects: list[bytes]) -> bytes:
    """Number the objects and write the cross-reference table with their offsets (PDF 1.4, section 3.4)."""
    document = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    document += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    document += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(document)

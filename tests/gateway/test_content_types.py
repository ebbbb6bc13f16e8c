"""What a file is by its content, and what its name may be."""

from __future__ import annotations

import io
import zipfile

import pytest

from gateway.content_types import checked_type
from gateway.uploads import clean_name
from shared.errors import Invalid

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 40
GIF = b"GIF89a\x01\x00\x01\x00" + b"\x00" * 40
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 40
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
EXE = b"MZ\x90\x00" + b"\x00" * 100
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def zipped() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    return output.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (PNG, "a.png", "image/png"), (JPEG, "a.JPG", "image/jpeg"), (GIF, "a.gif", "image/gif"), (WEBP, "a.webp", "image/webp"),
        (PDF, "合同.pdf", "application/pdf"), (OLE, "a.xls", "application/vnd.ms-excel"), (MP4, "a.mp4", "video/mp4"),
        (zipped(), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"), (zipped(), "a.zip", "application/zip"),
        ("你好".encode(), "a.txt", "text/plain"), (b"a,b\n1,2", "a.csv", "text/csv"), ("a".encode("utf-16"), "a.txt", "text/plain"),
        (HTML, "a.html", "application/octet-stream"), (SVG, "a.svg", "application/octet-stream"), (EXE, "a.exe", "application/octet-stream"),
        (b"#!/bin/sh\n", "run.sh", "application/octet-stream"), (b"anything", "a.xyz", "application/octet-stream"),
    ],
)  # fmt: skip
def test_type_is_that_of_the_content(content: bytes, name: str, found: str) -> None:
    assert checked_type(content, name) == found


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "a.png"), (PNG, "a.pdf"), (EXE, "a.pdf"), (EXE, "a.txt"), (EXE, "a.jpg"), (EXE, "a.xyz"), (b"\x7fELF\x02\x01", "a.csv"),
        (b"#!/bin/sh\nrm", "a.txt"), (HTML, "a.png"), (SVG, "a.jpg"), (b"text", "a.zip"), (zipped(), "a.xls"), (PNG, "a.txt"),
        (b"\x00\x01", "a.csv"), (b"", "a.png"), (b"x", "a.gif"),
    ],
)  # fmt: skip
def test_name_that_says_something_else_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_type(content, name)
    assert refused.value.errors == {"file": [("content_differs_from_name", {"file_name": name})]}


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("C:\\Users\\me\\合同.pdf", "合同.pdf"), ("../../etc/passwd", "passwd"), ("a\x00b\r\nc.txt", "abc.txt"), ("gnp\u202e.exe", "gnp.exe"),
        ("...", "file"), (" .hidden ", "hidden"), ("x" * 300 + ".pdf", "x" * 117 + ".pdf"), ("a" * 300, "a" * 120), ("e\u0301.txt", "é.txt"),
    ],
)  # fmt: skip
def test_name_is_made_sane(given: str, clean: str) -> None:
    assert clean_name(given) == clean

"""Taking a file out of a multipart request: one file, within its limit, hashed, with a sane name."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.body import TooLarge, UnsupportedMediaType
from shared.bus.blocking import run_blocking
from shared.errors import Invalid

MIB = 1024 * 1024
FORM = 64 * 1024
LONGEST_NAME = 120
HEAD = 8192


@dataclass(frozen=True)
class Upload:
    """A file as it came: `head` is its beginning, `form` the other fields."""

    stream: BinaryIO
    name: str
    size: int
    sha256: str
    head: bytes
    form: dict[str, str]


def received(*, max_mib: int) -> Upload:
    """The file of the request. What is large waits in a temporary file, which goes with the request.

    Raises UnsupportedMediaType, TooLarge, Invalid.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("send_multipart")
    request.max_content_length = max_mib * MIB + FORM
    try:
        file, form = request.files.get("file"), request.form
    except RequestEntityTooLarge:
        raise TooLarge("file_too_large", max=max_mib) from None
    if file is None or not file.filename:
        raise Invalid.field("file", "required")
    if len(list(request.files.items(multi=True))) > 1:
        raise Invalid.field("file", "one_file_only")
    stream: BinaryIO = file.stream  # type: ignore[assignment]
    size, digest, head = run_blocking(_measured, stream)
    if size > max_mib * MIB:
        raise TooLarge("file_too_large", max=max_mib)
    if size == 0:
        raise Invalid.field("file", "file_is_empty")
    return Upload(stream, clean_name(file.filename), size, digest, head, form.to_dict())


def clean_name(given: str) -> str:
    """A file's name for people to read: no folders, no invisible or control characters, not too long; never used as a path."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 20:
        return name[:LONGEST_NAME] or "file"
    return stem[: LONGEST_NAME - len(ending)] + dot + ending


def _measured(stream: BinaryIO) -> tuple[int, str, bytes]:
    stream.seek(0)
    digest, size, head = hashlib.sha256(), 0, b""
    while piece := stream.read(MIB):
        digest.update(piece)
        size += len(piece)
        head = head or piece[:HEAD]
    stream.seek(0)
    return size, digest.hexdigest(), head

"""What a file is, by its content; the name only has to agree. What a browser might run is never called by its own type."""

from __future__ import annotations

import puremagic

from shared.errors import Invalid

OPAQUE = "application/octet-stream"
OPEN_XML = "application/vnd.openxmlformats-officedocument"
BY_CONTENT = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "zip": "application/zip", "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed", "gz": "application/gzip", "mp3": "audio/mpeg", "mp4": "video/mp4", "wav": "audio/wav",
    "docx": f"{OPEN_XML}.wordprocessingml.document", "xlsx": f"{OPEN_XML}.spreadsheetml.sheet",
    "pptx": f"{OPEN_XML}.presentationml.presentation", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}  # fmt: skip
TEXTS = {
    "txt": "text/plain",
    "csv": "text/csv",
    "md": "text/plain",
    "json": "application/json",
    "log": "text/plain",
    "eml": "message/rfc822",
}
ZIPPED = frozenset({"zip", "docx", "xlsx", "pptx"})
OLE = frozenset({"doc", "xls", "ppt"})
SIGNATURES = {"zip": b"PK\x03\x04", "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
PROGRAM_NAMES = frozenset({"exe", "dll", "com", "sys", "msi", "scr", "bin", "so", "sh", "py", "pl", "rb", "class", "app", "elf", ""})


def checked_type(head: bytes, name: str) -> str:
    """The media type of a file that begins with `head`. Raises Invalid when the content is not what the name says."""
    stem, _, ending = name.casefold().rpartition(".")
    ending = ending if stem else ""
    if head.startswith(PROGRAMS) and ending not in PROGRAM_NAMES:
        raise _differs(name)
    if ending in BY_CONTENT:
        if not _is(ending, head):
            raise _differs(name)
        return BY_CONTENT[ending]
    if ending in TEXTS:
        if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _differs(name)
        return TEXTS[ending]
    return OPAQUE


def _is(ending: str, head: bytes) -> bool:
    if ending in ZIPPED:
        return head.startswith(SIGNATURES["zip"])
    if ending in OLE:
        return head.startswith(SIGNATURES["ole"])
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return False
    return bool(found & {BY_CONTENT[ending], *SPELLINGS.get(ending, ())})


SPELLINGS = {
    "bmp": {"image/x-ms-bmp", "image/x-bmp"}, "rar": {"application/x-rar-compressed", "application/x-rar"}, "gz": {"application/x-gzip"},
    "mp3": {"audio/mp3", "audio/x-mp3"}, "wav": {"audio/x-wav", "audio/wave", "audio/vnd.wave"}, "mp4": {"video/x-m4v", "audio/mp4"},
}  # fmt: skip
"""Other names of the same types."""


def _differs(name: str) -> Invalid:
    return Invalid.field("file", "content_differs_from_name", file_name=name)

"""Where files are kept: a folder on local disk, or a bucket of an S3-compatible store. Keys are random; names stay in tables."""

from __future__ import annotations

import io
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from shared.bus.blocking import run_blocking
from shared.errors import Unavailable
from shared.settings import Settings

CHUNK = 64 * 1024
KEY = re.compile(r"[a-z_]{1,40}/[0-9a-f]{2}/[0-9a-f]{32}", re.ASCII)


class FileStore(Protocol):
    """A place for files. Every method raises Unavailable when the place cannot be reached."""

    def put(self, key: str, stream: BinaryIO) -> None:
        """Keep what the stream holds under a key: all of it or nothing. The same key again replaces it."""

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        """The same with what is only being made: piece by piece, in the caller's own thread. Raises what the pieces raise."""

    def open(self, key: str) -> BinaryIO:
        """A stream of the file, to be closed. Raises Unavailable when there is none."""

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is as good as removed."""


def new_key(service: str) -> str:
    """A fresh random key: "customer/3f/3f09…", so that no folder grows too large."""
    name = uuid.uuid4().hex
    return f"{service}/{name[:2]}/{name}"


def file_store(settings: Settings) -> FileStore:
    """The store the settings name."""
    if settings.files_url:
        return S3Store(settings)
    return DiskStore(settings.data_dir / "files")


class DiskStore:
    """Files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, stream: BinaryIO) -> None:
        run_blocking(self._put, self._path(key), stream)

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        path = self._path(key)
        with _half_of(path) as half:
            with half.open("wb") as output:
                for piece in pieces:
                    output.write(piece)
            run_blocking(_complete, half, path)

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except OSError:
            raise Unavailable("files_unavailable") from None

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
            # What a process left that was killed while it wrote.
            for half in path.parent.glob(f"{path.name}.*.half"):
                half.unlink(missing_ok=True)
        except OSError:
            raise Unavailable("files_unavailable") from None

    def _put(self, path: Path, stream: BinaryIO) -> None:
        with _half_of(path) as half:
            with half.open("wb") as output:
                shutil.copyfileobj(stream, output, CHUNK)
            _complete(half, path)

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)


class S3Store:
    """Objects in a bucket. The store itself keeps an object only when all of it came."""

    def __init__(self, settings: Settings) -> None:
        # Only who uses it pays for the library's size.
        import boto3
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        # A part after the other: what makes the pieces runs in one thread.
        self._in_turn = TransferConfig(use_threads=False)
        self._refusals = (BotoCoreError, ClientError)
        self._bucket = settings.files_url.removeprefix("s3://")
        self._client: Any = boto3.client(
            "s3", endpoint_url=settings.files_endpoint or None, region_name=settings.files_region,
            aws_access_key_id=settings.files_access_key or None, aws_secret_access_key=settings.files_secret_key or None,
            config=Config(connect_timeout=3, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"}, max_pool_connections=50),
        )  # fmt: skip

    def put(self, key: str, stream: BinaryIO) -> None:
        try:
            self._client.put_object(Bucket=self._bucket, Key=_checked(key), Body=stream)
        except self._refusals:
            raise Unavailable("files_unavailable") from None

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        stream = io.BufferedReader(_Pieces(pieces), CHUNK)
        try:
            self._client.upload_fileobj(stream, self._bucket, _checked(key), Config=self._in_turn)
        except self._refusals:
            raise Unavailable("files_unavailable") from None

    def open(self, key: str) -> BinaryIO:
        try:
            body: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=_checked(key))["Body"]
        except self._refusals:
            raise Unavailable("files_unavailable") from None
        return body

    def delete(self, key: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=_checked(key))
        except self._refusals:
            raise Unavailable("files_unavailable") from None
        # Where nobody may ask for these, the bucket's own rule takes them (docs/operators).
        with suppress(*self._refusals):
            self._abort_uploads(key)

    def _abort_uploads(self, key: str) -> None:
        """Take away what a process left that was killed while it wrote."""
        found = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
        for upload in found.get("Uploads", ()):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"])


class _Pieces(io.RawIOBase):
    """Pieces as a stream to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._pieces)
            except StopIteration:
                return 0
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a key of the file store")
    return key


@contextmanager
def _half_of(path: Path) -> Iterator[Path]:
    """Another name to write a file under first: a file with its own name is whole."""
    half = path.with_suffix(f".{uuid.uuid4().hex}.half")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield half
    except OSError:
        raise Unavailable("files_unavailable") from None
    finally:
        half.unlink(missing_ok=True)


def _complete(half: Path, path: Path) -> None:
    _sync(half)
    half.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

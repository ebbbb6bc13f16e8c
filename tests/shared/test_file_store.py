"""The file store on disk and in an S3-compatible server, and the list of files that belong to nobody."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shared import clock
from shared.errors import Conflict, Unavailable
from shared.file_keys import StrayFile, keep, reserve
from shared.files import FileStore, file_store, new_key
from shared.settings import SettingError, Settings
from tests.shared.library import LibraryService

BUCKET = "highseas-files"
KEYS = {"files_access_key": "test", "files_secret_key": "test"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3-compatible server with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", endpoint_url=url, region_name="us-east-1", **access).create_bucket(Bucket=BUCKET)
    yield url
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "disk":
        return file_store(Settings(data_dir=tmp_path))
    return file_store(Settings(files_url=f"s3://{BUCKET}", files_endpoint=request.getfixturevalue("s3"), **KEYS))


def test_what_is_put_comes_back_until_it_is_deleted(store: FileStore) -> None:
    key = new_key("library")
    content = bytes(range(256)) * 5000
    store.put(key, io.BytesIO(content))
    with store.open(key) as stream:
        assert stream.read(1000) + stream.read() == content
    store.put(key, io.BytesIO(b"other"))
    with store.open(key) as stream:
        assert stream.read() == b"other"
    store.delete(key)
    store.delete(key)
    with pytest.raises(Unavailable):
        store.open(key)


def pieces(size: int, *, broken: bool = False) -> Iterator[bytes]:
    for number in range(size // 50_000):
        yield bytes([number % 256]) * 50_000
    if broken:
        raise KeyError("no more")


@pytest.mark.parametrize("size", [0, 100_000, 20_000_000])
def test_what_is_only_being_made_is_kept_piece_by_piece(store: FileStore, size: int) -> None:
    key = new_key("library")
    store.write(key, pieces(size))
    with store.open(key) as stream:
        assert stream.read() == b"".join(pieces(size))


@pytest.mark.parametrize("size", [100_000, 20_000_000])
def test_what_breaks_while_it_is_made_is_not_there(store: FileStore, size: int) -> None:
    key = new_key("library")
    with pytest.raises(KeyError):
        store.write(key, pieces(size, broken=True))
    with pytest.raises(Unavailable):
        store.open(key)


def test_what_a_killed_process_left_goes_with_the_key(tmp_path: Path) -> None:
    store, key = file_store(Settings(data_dir=tmp_path)), new_key("library")
    left = tmp_path / "files" / f"{key}.0f.half"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a file")
    store.write(key, iter([b"whole"]))
    store.delete(key)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_parts_that_a_killed_process_left_in_a_bucket_go_with_the_key(s3: str) -> None:
    """A real process is killed in the middle of an upload; who removes the file that never came to be removes its parts."""
    key, other = new_key("library"), new_key("library")
    script = f"""
import os, signal
from shared.files import file_store
from shared.settings import Settings
def pieces():
    for number in range(400):
        yield bytes([number % 256]) * 50_000
    os.kill(os.getpid(), signal.SIGKILL)
file_store(Settings(files_url="s3://{BUCKET}", files_endpoint="{s3}", files_access_key="test", files_secret_key="test")).write("KEY", pieces())
"""
    for one in (key, other):
        killed = subprocess.run([sys.executable, "-W", "ignore", "-c", script.replace("KEY", one)], capture_output=True, timeout=150)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client: Any = boto3.client("s3", endpoint_url=s3, region_name="us-east-1", **access)

    def left() -> set[str]:
        return {one["Key"] for one in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())}

    assert left() == {key, other}
    store = file_store(Settings(files_url=f"s3://{BUCKET}", files_endpoint=s3, **KEYS))
    store.delete(key)
    assert left() == {other}
    store.delete(other)
    assert left() == set()


@pytest.mark.parametrize("key", ["../../etc/passwd", "library/ab/../x", "/etc/passwd", "", "library/ab/" + "A" * 32])
def test_key_is_never_a_path(store: FileStore, key: str) -> None:
    for act in (
        lambda: store.open(key),
        lambda: store.put(key, io.BytesIO(b"x")),
        lambda: store.write(key, iter([b"x"])),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="not a key"):
            act()


def test_stream_that_breaks_leaves_no_half_file(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise OSError("gone")
            return super().read(10)

    store = file_store(Settings(data_dir=tmp_path))
    with pytest.raises(Unavailable):
        store.put(new_key("library"), Broken(b"x" * 100))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_store_that_is_away_is_unavailable() -> None:
    away = Settings(files_url=f"s3://{BUCKET}", files_endpoint="http://127.0.0.1:9", **KEYS)
    with pytest.raises(Unavailable):
        file_store(away).open(new_key("library"))


def test_address_of_a_store_that_cannot_be_one_is_named() -> None:
    with pytest.raises(SettingError, match="HIGHSEAS_FILES_URL"):
        Settings.from_env({"HIGHSEAS_FILES_URL": "ftp://files"})


@pytest.mark.parametrize("patch", ["import eventlet; eventlet.monkey_patch()", "from gevent import monkey; monkey.patch_all()"])
def test_both_stores_work_in_a_service_and_in_the_gateway(s3: str, tmp_path: Path, patch: str) -> None:
    """Both run on green threads, with sockets replaced before anything else is imported."""
    script = f"""
{patch}
import io
from shared.files import file_store, new_key
from shared.settings import Settings
from pathlib import Path
s3 = Settings(files_url="s3://{BUCKET}", files_endpoint="{s3}", files_access_key="test", files_secret_key="test")
for settings in (s3, Settings(data_dir=Path("{tmp_path}"))):
    store, key = file_store(settings), new_key("library")
    store.put(key, io.BytesIO(b"green"))
    print(store.open(key).read().decode())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=150)
    assert (done.stdout.split(), done.returncode) == (["green", "green"], 0), done.stderr


def test_reserved_key_is_kept_once_and_otherwise_removed_after_an_hour(door_of: Any) -> None:
    door = door_of(LibraryService)
    now = clock.now()
    with door.database.transaction() as db:
        kept, left, late = (reserve(db, "library", moment) for moment in (now, now - timedelta(hours=2), now - timedelta(hours=2)))
    store = file_store(door.settings)
    for key in (kept, left):
        store.put(key, io.BytesIO(b"x"))
    with door.database.transaction() as db:
        keep(db, kept, now)
    for key in (kept, late):
        with pytest.raises(Conflict), door.database.transaction() as db:
            keep(db, key, now)
    door.tick("remove_stray_files")
    with store.open(kept) as stream:
        assert stream.read() == b"x"
    with pytest.raises(Unavailable):
        store.open(left)
    with door.database.transaction(read=True) as db:
        assert db.query(StrayFile).count() == 0

"""Certificates for servers of the tests, signed by an authority of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

SIGNED = (
    ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Authority",
     "-addext", "keyUsage=critical,keyCertSign"),
    ("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"),
    ("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem", "-days", "2",
     "-extfile", "names"),
)  # fmt: skip


def sign(folder: Path) -> None:
    """Put `server.pem` and `server.key` into a folder, good for "localhost" and no other name, and the authority's `ca.pem`."""
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    for arguments in SIGNED:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

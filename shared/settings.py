"""All settings of the suite. The only reader of the environment; everyone else is handed a `Settings`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.codes import currencies, time_zones
from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES


class SettingError(Exception):
    """A setting that cannot be used; the text is one clear line that names it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set, each as HIGHSEAS_<NAME IN CAPITALS>.

    `database_url` is a server URL (postgresql+psycopg://…, one schema per service) or empty for SQLite files
    under `data_dir`. `amqp_url` is empty where the local runner starts a private broker. `probe_port` is where each service answers probes,
    0 for nowhere. `proxies` is how many stand before the gateway, each adding whom it speaks for. `language`, `time_zone` and `currency` are what a new organisation starts with. Rate limits count per gateway worker
    as long as `rate_limit_storage` is memory; a shared one ("redis://…") makes them count together. `files_url` is "s3://bucket" with
    `files_endpoint` and keys where files are kept in an S3-compatible store, or empty for `data_dir`/files. `keep_events_days` is how long a
    service remembers the events it sent and handled and the answers it gave, to know what comes a second time.
    """

    port: int = 8080
    host: str = "127.0.0.1"
    probe_port: int = 0
    proxies: int = 0
    data_dir: Path = Path("var")
    web_dir: Path = Path("web/dist")
    amqp_url: str = ""
    database_url: str = ""
    admin_password: str = ""
    demo: bool = False
    language: str = DEFAULT_LANGUAGE
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    gateway_workers: int = 2
    service_workers: int = 10
    rpc_timeout_seconds: float = 5.0
    rate_limit: str = "1000/second"
    login_rate_limit: str = "100/second"
    rate_limit_storage: str = "memory://"
    token_key: str = ""
    access_token_seconds: int = 600
    refresh_token_days: int = 14
    public_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "SSO"
    files_url: str = ""
    files_endpoint: str = ""
    files_region: str = "us-east-1"
    files_access_key: str = ""
    files_secret_key: str = ""
    attachment_max_mib: int = 20
    import_max_mib: int = 20
    keep_events_days: int = 30
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read HIGHSEAS_* variables. Raises SettingError with one line that names the wrong one."""
        source = os.environ if environ is None else environ
        values = {
            name: _convert(f"HIGHSEAS_{name.upper()}", source[f"HIGHSEAS_{name.upper()}"], type(field.default))
            for name, field in cls.__dataclass_fields__.items()
            if source.get(f"HIGHSEAS_{name.upper()}", "").strip()
        }
        settings = cls(**values)  # type: ignore[arg-type]
        settings._check()
        return settings

    def database_for(self, service: str) -> str:
        """The SQLAlchemy URL of a service's own database."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / service}.sqlite3"

    def _check(self) -> None:
        if self.time_zone not in time_zones():
            raise SettingError(f"HIGHSEAS_TIME_ZONE: {self.time_zone!r} is not a time zone")
        if self.currency not in currencies():
            raise SettingError(f"HIGHSEAS_CURRENCY: {self.currency!r} is not the code of a currency")
        if self.language not in LANGUAGES:
            raise SettingError(f"HIGHSEAS_LANGUAGE: {self.language!r} is none of {', '.join(LANGUAGES)}")
        self._check_numbers()
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise SettingError("HIGHSEAS_OIDC_CLIENT_ID and HIGHSEAS_OIDC_CLIENT_SECRET: needed with HIGHSEAS_OIDC_ISSUER")
        if self.database_url and not self.database_url.startswith("postgresql"):
            raise SettingError("HIGHSEAS_DATABASE_URL: only postgresql URLs are supported; leave it empty for SQLite")
        if self.files_url and not re.fullmatch(r"s3://[a-z0-9.-]{3,63}", self.files_url):
            raise SettingError("HIGHSEAS_FILES_URL: must be s3://bucket; leave it empty to keep files under the data folder")

    def _check_numbers(self) -> None:
        if not 0 < self.port < 65536:
            raise SettingError(f"HIGHSEAS_PORT: {self.port} is not a port")
        if not 0 <= self.probe_port < 65536:
            raise SettingError(f"HIGHSEAS_PROBE_PORT: {self.probe_port} is not a port")
        if not 0 <= self.proxies <= 10:
            raise SettingError(f"HIGHSEAS_PROXIES: {self.proxies} is not a number of proxies")
        if not 1 <= self.keep_events_days <= 36500:
            raise SettingError(f"HIGHSEAS_KEEP_EVENTS_DAYS: {self.keep_events_days} is not a number of days")


def _convert(name: str, raw: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[raw.strip().lower()]
        if issubclass(kind, Path):
            return Path(raw)
        return {int: int, float: float, str: str}[kind](raw.strip())
    except (KeyError, ValueError) as error:
        raise SettingError(f"{name}: {raw!r} is not a {kind.__name__}") from error

"""The door of a service without any framework: loads, opens the transaction, commits, answers.

The Nameko adapter, the tests and any future transport call the same three methods: `handle_rpc`, `run_handler`,
`run_timer`. Here, and nowhere else, a transaction of a service is committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import structlog
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from shared import clock
from shared.bus.calls import Asker, Call, Prepare, RpcSpec, TimerSpec, body_of
from shared.bus.idempotency import Repeat
from shared.bus.service import Service
from shared.caller import Caller
from shared.contracts.base import event_class
from shared.db.engine import Database
from shared.errors import AppError, Conflict, DeadlineExceeded, Internal, Invalid, Malformed, NotFound, StaleVersion, problem
from shared.i18n import best_language
from shared.schema import dumper, field_errors
from shared.settings import Settings

log = structlog.get_logger(__name__)


class Door:
    """One service, ready to be called.

    `on_commit` is called after each commit that put an event into the outbox: the relay's nudge. `stopping` is set when the process is about to end.
    """

    def __init__(self, service: type[Service], settings: Settings, database: Database, asker: Asker | None = None) -> None:
        self.service = service()
        self.settings = settings
        self.database = database
        self.asker = asker
        self.on_commit: Callable[[], None] = lambda: None
        self.stopping = threading.Event()
        self._specs = service.rpcs()
        self._package = service.package()
        self._loaders, self._dumpers = _shapes(service)  # type: ignore[arg-type]  # mypy takes a class for its instance

    def handle_rpc(self, method: str, kwargs: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
        """Answer a call: {"status", "body"}, or {"status", "problem"} with a problem document. Never raises.

        Headers: `caller` (JSON of a Caller), `request_id`, `language`, `deadline` (epoch milliseconds), `idempotency_key`.
        """
        caller = Caller.system()
        try:
            caller = _caller(headers)
            return self._answer(method, kwargs, caller, headers)
        except AppError as error:
            return self._refusal(error, caller)
        except Exception:
            log.exception("rpc_failed", method=method, request_id=caller.request_id)
            return self._refusal(Internal(), caller)

    def run_handler(self, name: str, envelope: dict[str, Any], db: Session) -> None:
        """Run one event handler in the given session. Raises whatever the handler raises, UnknownEvent, ValueError."""
        event = event_class(envelope["publisher"], envelope["name"]).decode(envelope["data"])
        told_by = envelope.get("caller")
        caller = Caller.from_header(told_by).on_channel("event") if told_by else Caller.system(channel="event")
        call = self._call(caller)
        self._open(call, db)
        getattr(self.service, name)(call, event)
        db.flush()

    def run_timer(self, name: str) -> None:
        """Run one timer until it has nothing left to do. Raises whatever it raises."""
        timer = self.service.timers()[name]
        while self._run_once(timer, self._call(Caller.system(channel="timer"))):
            time.sleep(0)  # lets others work in between

    def _run_once(self, timer: TimerSpec, call: Call) -> Any:
        if timer.transaction:
            return self._write(call, lambda open_call: timer.run(self.service, open_call))
        return timer.run(self.service, call)

    def _answer(self, method: str, kwargs: dict[str, Any], caller: Caller, headers: dict[str, Any]) -> dict[str, Any]:
        _refuse_late(headers)
        spec = self._specs.get(method)
        if spec is None:
            raise NotFound("unknown_method", method=method)
        data = self._load(spec, kwargs)
        call = self._call(caller)
        key = str(headers.get("idempotency_key") or "")
        repeat = Repeat.of(caller.user_id, key, method, self._compared(spec, kwargs)) if key and not spec.read else None
        if spec.read:
            return self._run_read(spec, call, data)
        return self._run_write(spec, call, data, repeat, again=lambda: self._load(spec, kwargs))

    def _compared(self, spec: RpcSpec, kwargs: dict[str, Any]) -> dict[str, Any]:
        """What tells one call under a key from another. What is only ever told to us, as a password, could be guessed from a plain hash."""
        schema = self._loaders[spec.name]
        if schema is None or kwargs.keys().isdisjoint(name for name, field in schema.fields.items() if field.load_only):
            return kwargs
        # Only who keeps secrets needs what seals them.
        from shared.vault import vault_of

        return {"proof": vault_of(self.settings).proof_of(kwargs)}

    def _run_read(self, spec: RpcSpec, call: Call, data: dict[str, Any]) -> dict[str, Any]:
        self._before(spec.prepare, call, data)

        def work(db: Session) -> dict[str, Any]:
            self._open(call, db)
            return self._finish(spec, call, spec.run(self.service, call, **data))

        return self.database.run(work, read=True)

    def _run_write(
        self, spec: RpcSpec, call: Call, data: dict[str, Any], repeat: Repeat | None, *, again: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        try:
            try:
                return self._prepared(spec, call, data, repeat)
            except (Invalid, NotFound, Conflict):
                if spec.learn is None:
                    raise
                data = again()
                self._before(spec.learn, call, data)
                return self._prepared(spec, call, data, repeat)
        except AppError:
            # Two requests with one key at once: the loser may fail on what the winner did. It gets the winner's answer.
            known = self._answered(repeat)
            if known:
                return known
            raise

    def _prepared(self, spec: RpcSpec, call: Call, data: dict[str, Any], repeat: Repeat | None) -> dict[str, Any]:
        self._before(spec.prepare, call, data)
        answer: dict[str, Any] = self._write(call, lambda open_call: self._once(spec, open_call, data, repeat))
        return answer

    def _before(self, prepare: Prepare | None, call: Call, data: dict[str, Any]) -> None:
        if prepare is None:
            return
        try:
            prepare(call, data)
        except IntegrityError:
            # What it asked about was learned by somebody else at the same moment: now it is known.
            prepare(call, data)

    def _once(self, spec: RpcSpec, call: Call, data: dict[str, Any], repeat: Repeat | None) -> dict[str, Any]:
        known = repeat.answer(call.db) if repeat else None
        if known:
            return known
        answer = self._finish(spec, call, spec.run(self.service, call, **data))
        if repeat:
            repeat.remember(call.db, _without(answer, spec.secrets), call.now)
        return answer

    def _answered(self, repeat: Repeat | None) -> dict[str, Any] | None:
        return self.database.run(repeat.answer, read=True) if repeat else None

    def _finish(self, spec: RpcSpec, call: Call, result: Any) -> dict[str, Any]:
        call.db.flush()
        body = self._dumpers[spec.name](call, result)
        nothing_done = spec.batch and body["failed"] and not body["succeeded"]
        return {"status": 409 if nothing_done else spec.status, "body": body}

    def _write(self, call: Call, work: Callable[[Call], Any]) -> Any:
        published: list[bool] = []

        def in_transaction(db: Session) -> Any:
            self._open(call, db)
            result = work(call)
            db.flush()
            published[:] = [db.info.pop("published", False)]
            return result

        try:
            result = self.database.run(in_transaction)
        except IntegrityError as error:
            raise self._clash(error) from error
        except StaleDataError as error:
            raise StaleVersion from error
        finally:
            call.session = None
        if published[0]:
            self.on_commit()
        return result

    def _open(self, call: Call, db: Session) -> None:
        call.session = db
        call.begin(db)

    def _load(self, spec: RpcSpec, kwargs: dict[str, Any]) -> dict[str, Any]:
        schema = self._loaders[spec.name]
        if schema is None:
            if kwargs:
                raise Invalid(errors={name: [("unknown_field", {})] for name in kwargs})
            return {}
        try:
            data: dict[str, Any] = schema.load(kwargs)
        except ValidationError as error:
            errors = field_errors(error, schema)
            raise (Malformed(errors=errors) if schema.reads_query else Invalid(errors=errors)) from error
        return data

    def _call(self, caller: Caller) -> Call:
        return Call(
            caller=caller, now=clock.now(), settings=self.settings, database=self.database, package=self._package,
            asker=self._asked if self.asker else None, clash=self._clash, writer=self._write, stopping=self.stopping,
        )  # fmt: skip

    def _asked(self, method: str, kwargs: dict[str, Any], caller: Caller, **bounds: Any) -> Any:
        """What `Call.ask` is answered. A service that asks itself does not wait for a worker of its own: all of them may be asking."""
        service, _, name = method.partition(".")
        if service == self.service.name:
            # A message would let others work meanwhile.
            time.sleep(0)
            return body_of(self.handle_rpc(name, kwargs, {"caller": caller.to_header(), "request_id": caller.request_id}))
        assert self.asker is not None
        return self.asker(method, kwargs, caller, **bounds)

    def _refusal(self, error: AppError, caller: Caller) -> dict[str, Any]:
        told = problem(error, language=caller.language, request_id=caller.request_id, package=self._package)
        return {"status": error.status, "problem": told}

    def _clash(self, error: IntegrityError) -> AppError:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or str(error.orig)
        for column, (field, code) in self.service.unique.items():
            if column in constraint or column.replace(".", "_") in constraint:
                return Conflict(code, errors={field: [(code, {})]})
        log.warning("constraint_violated", constraint=constraint)
        return Conflict("changed_meanwhile")


def _caller(headers: dict[str, Any]) -> Caller:
    header = headers.get("caller")
    request_id = str(headers.get("request_id") or "")
    try:
        caller = Caller.from_header(header) if header else Caller(user_id=None)
    except ValueError:
        raise Malformed("unreadable_caller") from None
    language = headers.get("language") or caller.language
    return replace(caller, request_id=request_id or caller.request_id, language=best_language(language))


def _without(answer: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    if not secrets:
        return answer
    return answer | {"body": {name: value for name, value in answer["body"].items() if name not in secrets}}


def _refuse_late(headers: dict[str, Any]) -> None:
    deadline = headers.get("deadline")
    if deadline is not None and clock.now().timestamp() * 1000 > float(deadline):
        raise DeadlineExceeded()


@cache
def _shapes(service: type[Service]) -> tuple[dict[str, Any], dict[str, Callable[[Call, Any], Any]]]:
    """How what a service's methods are given is read, and how what they answer is written."""
    specs = service.rpcs()
    return {name: _loader(spec) for name, spec in specs.items()}, {name: _dumper(spec) for name, spec in specs.items()}


def _loader(spec: RpcSpec) -> Any:
    if spec.takes is None:
        return None
    schema = spec.takes()
    schema.reads_query = spec.read
    return schema


def _dumper(spec: RpcSpec) -> Callable[[Call, Any], Any]:
    if spec.resource is not None:
        return spec.resource.dump_many if spec.many else spec.resource.dump_one  # type: ignore[no-any-return]
    if spec.gives is None:
        return lambda call, result: result
    dump = dumper(spec.gives)
    if spec.many:
        return lambda call, result: [dump(item) for item in result]
    return lambda call, result: dump(result)

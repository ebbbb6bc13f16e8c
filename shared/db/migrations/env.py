"""The one Alembic environment of all services; `shared.db.migrate` hands it the connection and the metadata."""

from __future__ import annotations

from typing import Any

from alembic import context

from shared.db import types as column_types


def _render(kind: str, obj: Any, autogen_context: Any) -> Any:
    """Write our column types as `types.MoneyType()` in version files."""
    if kind == "type" and type(obj).__module__ == column_types.__name__:
        autogen_context.imports.add("from shared.db import types")
        return f"types.{obj!r}"
    return False


attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    render_item=_render,
    render_as_batch=attributes["connection"].dialect.name == "sqlite",
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()

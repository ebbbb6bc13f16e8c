"""append-only ledger

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        "CREATE TRIGGER pool_ledger_no_update BEFORE UPDATE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER pool_ledger_no_delete BEFORE DELETE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION pool_ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER pool_ledger_guard BEFORE UPDATE OR DELETE ON pool_ledger FOR EACH ROW EXECUTE FUNCTION pool_ledger_guard()",
        "CREATE TRIGGER pool_ledger_no_truncate BEFORE TRUNCATE ON pool_ledger FOR EACH STATEMENT EXECUTE FUNCTION pool_ledger_guard()",
    ],
}


def upgrade() -> None:
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pool_ledger_guard() CASCADE")
    else:
        op.execute("DROP TRIGGER pool_ledger_no_update")
        op.execute("DROP TRIGGER pool_ledger_no_delete")

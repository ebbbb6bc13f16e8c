"""find users by e-mail, whatever the case

Written by hand: an index over an expression is not seen when versions are generated on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_users_email", "users", [sa.text("lower(email)")])


def downgrade() -> None:
    op.drop_index("ix_users_email", table_name="users")

"""ticket conversations: several may be about one ticket"""

import sqlalchemy as sa
from alembic import op

revision = "b7d1e94c3a58"
down_revision = "f4a1c8e2d735"
branch_labels = None
depends_on = None


def upgrade() -> None:
    condition = sa.text("ticket_id IS NOT NULL")
    op.create_index(
        "ix_conversation_ticket_id",
        "conversation",
        ["ticket_id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_ticket_id", "conversation")

"""moderation: what a message is suspected of, and what a person made of it"""

import sqlalchemy as sa
from alembic import op

revision = "a7d3f0c81b52"
down_revision = "f6d8c3b01e27"
branch_labels = None
depends_on = None

_SUSPECTED = sa.text("offence IS NOT NULL AND judgement IS NULL")


def _add_choice(column: str, constraint: str, *values: str) -> None:
    """Alembic would build SQLite's whole table anew for the CHECK."""
    listed = ", ".join(f"'{value}'" for value in values)
    op.execute(
        f"ALTER TABLE message ADD COLUMN {column} VARCHAR(40)"
        f" CONSTRAINT ck_message_{constraint} CHECK ({column} IN ({listed}))"
    )


def upgrade() -> None:
    _add_choice("offence", "offence", "abuse", "spam")
    op.add_column("message", sa.Column("offence_words", sa.String(400)))
    _add_choice("judgement", "judgement", "released", "confirmed")
    op.add_column("message", sa.Column("judged_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_message_suspected",
        "message",
        ["id"],
        sqlite_where=_SUSPECTED,
        postgresql_where=_SUSPECTED,
    )


def downgrade() -> None:
    # Without the queue nobody would ever see what is in it: it waits for a person instead.
    op.execute(
        "UPDATE conversation SET status = 'open',"
        " waiting_since = coalesce(waiting_since, last_message_at),"
        " needed_since = coalesce(waiting_since, last_message_at),"
        " needed_rank = CASE WHEN emergency_at IS NULL THEN 1 ELSE 0 END"
        " WHERE id IN (SELECT conversation_id FROM message"
        " WHERE offence IS NOT NULL AND judgement IS NULL)"
    )
    op.drop_index("ix_message_suspected", "message")
    for column in ("judged_at", "judgement", "offence_words", "offence"):
        op.drop_column("message", column)

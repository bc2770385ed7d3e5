"""inbox views"""

import sqlalchemy as sa
from alembic import op

revision = "c1f0a4d2b7e9"
down_revision = "ab7c1655175b"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_conversation_channel_id": ("channel_id", "status", "last_message_at", "id"),
    "ix_conversation_assignee_id": ("assignee_id", "status", "last_message_at", "id"),
    "ix_conversation_office_id": ("office_id", "status", "last_message_at", "id"),
}
_PARTIAL = {
    "ix_conversation_unread": ("unread > 0", ("status", "last_message_at", "id")),
    "ix_conversation_needed": (
        "needed_since IS NOT NULL",
        ("status", "needed_rank", "needed_since", "id"),
    ),
}


def upgrade() -> None:
    rank = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("conversation", sa.Column("needed_since", sa.DateTime(timezone=True)))
    op.add_column(
        "conversation", sa.Column("needed_rank", rank, nullable=False, server_default=sa.text("1"))
    )
    op.drop_index("ix_conversation_assignee_id", "conversation")
    op.drop_index("ix_conversation_office_id", "conversation")
    for name, columns in _INDEXES.items():
        op.create_index(name, "conversation", columns)
    for name, (where, partial) in _PARTIAL.items():
        op.create_index(
            name,
            "conversation",
            partial,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.execute(
        "UPDATE conversation SET needed_since = coalesce(waiting_since, emergency_at),"
        " needed_rank = CASE WHEN emergency_at IS NULL THEN 1 ELSE 0 END,"
        " office_id = coalesce(office_id,"
        " (SELECT ticket.office_id FROM ticket WHERE ticket.id = conversation.ticket_id))"
    )


def downgrade() -> None:
    for name in (*_PARTIAL, *_INDEXES):
        op.drop_index(name, "conversation")
    op.drop_column("conversation", "needed_rank")
    op.drop_column("conversation", "needed_since")
    op.create_index("ix_conversation_assignee_id", "conversation", ["assignee_id"])
    op.create_index("ix_conversation_office_id", "conversation", ["office_id"])

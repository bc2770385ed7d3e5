"""outbox: what may have arrived, files on their way out, indexes of what waits for somebody"""

import sqlalchemy as sa
from alembic import op

revision = "b7d9a5e82c30"
down_revision = "a5d0f6b14c37"
branch_labels = None
depends_on = None

_STUCK = "state IN ('unconfirmed', 'dead') AND coalesce(error_code, '') <> 'settled'"
_NAMED = (
    "(description <> '' OR place <> '' OR lat IS NOT NULL OR reporter_name IS NOT NULL"
    " OR reporter_email IS NOT NULL OR contact_id IS NOT NULL OR conversation_id IS NOT NULL)"
)
_PARTIAL = {
    "ix_delivery_stuck": ("delivery", ("channel_id", "state"), _STUCK),
    "ix_delivery_stuck_id": ("delivery", ("id",), _STUCK),
    "ix_delivery_state": ("delivery", ("state",), "sent_at IS NULL"),
    "ix_delivery_kept": ("delivery", ("sent_at",), "state = 'sent' AND thread <> ''"),
    "ix_delivery_attachment_id": ("delivery", ("attachment_id",), "attachment_id IS NOT NULL"),
    "ix_ticket_named": (
        "ticket",
        ("closed_at",),
        f"closed_at IS NOT NULL AND {_NAMED}",
    ),
    "ix_staff_session_revoked": ("staff_session", ("revoked_at",), "revoked_at IS NOT NULL"),
}


def upgrade() -> None:
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.add_column(
        "delivery", sa.Column("maybe_sent", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("delivery", sa.Column("first_tried_at", sa.DateTime(timezone=True)))
    op.execute(  # Alembic would build SQLite's whole table anew for the reference
        f"ALTER TABLE delivery ADD COLUMN attachment_id {number}"
        " CONSTRAINT fk_delivery_attachment_id_attachment REFERENCES attachment (id)"
    )
    op.execute(
        "UPDATE delivery SET first_tried_at = created_at"
        " WHERE sent_at IS NULL AND (attempts > 0 OR state <> 'queued')"
    )
    op.execute(  # of a retry only the last result is known
        "UPDATE delivery SET maybe_sent = true WHERE state IN ('sending', 'unconfirmed')"
        " OR state = 'retry' AND (attempts > 1 OR error_code = 'unknown')"
    )
    op.drop_index("ix_delivery_state_id", "delivery")
    for name, (table, columns, where) in _PARTIAL.items():
        condition = sa.text(where)
        op.create_index(
            name, table, list(columns), sqlite_where=condition, postgresql_where=condition
        )
    op.create_index("ix_work_channel_id_lane_due_at", "work", ["channel_id", "lane", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_work_channel_id_lane_due_at", "work")
    for name, (table, _, _) in _PARTIAL.items():
        op.drop_index(name, table)
    for column in ("attachment_id", "first_tried_at", "maybe_sent"):
        op.drop_column("delivery", column)
    op.create_index("ix_delivery_state_id", "delivery", ["state", "id"])

"""growth: indexes of what waits, not of all there ever was"""

import sqlalchemy as sa
from alembic import op

revision = "a5d0f6b14c37"
down_revision = "f4c9e5a03b26"
branch_labels = None
depends_on = None

_OFFICE = ("office_id", "status", "last_message_at", "id")


def _partial(name: str, table: str, columns: tuple[str, ...], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    op.drop_index("ix_raw_item_channel_id_order_key_state", "raw_item")
    op.drop_index("ix_delivery_channel_id_thread_state", "delivery")
    op.drop_index("ix_conversation_office_id", "conversation")
    _partial("ix_raw_item_waiting", "raw_item", ("channel_id", "order_key"), "done_at IS NULL")
    _partial("ix_delivery_unsent", "delivery", ("channel_id", "thread"), "sent_at IS NULL")
    _partial(
        "ix_delivery_channel_id_native_id",
        "delivery",
        ("channel_id", "native_id"),
        "native_id IS NOT NULL",
    )
    _partial("ix_conversation_office_id", "conversation", _OFFICE, "office_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_conversation_office_id", "conversation")
    op.drop_index("ix_delivery_channel_id_native_id", "delivery")
    op.drop_index("ix_delivery_unsent", "delivery")
    op.drop_index("ix_raw_item_waiting", "raw_item")
    op.create_index("ix_conversation_office_id", "conversation", list(_OFFICE))
    op.create_index(
        "ix_delivery_channel_id_thread_state", "delivery", ["channel_id", "thread", "state"]
    )
    op.create_index(
        "ix_raw_item_channel_id_order_key_state", "raw_item", ["channel_id", "order_key", "state"]
    )

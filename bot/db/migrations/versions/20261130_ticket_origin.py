"""ticket origin: how a ticket came in, and a telephone number for a call back"""

import sqlalchemy as sa
from alembic import op

revision = "e5c7b2a90d16"
down_revision = "d2a4f8b1c57e"
branch_labels = None
depends_on = None

_NAMED = (
    "(description <> '' OR place <> '' OR lat IS NOT NULL OR reporter_name IS NOT NULL"
    " OR reporter_email IS NOT NULL{phone} OR contact_id IS NOT NULL"
    " OR conversation_id IS NOT NULL)"
)


def _index_named(phone: str) -> None:
    condition = sa.text(f"closed_at IS NOT NULL AND {_NAMED.format(phone=phone)}")
    op.create_index(
        "ix_ticket_named",
        "ticket",
        ["closed_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def upgrade() -> None:
    op.execute(  # Alembic would build SQLite's whole table anew for the CHECK
        "ALTER TABLE ticket ADD COLUMN origin VARCHAR(40) DEFAULT 'form' NOT NULL"
        " CONSTRAINT ck_ticket_ticketorigin"
        " CHECK (origin IN ('conversation', 'form', 'phone', 'counter'))"
    )
    op.execute("UPDATE ticket SET origin = 'conversation' WHERE conversation_id IS NOT NULL")
    op.add_column("ticket", sa.Column("reporter_phone", sa.String(40)))
    op.drop_index("ix_ticket_named", "ticket")
    _index_named(" OR reporter_phone IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_ticket_named", "ticket")
    _index_named("")
    op.drop_column("ticket", "reporter_phone")
    op.drop_column("ticket", "origin")

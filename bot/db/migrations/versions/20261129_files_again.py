"""files again: what is still to be fetched, and what an item is about"""

import sqlalchemy as sa
from alembic import op

revision = "f1b3e9c26a74"
down_revision = "d9f1c7a04e52"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _partial(name: str, table: str, columns: tuple[str, ...], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    op.add_column("raw_item", sa.Column("about", sa.String(520)))
    _partial("ix_raw_item_about", "raw_item", ("channel_id", "about"), "about IS NOT NULL")
    # What is stored already: a Matrix item bears the name of its message.
    op.execute(
        "UPDATE raw_item SET about = event_id"
        " WHERE channel_id IN (SELECT id FROM channel WHERE kind = 'matrix')"
    )
    op.create_table(
        "awaited_file",
        sa.Column("raw_item_id", _BIG, nullable=False),
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("tries", _BIG, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["raw_item_id"],
            ["raw_item.id"],
            name=op.f("fk_awaited_file_raw_item_id_raw_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_awaited_file_channel_id_channel")
        ),
        sa.PrimaryKeyConstraint("raw_item_id", name=op.f("pk_awaited_file")),
    )
    _partial("ix_awaited_file_due", "awaited_file", ("channel_id", "due_at"), "due_at IS NOT NULL")


def downgrade() -> None:
    op.drop_table("awaited_file")
    op.drop_index("ix_raw_item_about", "raw_item")
    op.drop_column("raw_item", "about")

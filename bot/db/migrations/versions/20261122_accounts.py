"""accounts, leases, reactions"""

import sqlalchemy as sa
from alembic import op

revision = "d2a7c3e81f04"
down_revision = "c1f0a4d2b7e9"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_STATES = ("active", "paused")
_TROUBLES = ("login", "settings", "rate", "unreachable", "garbage", "competing")


def _restate(*states: str) -> None:
    with op.batch_alter_table("channel", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint(op.f("ck_channel_channelstate"), type_="check")
        values = ", ".join(f"'{state}'" for state in states)
        table.create_check_constraint(op.f("ck_channel_channelstate"), f"state IN ({values})")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(120)),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("fence", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.add_column("channel", sa.Column("credentials", sa.Text()))
    op.add_column(
        "channel", sa.Column("version", _BIG, nullable=False, server_default=sa.text("0"))
    )
    _restate(*_STATES, "removed")
    op.create_table(
        "channel_health",
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("account_name", sa.String(255)),
        sa.Column("checked_at", _INSTANT),
        sa.Column("failing_since", _INSTANT),
        sa.Column(
            "trouble",
            sa.Enum(
                *_TROUBLES, name="trouble", native_enum=False, length=40, create_constraint=True
            ),
        ),
        sa.Column("detail", sa.String(255)),
        sa.Column("lag_seconds", sa.Double()),
        sa.Column("login_expires_at", _INSTANT),
        sa.Column("rate_left", _BIG),
        sa.Column("rate_resets_at", _INSTANT),
        sa.Column("blocked_until", _INSTANT),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channel.id"],
            name=op.f("fk_channel_health_channel_id_channel"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_health")),
    )
    op.add_column("message", sa.Column("unread", sa.String(40)))
    op.create_table(
        "reaction",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("message_id", _BIG, nullable=False),
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("contact_id", _BIG, nullable=False),
        sa.Column("native_id", sa.String(520), nullable=False),
        sa.Column("symbol", sa.String(80), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_reaction_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_reaction_channel_id_channel")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_reaction_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint(
            "channel_id", "native_id", name=op.f("uq_reaction_channel_id_native_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reaction_message_id"), "reaction", ["message_id"])
    op.create_index(op.f("ix_reaction_contact_id"), "reaction", ["contact_id"])


def downgrade() -> None:
    op.drop_table("reaction")
    op.drop_column("message", "unread")
    op.drop_table("channel_health")
    op.execute("UPDATE channel SET state = 'paused' WHERE state = 'removed'")
    _restate(*_STATES)
    op.drop_column("channel", "version")
    op.drop_column("channel", "credentials")
    op.drop_table("lease")

"""kind decision: which kinds of channels the city allows; what is in use on X stays allowed"""

import sqlalchemy as sa
from alembic import op

revision = "f6d8c3b01e27"
down_revision = "b7d1e94c3a58"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("active", "paused", "removed")


def _restate(*states: str) -> None:
    key = sa.Column("id", _BIG, sa.Identity(), primary_key=True)  # no number is given twice
    with op.batch_alter_table("channel", reflect_args=(key,)) as table:
        table.drop_constraint(op.f("ck_channel_channelstate"), type_="check")
        values = ", ".join(f"'{state}'" for state in states)
        table.create_check_constraint(op.f("ck_channel_channelstate"), f"state IN ({values})")


def upgrade() -> None:
    op.create_table(
        "kind_decision",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor_id", _BIG),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kind_decision_kind_id", "kind_decision", ["kind", "id"])
    op.execute(  # X is the only kind that is off until it is allowed
        "INSERT INTO kind_decision (kind, is_allowed, actor_kind, decided_at)"
        " SELECT 'x', true, 'system', CURRENT_TIMESTAMP"
        " WHERE EXISTS (SELECT 1 FROM channel WHERE kind = 'x' AND state <> 'removed')"
    )
    _restate(*_STATES, "forbidden")


def downgrade() -> None:
    op.execute("UPDATE channel SET state = 'paused' WHERE state = 'forbidden'")
    _restate(*_STATES)
    op.drop_table("kind_decision")

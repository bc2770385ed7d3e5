"""comments: below which post of ours they stand, whether they disapprove, and their alarm"""

import sqlalchemy as sa
from alembic import op

revision = "b8e4a1d92c63"
down_revision = "a7d3f0c81b52"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BELOW = sa.text("below IS NOT NULL")
_KINDS = (
    "emergency",
    "delivery_failed",
    "channel_silent",
    "channel_login",
    "log_ins_failed",
    "queue_stuck",
    "backup_failed",
    "disk_full",
    "process_gone",
    "test",
)
_SUBJECTS = (
    "conversation",
    "ticket",
    "channel",
    "user",
    "inbound",
    "outbound",
    "bulk",
    "data_folder",
    "database_folder",
    "backup",
    "city",
    "process_all",
    "process_web",
    "process_worker",
    "process_connectors",
    "process_scheduler",
)
_NEGATIVE = "negative_comments"


def _key() -> sa.Column[int]:
    """SQLite builds a table anew to change it, and must go on giving no number twice."""
    return sa.Column("id", _BIG, sa.Identity(), primary_key=True)


def _allow(kinds: tuple[str, ...], subjects: tuple[str, ...]) -> None:
    _check("alarm", {"alarmkind": ("kind", kinds), "subjectkind": ("subject_kind", subjects)})
    _check("alarm_route", {"alarmkind": ("kind", kinds)})


def _check(table: str, checks: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    with op.batch_alter_table(table, reflect_args=(_key(),)) as batch:
        for name, (column, values) in checks.items():
            constraint = op.f(f"ck_{table}_{name}")
            listed = ", ".join(f"'{value}'" for value in values)
            batch.drop_constraint(constraint, type_="check")
            batch.create_check_constraint(constraint, f"{column} IN ({listed})")


def upgrade() -> None:
    op.add_column("message", sa.Column("below", sa.String(520)))
    op.add_column(
        "message",
        sa.Column("negative", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_message_below",
        "message",
        ["channel_id", "below", "created_at"],
        sqlite_where=_BELOW,
        postgresql_where=_BELOW,
    )
    _allow((*_KINDS, _NEGATIVE), (*_SUBJECTS, "post"))


def downgrade() -> None:
    alarm = sa.table("alarm", sa.column("id"), sa.column("kind"))
    route = sa.table("alarm_route", sa.column("kind"))
    notice = sa.table("alarm_notice", sa.column("alarm_id"))
    gone = sa.select(alarm.c.id).where(alarm.c.kind == _NEGATIVE)
    op.execute(sa.delete(notice).where(notice.c.alarm_id.in_(gone)))
    op.execute(sa.delete(alarm).where(alarm.c.kind == _NEGATIVE))
    op.execute(sa.delete(route).where(route.c.kind == _NEGATIVE))
    _allow(_KINDS, _SUBJECTS)
    op.drop_index("ix_message_below", "message")
    op.drop_column("message", "negative")
    op.drop_column("message", "below")

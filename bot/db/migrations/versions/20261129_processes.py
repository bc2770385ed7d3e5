"""processes: who is there, and an alarm when one is gone"""

import sqlalchemy as sa
from alembic import op

revision = "c8e0b6f93d41"
down_revision = "f1b3e9c26a74"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_ROLES = ("all", "web", "worker", "connectors", "scheduler")
_KINDS = (
    "emergency",
    "delivery_failed",
    "channel_silent",
    "channel_login",
    "log_ins_failed",
    "queue_stuck",
    "backup_failed",
    "disk_full",
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
)
_GONE = "process_gone"
_PROCESSES = tuple(f"process_{role}" for role in _ROLES)


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
    op.create_table(
        "process",
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(*_ROLES, name="role", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_process")),
    )
    _allow((*_KINDS, _GONE), (*_SUBJECTS, *_PROCESSES))
    if op.get_bind().dialect.name == "sqlite":  # an earlier change of this table has forgotten it
        with op.batch_alter_table("channel", reflect_args=(_key(),), recreate="always"):
            pass


def downgrade() -> None:
    alarm = sa.table("alarm", sa.column("id"), sa.column("kind"))
    route = sa.table("alarm_route", sa.column("kind"))
    notice = sa.table("alarm_notice", sa.column("alarm_id"))
    gone = sa.select(alarm.c.id).where(alarm.c.kind == _GONE)
    op.execute(sa.delete(notice).where(notice.c.alarm_id.in_(gone)))
    op.execute(sa.delete(alarm).where(alarm.c.kind == _GONE))
    op.execute(sa.delete(route).where(route.c.kind == _GONE))
    _allow(_KINDS, _SUBJECTS)
    op.drop_table("process")

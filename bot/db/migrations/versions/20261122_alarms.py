"""alarms"""

import sqlalchemy as sa
from alembic import op

revision = "e3b8d4f92a15"
down_revision = "d2a7c3e81f04"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
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
_NOT_OVER = sa.text("state <> 'resolved'")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("kind", _choice("alarmkind", *_KINDS), nullable=False),
        sa.Column("subject_kind", _choice("subjectkind", *_SUBJECTS), nullable=False),
        sa.Column("subject_id", _BIG, nullable=False),
        sa.Column(
            "state", _choice("alarmstate", "open", "acknowledged", "resolved"), nullable=False
        ),
        sa.Column("count", _BIG, nullable=False),
        sa.Column("detail", sa.String(60), nullable=False),
        sa.Column("raised_at", _INSTANT, nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("acknowledged_by_id", _BIG),
        sa.Column("acknowledged_at", _INSTANT),
        sa.Column("escalated_at", _INSTANT),
        sa.Column("resolved_at", _INSTANT),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["user.id"], name=op.f("fk_alarm_acknowledged_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_alarm_kind_subject",
        "alarm",
        ["kind", "subject_kind", "subject_id"],
        unique=True,
        sqlite_where=_NOT_OVER,
        postgresql_where=_NOT_OVER,
    )
    op.create_index(op.f("ix_alarm_state_id"), "alarm", ["state", "id"])
    op.create_table(
        "alarm_route",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("kind", _choice("alarmkind", *_KINDS)),
        sa.Column("role", _choice("role", "admin", "manager", "office", "viewer")),
        sa.Column("way", _choice("way", "desk", "email", "webhook"), nullable=False),
        sa.Column("level", _choice("level", "first", "escalation"), nullable=False),
        sa.Column("url", sa.String(2000)),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_route")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alarm_notice",
        sa.Column("id", _BIG, sa.Identity(), nullable=False),
        sa.Column("alarm_id", _BIG, nullable=False),
        sa.Column("level", _choice("level", "first", "escalation"), nullable=False),
        sa.Column("way", _choice("way", "desk", "email", "webhook"), nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("url", sa.String(2000)),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column(
            "state", _choice("noticestate", "queued", "sending", "sent", "failed"), nullable=False
        ),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("error", sa.String(60)),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.ForeignKeyConstraint(
            ["alarm_id"],
            ["alarm.id"],
            name=op.f("fk_alarm_notice_alarm_id_alarm"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_alarm_notice_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_alarm_notice_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alarm_notice_alarm_id"), "alarm_notice", ["alarm_id"])
    op.create_index(op.f("ix_alarm_notice_state_due_at"), "alarm_notice", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("alarm_notice")
    op.drop_table("alarm_route")
    op.drop_table("alarm")

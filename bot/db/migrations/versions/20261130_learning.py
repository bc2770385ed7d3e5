"""learning: what people say a message meant, and the versions of the city's own model"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "e1d7a5c94b30"
down_revision = "d5a8c1f47b29"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_DOUBTED = sa.text("doubt IS NOT NULL AND correction_id IS NULL")
_CORRECTED = sa.text("correction_id IS NOT NULL")
_ACTIVE = sa.text("active")
_OWN = sa.table(
    "own_model",
    sa.column("id", _ID),
    sa.column("meta", sa.LargeBinary()),
    sa.column("arrays", sa.LargeBinary()),
    sa.column("stored_at", _INSTANT),
)
_VERSION = sa.table(
    "model_version",
    sa.column("name", sa.String()),
    sa.column("digest", sa.String()),
    sa.column("meta", sa.LargeBinary()),
    sa.column("arrays", sa.LargeBinary()),
    sa.column("refusals", sa.JSON()),
    sa.column("active", sa.Boolean()),
    sa.column("used_at", _INSTANT),
    sa.column("made_at", _INSTANT),
)


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("intents", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(60)),
        sa.Column("said_intents", sa.JSON(), nullable=False),
        sa.Column("said_category", sa.String(60)),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("judged_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_correction_user_id_user")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_judged_at", "correction", ["judged_at"])
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.add_column("turn_understanding", sa.Column("doubt", sa.Double()))
    op.execute(  # Alembic would build SQLite's whole table anew for the reference
        f"ALTER TABLE turn_understanding ADD COLUMN correction_id {number}"
        " CONSTRAINT fk_turn_understanding_correction_id_correction REFERENCES correction (id)"
    )
    op.create_index(
        "ix_turn_understanding_doubted",
        "turn_understanding",
        ["doubt", "id", "created_at"],
        sqlite_where=_DOUBTED,
        postgresql_where=_DOUBTED,
    )
    op.create_index(
        "ix_turn_understanding_correction_id",
        "turn_understanding",
        ["correction_id"],
        sqlite_where=_CORRECTED,
        postgresql_where=_CORRECTED,
    )
    op.create_table(
        "model_version",
        sa.Column("id", _ID, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("meta", sa.LargeBinary(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("base", sa.String(80)),
        sa.Column("corrections", _ID),
        sa.Column("figures", sa.JSON()),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("used_at", _INSTANT),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sa.UniqueConstraint("digest", name=op.f("uq_model_version_digest")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_model_version_user_id_user")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_model_version_active",
        "model_version",
        ["active"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    own = op.get_bind().execute(sa.select(_OWN)).one_or_none()
    if own is not None:
        op.get_bind().execute(
            _VERSION.insert().values(
                name=str(json.loads(own.meta)["name"])[:80],
                digest=hashlib.sha256(own.meta + b"\0" + own.arrays).hexdigest(),
                meta=own.meta,
                arrays=own.arrays,
                refusals=[],
                active=True,
                used_at=own.stored_at,
                made_at=own.stored_at,
            )
        )
    op.drop_table("own_model")


def downgrade() -> None:
    op.create_table(
        "own_model",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("meta", sa.LargeBinary(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_model")),
        sa.CheckConstraint("id = 1", name=op.f("ck_own_model_one")),
    )
    op.execute(
        "INSERT INTO own_model (id, meta, arrays, stored_at)"
        " SELECT 1, meta, arrays, made_at FROM model_version WHERE active"
    )
    op.drop_table("model_version")
    op.drop_index("ix_turn_understanding_correction_id", "turn_understanding")
    op.drop_index("ix_turn_understanding_doubted", "turn_understanding")
    op.drop_column("turn_understanding", "correction_id")
    op.drop_column("turn_understanding", "doubt")
    op.drop_table("correction")

"""streets: districts with their outlines, and streets, instead of the shipped example alone"""

import sqlalchemy as sa
from alembic import op

revision = "e9a2d5c7f148"
down_revision = "c3f9b7e20d84"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "district",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("outline", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_district")),
    )
    op.create_table(
        "street",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district"], ["district.slug"], name=op.f("fk_street_district_district")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
        sa.UniqueConstraint("key", "district", name=op.f("uq_street_key_district")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_street_district"), "street", ["district"])


def downgrade() -> None:
    op.drop_index(op.f("ix_street_district"), table_name="street")
    op.drop_table("street")
    op.drop_table("district")

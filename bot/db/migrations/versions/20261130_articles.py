"""articles: what the city knows, with its sources, and how long it holds"""

import sqlalchemy as sa
from alembic import op

revision = "d5a8c1f47b29"
down_revision = "e9a2d5c7f148"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", _KEY, sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("version", _KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", _KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["user.id"], name=op.f("fk_article_updated_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("slug", name=op.f("uq_article_slug")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_article_valid_in_order")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article_wording",
        sa.Column("article_id", _KEY, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_wording_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "language", name=op.f("pk_article_wording")),
    )


def downgrade() -> None:
    op.drop_table("article_wording")
    op.drop_table("article")

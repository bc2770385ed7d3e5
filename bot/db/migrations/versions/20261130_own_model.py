"""own_model: the model that a city has trained for itself"""

import sqlalchemy as sa
from alembic import op

revision = "d2a4f8b1c57e"
down_revision = "c8e0b6f93d41"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_model",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("meta", sa.LargeBinary(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_model")),
        sa.CheckConstraint("id = 1", name=op.f("ck_own_model_one")),
    )


def downgrade() -> None:
    op.drop_table("own_model")

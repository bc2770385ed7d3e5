"""judged: the newest judgements are found without reading all messages"""

import sqlalchemy as sa
from alembic import op

revision = "c3f9b7e20d84"
down_revision = "b8e4a1d92c63"
branch_labels = None
depends_on = None

_JUDGED = sa.text("judged_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_message_judged",
        "message",
        ["judged_at"],
        sqlite_where=_JUDGED,
        postgresql_where=_JUDGED,
    )


def downgrade() -> None:
    op.drop_index("ix_message_judged", "message")

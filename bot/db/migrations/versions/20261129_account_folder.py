"""account folder: in which data folder an account keeps what is not in the database"""

import sqlalchemy as sa
from alembic import op

revision = "d9f1c7a04e52"
down_revision = "b7d9a5e82c30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel", sa.Column("folder_id", sa.String(32)))
    op.add_column("channel", sa.Column("folder_host", sa.String(255)))


def downgrade() -> None:
    op.drop_column("channel", "folder_host")
    op.drop_column("channel", "folder_id")

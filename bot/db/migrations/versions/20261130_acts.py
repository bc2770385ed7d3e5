"""acts: what is done to messages that are out already, and what was put out of sight"""

import sqlalchemy as sa
from alembic import op

revision = "f4a1c8e2d735"
down_revision = "e5c7b2a90d16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(  # Alembic would build SQLite's whole table anew for the CHECK
        "ALTER TABLE delivery ADD COLUMN act VARCHAR(40) DEFAULT 'post' NOT NULL"
        " CONSTRAINT ck_delivery_act CHECK (act IN ('post', 'edit', 'delete', 'hide', 'show'))"
    )
    op.add_column("delivery", sa.Column("target", sa.String(520)))
    op.execute(
        "ALTER TABLE message ADD COLUMN moderated VARCHAR(40)"
        " CONSTRAINT ck_message_act CHECK (moderated IN ('post', 'edit', 'delete', 'hide', 'show'))"
    )


def downgrade() -> None:
    op.drop_column("message", "moderated")
    op.execute("DELETE FROM delivery WHERE act <> 'post'")
    op.drop_column("delivery", "target")
    op.drop_column("delivery", "act")

"""alarms"""

revision = "e3b8d4f92a15"
down_revision = "d2a7c3e81f04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

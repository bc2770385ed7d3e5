"""security"""

revision = "f4c9e5a03b26"
down_revision = "e3b8d4f92a15"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

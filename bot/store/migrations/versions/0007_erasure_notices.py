"""erasures that listeners of the event broker are still to hear of

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasure_notice',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('erasure_notice') as batch:
        batch.create_index(batch.f('ix_erasure_notice_conversation'), ['conversation'], unique=False)


def downgrade() -> None:
    op.drop_table('erasure_notice')

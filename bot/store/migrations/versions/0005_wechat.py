"""tables of the messaging platforms: deliveries, addresses, subscription consents, scenes

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('delivery',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('dedup', sa.String(length=64), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.Column('question', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('deliveries', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('owner', sa.String(length=80), nullable=True),
    sa.Column('due_at', sa.DateTime(), nullable=True),
    sa.Column('error', sa.String(length=60), nullable=True),
    sa.Column('seen_at', sa.DateTime(), nullable=True),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('dedup', name='uq_delivery_dedup')
    )
    op.create_index('ix_delivery_conversation', 'delivery', ['conversation'], unique=False)
    op.create_index('ix_delivery_created_at', 'delivery', ['created_at'], unique=False)
    op.create_index('ix_delivery_due', 'delivery', ['state', 'due_at'], unique=False)
    op.create_table('address',
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=True),
    sa.Column('granted_at', sa.DateTime(), nullable=True),
    sa.Column('remaining', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('conversation')
    )
    op.create_table('subscription_consent',
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('template', sa.String(length=64), nullable=False),
    sa.Column('remaining', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'template')
    )
    op.create_table('scene',
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('nonce')
    )


def downgrade() -> None:
    for table in ('scene', 'subscription_consent', 'address', 'delivery'):
        op.drop_table(table)

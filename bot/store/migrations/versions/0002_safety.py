"""tables of the safety rules: emergencies, audit, vault, consent, erasures, cool-downs

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

INDEXES = (("episode", "conversation"), ("shown", "conversation"), ("shown", "entry"), ("shown", "at"),
           ("vault", "conversation"), ("vault", "until"), ("erasure", "subject"))


def upgrade() -> None:
    op.create_table('episode',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('signs', sa.String(length=20), nullable=False),
    sa.Column('sign', sa.String(length=60), nullable=True),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=20), nullable=True),
    sa.Column('taken_by', sa.String(length=60), nullable=True),
    sa.Column('taken_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('shown',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=True),
    sa.Column('entry', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('vault',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('consent',
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('given_at', sa.DateTime(), nullable=False),
    sa.Column('words_version', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'purpose')
    )
    op.create_table('erasure',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('cooldown',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key', 'what')
    )
    for table, column in INDEXES:
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    for table in ('cooldown', 'erasure', 'consent', 'vault', 'shown', 'episode'):
        op.drop_table(table)

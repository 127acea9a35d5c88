"""whose family code a binding was made with, so that it ends with her erasure; and who is still to be told that it did

Revision ID: 0008
Revises: 0007
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

DAY = timedelta(days=1)     # a family code's life: what was given before this revision began that long before its end


def upgrade() -> None:
    op.create_table('ended_grant',
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('conversation')
    )
    op.add_column('erasure', sa.Column('ended', sa.Integer(), server_default='0', nullable=False))
    op.add_column('hospital_code', sa.Column('granted_by', sa.String(length=64), nullable=True))
    op.add_column('hospital_code', sa.Column('granted_at', sa.DateTime(), nullable=True))
    op.add_column('hospital_binding', sa.Column('granted_by', sa.String(length=64), nullable=True))
    op.create_index('ix_hospital_code_granted_by', 'hospital_code', ['granted_by'], unique=False)
    op.create_index('ix_hospital_binding_granted_by', 'hospital_binding', ['granted_by'], unique=False)
    _known()


def _known() -> None:
    """What was allowed before: by the conversation in which the patient herself is bound, the first of several."""
    times = sa.DateTime()
    code = sa.table('hospital_code', *(sa.column(x) for x in ('code', 'patient_id', 'relation', 'granted_by')),
                    sa.column('until', times), sa.column('granted_at', times))
    binding = sa.table('hospital_binding', *(sa.column(x) for x in ('id', 'conversation', 'patient_id', 'relation', 'granted_by')))
    connection = op.get_bind()
    own = sa.select([binding.c.patient_id, binding.c.conversation]).where(binding.c.relation == 'self').order_by(binding.c.id.desc())
    for patient, conversation in connection.execute(own).fetchall():
        hers = {'granted_by': conversation}
        connection.execute(binding.update().where(binding.c.patient_id == patient, binding.c.relation == 'family').values(**hers))
        connection.execute(code.update().where(code.c.patient_id == patient, code.c.relation == 'family').values(**hers))
    given = sa.select([code.c.code, code.c.until]).where(code.c.relation == 'family', code.c.until.is_not(None))
    for name, until in connection.execute(given).fetchall():
        connection.execute(code.update().where(code.c.code == name).values(granted_at=until - DAY))


def downgrade() -> None:
    op.drop_index('ix_hospital_binding_granted_by', table_name='hospital_binding')
    op.drop_index('ix_hospital_code_granted_by', table_name='hospital_code')
    with op.batch_alter_table('hospital_binding') as batch:
        batch.drop_column('granted_by')
    with op.batch_alter_table('hospital_code') as batch:
        batch.drop_column('granted_at')
        batch.drop_column('granted_by')
    with op.batch_alter_table('erasure') as batch:
        batch.drop_column('ended')
    op.drop_table('ended_grant')

"""what a FHIR server last said of slots and appointments

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('hospital_fhir_slot',
    sa.Column('slot_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=True),
    sa.Column('version', sa.String(length=64), nullable=True),
    sa.Column('updated', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['slot_id'], ['hospital_slot.id'], ),
    sa.PrimaryKeyConstraint('slot_id'),
    sa.UniqueConstraint('remote', name='uq_hospital_fhir_slot_remote')
    )
    op.create_index('ix_hospital_fhir_slot_token', 'hospital_fhir_slot', ['token'], unique=False)
    op.create_table('hospital_fhir_appointment',
    sa.Column('appointment_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('remote', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['hospital_appointment.id'], ),
    sa.PrimaryKeyConstraint('appointment_id'),
    sa.UniqueConstraint('remote', name='uq_hospital_fhir_appointment_remote')
    )
    op.create_table('hospital_fhir_state',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    op.drop_table('hospital_fhir_state')
    op.drop_table('hospital_fhir_appointment')
    op.drop_index('ix_hospital_fhir_slot_token', table_name='hospital_fhir_slot')
    op.drop_table('hospital_fhir_slot')

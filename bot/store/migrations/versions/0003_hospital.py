"""tables of the hospital: schedules, appointments, watches, bindings, test orders

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('hospital_attempts',
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('wrong', sa.Integer(), nullable=False),
    sa.Column('claims', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.Column('locked_until', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('conversation')
    )
    op.create_table('hospital_challenge',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=True),
    sa.Column('code', sa.String(length=64), nullable=True),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_hospital_challenge_conversation', 'hospital_challenge', ['conversation'], unique=False)
    op.create_table('hospital_department',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('zh', sa.String(length=80), nullable=False),
    sa.Column('en', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('hospital_order',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=False),
    sa.Column('test', sa.String(length=40), nullable=False),
    sa.Column('ordered_at', sa.DateTime(), nullable=False),
    sa.Column('collected_at', sa.DateTime(), nullable=True),
    sa.Column('in_lab_at', sa.DateTime(), nullable=True),
    sa.Column('preliminary_at', sa.DateTime(), nullable=True),
    sa.Column('released_at', sa.DateTime(), nullable=True),
    sa.Column('visible_at', sa.DateTime(), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.Column('platform', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number', name='uq_hospital_order_number')
    )
    op.create_index('ix_hospital_order_patient', 'hospital_order', ['patient_id', 'ordered_at'], unique=False)
    op.create_table('hospital_patient',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('id_number', sa.String(length=64), nullable=True),
    sa.Column('card_number', sa.String(length=64), nullable=True),
    sa.Column('phone', sa.String(length=64), nullable=False),
    sa.Column('linked', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_hospital_patient_card', 'hospital_patient', ['card_number'], unique=False)
    op.create_index('ix_hospital_patient_number', 'hospital_patient', ['id_number'], unique=False)
    op.create_table('hospital_test',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('least_hours', sa.Integer(), nullable=False),
    sa.Column('most_hours', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('hospital_watch',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=True),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('guard', sa.String(length=130), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('hold', sa.String(length=80), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('guard', name='uq_hospital_watch_guard'),
    sqlite_autoincrement=True
    )
    op.create_index('ix_hospital_watch_conversation', 'hospital_watch', ['conversation'], unique=False)
    op.create_index('ix_hospital_watch_wish', 'hospital_watch', ['state', 'signature', 'id'], unique=False)
    op.create_table('hospital_binding',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=False),
    sa.Column('relation', sa.String(length=8), nullable=False),
    sa.Column('scope', sa.JSON(), nullable=False),
    sa.Column('how', sa.String(length=10), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['patient_id'], ['hospital_patient.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('conversation', 'patient_id', name='uq_hospital_binding'),
    sqlite_autoincrement=True
    )
    op.create_index('ix_hospital_binding_patient', 'hospital_binding', ['patient_id'], unique=False)
    op.create_table('hospital_code',
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=False),
    sa.Column('relation', sa.String(length=8), nullable=False),
    sa.Column('scope', sa.JSON(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=True),
    sa.Column('once', sa.Boolean(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['patient_id'], ['hospital_patient.id']),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('hospital_doctor',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('surname', sa.String(length=20), nullable=False),
    sa.Column('given', sa.String(length=20), nullable=False),
    sa.Column('pinyin', sa.String(length=80), nullable=False),
    sa.Column('english', sa.String(length=80), nullable=False),
    sa.Column('title_zh', sa.String(length=40), nullable=False),
    sa.Column('title_en', sa.String(length=80), nullable=False),
    sa.Column('department_id', sa.String(length=40), nullable=False),
    sa.Column('visit_types', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['hospital_department.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('hospital_report_watch',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['hospital_order.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('conversation', 'order_id', name='uq_hospital_report_watch'),
    sqlite_autoincrement=True
    )
    op.create_index('ix_hospital_report_watch_order_id', 'hospital_report_watch', ['order_id'], unique=False)
    op.create_table('hospital_slot',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('doctor_id', sa.String(length=40), nullable=False),
    sa.Column('department_id', sa.String(length=40), nullable=False),
    sa.Column('visit_type', sa.String(length=10), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('part', sa.String(length=8), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=False),
    sa.Column('place_zh', sa.String(length=80), nullable=False),
    sa.Column('place_en', sa.String(length=80), nullable=False),
    sa.Column('vacant', sa.Boolean(), nullable=False),
    sa.Column('held_until', sa.DateTime(), nullable=True),
    sa.Column('held_by', sa.String(length=80), nullable=True),
    sa.Column('held_for', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['doctor_id'], ['hospital_doctor.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('doctor_id', 'starts_at', name='uq_hospital_slot')
    )
    op.create_index('ix_hospital_slot_department', 'hospital_slot', ['vacant', 'department_id', 'starts_at'], unique=False)
    op.create_index('ix_hospital_slot_doctor', 'hospital_slot', ['vacant', 'doctor_id', 'starts_at'], unique=False)
    op.create_index('ix_hospital_slot_session', 'hospital_slot', ['starts_at', 'doctor_id'], unique=False)
    op.create_index('ix_hospital_slot_time', 'hospital_slot', ['vacant', 'starts_at'], unique=False)
    op.create_index('ix_hospital_slot_type', 'hospital_slot', ['vacant', 'visit_type', 'starts_at'], unique=False)
    op.create_table('hospital_appointment',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=True),
    sa.Column('patient_id', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('sold', sa.Integer(), nullable=True),
    sa.Column('guard', sa.String(length=160), nullable=True),
    sa.Column('booked_at', sa.DateTime(), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['slot_id'], ['hospital_slot.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('guard', name='uq_hospital_appointment_guard'),
    sa.UniqueConstraint('sold', name='uq_hospital_appointment_sold')
    )
    op.create_index('ix_hospital_appointment_conversation', 'hospital_appointment', ['conversation'], unique=False)
    op.create_index('ix_hospital_appointment_patient', 'hospital_appointment', ['patient_id'], unique=False)
    op.create_table('hospital_hold',
    sa.Column('request', sa.String(length=80), nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=False),
    sa.Column('conversation', sa.String(length=64), nullable=False),
    sa.Column('patient_id', sa.String(length=64), nullable=True),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('moving', sa.Integer(), nullable=True),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['slot_id'], ['hospital_slot.id']),
    sa.PrimaryKeyConstraint('request')
    )
    op.create_index('ix_hospital_hold_conversation', 'hospital_hold', ['conversation', 'state'], unique=False)


def downgrade() -> None:
    for table in ('hospital_hold',
                  'hospital_appointment',
                  'hospital_slot',
                  'hospital_report_watch',
                  'hospital_doctor',
                  'hospital_code',
                  'hospital_binding',
                  'hospital_watch',
                  'hospital_test',
                  'hospital_patient',
                  'hospital_order',
                  'hospital_department',
                  'hospital_challenge',
                  'hospital_attempts'):
        op.drop_table(table)

"""first tables

Revision ID: 0001
Revises: 
Create Date: 2026-11-24 11:51:53.391025
"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('extensions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extensions')),
    sa.UniqueConstraint('name', name=op.f('uq_extensions_name'))
    )
    op.create_table('keywords',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('type', sa.Enum('data_domain', 'data_science_theme', name='keyword_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('category', sa.String(length=64), nullable=False),
    sa.Column('description', sa.String(length=1024), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_keywords')),
    sa.UniqueConstraint('name', name=op.f('uq_keywords_name'))
    )
    op.create_table('login_failures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failures'))
    )
    op.create_index('ix_login_failures_key_failed_at', 'login_failures', ['key', 'failed_at'], unique=False)
    op.create_table('score_types',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('is_lower_the_better', sa.Boolean(), nullable=False),
    sa.Column('minimum', sa.Double(), nullable=False),
    sa.Column('maximum', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_types')),
    sa.UniqueConstraint('name', name=op.f('uq_score_types_name'))
    )
    op.create_table('submission_file_types',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('is_editable', sa.Boolean(), nullable=False),
    sa.Column('max_size_bytes', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_file_types')),
    sa.UniqueConstraint('name', name=op.f('uq_submission_file_types_name'))
    )
    op.create_table('teams',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('is_individual', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teams')),
    sa.UniqueConstraint('name', name=op.f('uq_teams_name'))
    )
    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('login', sa.String(length=20), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('firstname', sa.String(length=80), nullable=False),
    sa.Column('lastname', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('bio', sa.String(length=1024), nullable=False),
    sa.Column('website_url', sa.String(length=255), nullable=False),
    sa.Column('github_url', sa.String(length=255), nullable=False),
    sa.Column('linkedin_url', sa.String(length=255), nullable=False),
    sa.Column('hidden_notes', sa.String(length=4096), nullable=False),
    sa.Column('is_want_news', sa.Boolean(), nullable=False),
    sa.Column('access_level', sa.Enum('asked', 'user', 'admin', name='access_level', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('session_key', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email')),
    sa.UniqueConstraint('login', name=op.f('uq_users_login')),
    sa.UniqueConstraint('name', name=op.f('uq_users_name'))
    )
    op.create_index('ix_users_access_level_created_at', 'users', ['access_level', 'created_at'], unique=False)
    op.create_table('workflows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workflows')),
    sa.UniqueConstraint('name', name=op.f('uq_workflows_name'))
    )
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('object_type', sa.String(length=32), nullable=False),
    sa.Column('object_name', sa.String(length=128), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_audit_actor_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_index(op.f('ix_audit_actor_id'), 'audit', ['actor_id'], unique=False)
    op.create_index('ix_audit_at', 'audit', ['at'], unique=False)
    op.create_index('ix_audit_object_type_object_name_at', 'audit', ['object_type', 'object_name', 'at'], unique=False)
    op.create_table('problems',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('workflow_id', sa.Integer(), nullable=False),
    sa.Column('kit_version', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['workflow_id'], ['workflows.id'], name=op.f('fk_problems_workflow_id_workflows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problems')),
    sa.UniqueConstraint('name', name=op.f('uq_problems_name'))
    )
    op.create_index(op.f('ix_problems_workflow_id'), 'problems', ['workflow_id'], unique=False)
    op.create_table('submission_file_type_extensions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_type_id', sa.Integer(), nullable=False),
    sa.Column('extension_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['extension_id'], ['extensions.id'], name=op.f('fk_submission_file_type_extensions_extension_id_extensions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['file_type_id'], ['submission_file_types.id'], name=op.f('fk_submission_file_type_extensions_file_type_id_submission_file_types'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_file_type_extensions')),
    sa.UniqueConstraint('file_type_id', 'extension_id', name=op.f('uq_submission_file_type_extensions_file_type_id_extension_id'))
    )
    op.create_index(op.f('ix_submission_file_type_extensions_extension_id'), 'submission_file_type_extensions', ['extension_id'], unique=False)
    op.create_table('team_members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.Enum('asked', 'accepted', name='membership_status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_team_members_team_id_teams'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_team_members_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_members')),
    sa.UniqueConstraint('team_id', 'user_id', name=op.f('uq_team_members_team_id_user_id'))
    )
    op.create_index(op.f('ix_team_members_user_id'), 'team_members', ['user_id'], unique=False)
    op.create_table('workflow_element_types',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('file_type_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_type_id'], ['submission_file_types.id'], name=op.f('fk_workflow_element_types_file_type_id_submission_file_types')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workflow_element_types')),
    sa.UniqueConstraint('name', name=op.f('uq_workflow_element_types_name'))
    )
    op.create_index(op.f('ix_workflow_element_types_file_type_id'), 'workflow_element_types', ['file_type_id'], unique=False)
    op.create_table('events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('public_opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('is_controlled_signup', sa.Boolean(), nullable=False),
    sa.Column('min_duration_between_submissions_s', sa.Integer(), nullable=False),
    sa.Column('max_members_per_team', sa.Integer(), nullable=False),
    sa.Column('max_n_ensemble', sa.Integer(), nullable=False),
    sa.Column('is_send_trained_mails', sa.Boolean(), nullable=False),
    sa.Column('is_send_submitted_mails', sa.Boolean(), nullable=False),
    sa.Column('wall_time_limit_s', sa.Integer(), nullable=False),
    sa.Column('memory_limit_bytes', sa.BigInteger(), nullable=False),
    sa.Column('max_processes', sa.Integer(), nullable=False),
    sa.Column('log_limit_bytes', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['problem_id'], ['problems.id'], name=op.f('fk_events_problem_id_problems')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events')),
    sa.UniqueConstraint('name', name=op.f('uq_events_name'))
    )
    op.create_index('ix_events_is_public_opens_at', 'events', ['is_public', 'opens_at'], unique=False)
    op.create_index(op.f('ix_events_problem_id'), 'events', ['problem_id'], unique=False)
    op.create_table('problem_keywords',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('keyword_id', sa.Integer(), nullable=False),
    sa.Column('description', sa.String(length=1024), nullable=False),
    sa.ForeignKeyConstraint(['keyword_id'], ['keywords.id'], name=op.f('fk_problem_keywords_keyword_id_keywords'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['problem_id'], ['problems.id'], name=op.f('fk_problem_keywords_problem_id_problems'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_keywords')),
    sa.UniqueConstraint('problem_id', 'keyword_id', name=op.f('uq_problem_keywords_problem_id_keyword_id'))
    )
    op.create_index(op.f('ix_problem_keywords_keyword_id'), 'problem_keywords', ['keyword_id'], unique=False)
    op.create_table('workflow_elements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('workflow_id', sa.Integer(), nullable=False),
    sa.Column('element_type_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('extension', sa.String(length=20), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['element_type_id'], ['workflow_element_types.id'], name=op.f('fk_workflow_elements_element_type_id_workflow_element_types')),
    sa.ForeignKeyConstraint(['workflow_id'], ['workflows.id'], name=op.f('fk_workflow_elements_workflow_id_workflows'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workflow_elements')),
    sa.UniqueConstraint('workflow_id', 'name', name=op.f('uq_workflow_elements_workflow_id_name')),
    sa.UniqueConstraint('workflow_id', 'position', name=op.f('uq_workflow_elements_workflow_id_position'))
    )
    op.create_index(op.f('ix_workflow_elements_element_type_id'), 'workflow_elements', ['element_type_id'], unique=False)
    op.create_table('cv_folds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('type', sa.Enum('live', 'test', name='cv_fold_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('train_is', sa.LargeBinary(), nullable=False),
    sa.Column('test_is', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_cv_folds_event_id_events'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cv_folds')),
    sa.UniqueConstraint('event_id', 'type', 'number', name=op.f('uq_cv_folds_event_id_type_number'))
    )
    op.create_table('event_admins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('admin_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['admin_id'], ['users.id'], name=op.f('fk_event_admins_admin_id_users'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_admins_event_id_events'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_admins')),
    sa.UniqueConstraint('event_id', 'admin_id', name=op.f('uq_event_admins_event_id_admin_id'))
    )
    op.create_index(op.f('ix_event_admins_admin_id'), 'event_admins', ['admin_id'], unique=False)
    op.create_table('event_score_types',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('score_type_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('kit_name', sa.String(length=64), nullable=False),
    sa.Column('precision', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_official', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_score_types_event_id_events'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['score_type_id'], ['score_types.id'], name=op.f('fk_event_score_types_score_type_id_score_types')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_score_types')),
    sa.UniqueConstraint('event_id', 'name', name=op.f('uq_event_score_types_event_id_name')),
    sa.UniqueConstraint('event_id', 'position', name=op.f('uq_event_score_types_event_id_position'))
    )
    op.create_index(op.f('ix_event_score_types_score_type_id'), 'event_score_types', ['score_type_id'], unique=False)
    op.create_table('event_teams',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('signed_up_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_teams_event_id_events'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_event_teams_team_id_teams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_teams')),
    sa.UniqueConstraint('event_id', 'team_id', name=op.f('uq_event_teams_event_id_team_id'))
    )
    op.create_index('ix_event_teams_approved_at_signed_up_at', 'event_teams', ['approved_at', 'signed_up_at'], unique=False)
    op.create_index(op.f('ix_event_teams_team_id'), 'event_teams', ['team_id'], unique=False)
    op.create_table('event_scores',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('event_score_type_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('combined', 'foldwise', name='ensemble_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('valid_score', sa.Double(), nullable=True),
    sa.Column('test_score', sa.Double(), nullable=True),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_scores_event_id_events'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['event_score_type_id'], ['event_score_types.id'], name=op.f('fk_event_scores_event_score_type_id_event_score_types'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_scores')),
    sa.UniqueConstraint('event_id', 'event_score_type_id', 'kind', name=op.f('uq_event_scores_event_id_event_score_type_id_kind'))
    )
    op.create_index(op.f('ix_event_scores_event_score_type_id'), 'event_scores', ['event_score_type_id'], unique=False)
    op.create_table('sandbox_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_team_id', sa.Integer(), nullable=False),
    sa.Column('workflow_element_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['event_team_id'], ['event_teams.id'], name=op.f('fk_sandbox_files_event_team_id_event_teams'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['updated_by_id'], ['users.id'], name=op.f('fk_sandbox_files_updated_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['workflow_element_id'], ['workflow_elements.id'], name=op.f('fk_sandbox_files_workflow_element_id_workflow_elements'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_files')),
    sa.UniqueConstraint('event_team_id', 'workflow_element_id', name=op.f('uq_sandbox_files_event_team_id_workflow_element_id'))
    )
    op.create_index(op.f('ix_sandbox_files_sha256'), 'sandbox_files', ['sha256'], unique=False)
    op.create_index(op.f('ix_sandbox_files_updated_by_id'), 'sandbox_files', ['updated_by_id'], unique=False)
    op.create_index(op.f('ix_sandbox_files_workflow_element_id'), 'sandbox_files', ['workflow_element_id'], unique=False)
    op.create_table('submissions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_team_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('slug', sa.String(length=32), nullable=False),
    sa.Column('type', sa.Enum('live', 'deposited', name='submission_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.Enum('new', 'sent_to_training', 'training', 'trained', 'validated', 'tested', 'scored', 'training_error', 'validating_error', 'testing_error', 'checking_error', 'cancelled', name='submission_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('error_code', sa.Enum('import_error', 'training_error', 'validating_error', 'testing_error', 'scoring_error', 'bad_output', 'timeout', 'out_of_memory', 'too_many_processes', 'disk_full', 'output_too_large', 'crashed', 'cancelled', 'worker_lost', 'internal', name='error_code', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=False),
    sa.Column('trace', sa.Text(), nullable=False),
    sa.Column('is_valid', sa.Boolean(), nullable=False),
    sa.Column('is_to_ensemble', sa.Boolean(), nullable=False),
    sa.Column('is_in_competition', sa.Boolean(), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('contributivity', sa.Double(), nullable=False),
    sa.Column('historical_contributivity', sa.Double(), nullable=False),
    sa.Column('predictions_key', sa.String(length=32), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('training_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_team_id'], ['event_teams.id'], name=op.f('fk_submissions_event_team_id_event_teams'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_submissions_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submissions')),
    sa.UniqueConstraint('event_team_id', 'name', name=op.f('uq_submissions_event_team_id_name')),
    sa.UniqueConstraint('slug', name=op.f('uq_submissions_slug')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_submissions_event_team_id_submitted_at', 'submissions', ['event_team_id', 'submitted_at'], unique=False)
    op.create_index('ix_submissions_state_submitted_at', 'submissions', ['state', 'submitted_at'], unique=False)
    op.create_index(op.f('ix_submissions_user_id'), 'submissions', ['user_id'], unique=False)
    op.create_table('jobs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Enum('train_test', name='job_step', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'started', 'success', 'error', 'cancelled', name='job_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('n_attempts', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('worker', sa.String(length=128), nullable=False),
    sa.Column('is_cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('error_code', sa.Enum('import_error', 'training_error', 'validating_error', 'testing_error', 'scoring_error', 'bad_output', 'timeout', 'out_of_memory', 'too_many_processes', 'disk_full', 'output_too_large', 'crashed', 'cancelled', 'worker_lost', 'internal', name='job_error_code', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_jobs_submission_id_submissions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs'))
    )
    op.create_index('ix_jobs_state_priority_created_at', 'jobs', ['state', 'priority', 'created_at'], unique=False)
    op.create_index('ix_jobs_submission_id', 'jobs', ['submission_id'], unique=False)
    op.create_index('uq_jobs_pending', 'jobs', ['submission_id', 'step'], unique=True, sqlite_where=sa.text("state IN ('waiting', 'started')"), postgresql_where=sa.text("state IN ('waiting', 'started')"))
    op.create_table('submission_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('workflow_element_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_submission_files_submission_id_submissions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['workflow_element_id'], ['workflow_elements.id'], name=op.f('fk_submission_files_workflow_element_id_workflow_elements')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_files')),
    sa.UniqueConstraint('submission_id', 'workflow_element_id', name=op.f('uq_submission_files_submission_id_workflow_element_id'))
    )
    op.create_index(op.f('ix_submission_files_sha256'), 'submission_files', ['sha256'], unique=False)
    op.create_index(op.f('ix_submission_files_workflow_element_id'), 'submission_files', ['workflow_element_id'], unique=False)
    op.create_table('submission_folds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('cv_fold_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('new', 'sent_to_training', 'training', 'trained', 'validated', 'tested', 'scored', 'training_error', 'validating_error', 'testing_error', 'checking_error', 'cancelled', name='fold_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('error_code', sa.Enum('import_error', 'training_error', 'validating_error', 'testing_error', 'scoring_error', 'bad_output', 'timeout', 'out_of_memory', 'too_many_processes', 'disk_full', 'output_too_large', 'crashed', 'cancelled', 'worker_lost', 'internal', name='fold_error_code', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=False),
    sa.Column('train_time_s', sa.Double(), nullable=True),
    sa.Column('valid_time_s', sa.Double(), nullable=True),
    sa.Column('test_time_s', sa.Double(), nullable=True),
    sa.Column('max_rss_bytes', sa.BigInteger(), nullable=True),
    sa.Column('contributivity', sa.Double(), nullable=False),
    sa.Column('is_best', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['cv_fold_id'], ['cv_folds.id'], name=op.f('fk_submission_folds_cv_fold_id_cv_folds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_submission_folds_submission_id_submissions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_folds')),
    sa.UniqueConstraint('submission_id', 'cv_fold_id', name=op.f('uq_submission_folds_submission_id_cv_fold_id'))
    )
    op.create_index(op.f('ix_submission_folds_cv_fold_id'), 'submission_folds', ['cv_fold_id'], unique=False)
    op.create_table('submission_scores',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('event_score_type_id', sa.Integer(), nullable=False),
    sa.Column('valid_bag', sa.Double(), nullable=True),
    sa.Column('test_bag', sa.Double(), nullable=True),
    sa.Column('valid_bags', sa.JSON(), nullable=False),
    sa.Column('test_bags', sa.JSON(), nullable=False),
    sa.Column('train_mean', sa.Double(), nullable=True),
    sa.Column('train_std', sa.Double(), nullable=True),
    sa.Column('valid_mean', sa.Double(), nullable=True),
    sa.Column('valid_std', sa.Double(), nullable=True),
    sa.Column('test_mean', sa.Double(), nullable=True),
    sa.Column('test_std', sa.Double(), nullable=True),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['event_score_type_id'], ['event_score_types.id'], name=op.f('fk_submission_scores_event_score_type_id_event_score_types'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_submission_scores_submission_id_submissions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_scores')),
    sa.UniqueConstraint('submission_id', 'event_score_type_id', name=op.f('uq_submission_scores_submission_id_event_score_type_id'))
    )
    op.create_index(op.f('ix_submission_scores_event_score_type_id'), 'submission_scores', ['event_score_type_id'], unique=False)
    op.create_table('submission_similarities',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('type', sa.Enum('target_credit', 'source_credit', 'thirdparty_credit', name='similarity_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('similarity', sa.Double(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['submissions.id'], name=op.f('fk_submission_similarities_source_id_submissions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['target_id'], ['submissions.id'], name=op.f('fk_submission_similarities_target_id_submissions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_submission_similarities_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_similarities'))
    )
    op.create_index(op.f('ix_submission_similarities_source_id'), 'submission_similarities', ['source_id'], unique=False)
    op.create_index('ix_submission_similarities_target_id_created_at', 'submission_similarities', ['target_id', 'created_at'], unique=False)
    op.create_index(op.f('ix_submission_similarities_user_id'), 'submission_similarities', ['user_id'], unique=False)
    op.create_table('job_attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=False),
    sa.Column('worker', sa.String(length=128), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('error_code', sa.Enum('import_error', 'training_error', 'validating_error', 'testing_error', 'scoring_error', 'bad_output', 'timeout', 'out_of_memory', 'too_many_processes', 'disk_full', 'output_too_large', 'crashed', 'cancelled', 'worker_lost', 'internal', name='attempt_error_code', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('log', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], name=op.f('fk_job_attempts_job_id_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_attempts')),
    sa.UniqueConstraint('job_id', 'number', name=op.f('uq_job_attempts_job_id_number'))
    )
    op.create_table('submission_fold_scores',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('submission_fold_id', sa.Integer(), nullable=False),
    sa.Column('event_score_type_id', sa.Integer(), nullable=False),
    sa.Column('train_score', sa.Double(), nullable=True),
    sa.Column('valid_score', sa.Double(), nullable=True),
    sa.Column('test_score', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['event_score_type_id'], ['event_score_types.id'], name=op.f('fk_submission_fold_scores_event_score_type_id_event_score_types'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['submission_fold_id'], ['submission_folds.id'], name=op.f('fk_submission_fold_scores_submission_fold_id_submission_folds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission_fold_scores')),
    sa.UniqueConstraint('submission_fold_id', 'event_score_type_id', name=op.f('uq_submission_fold_scores_submission_fold_id_event_score_type_id'))
    )
    op.create_index(op.f('ix_submission_fold_scores_event_score_type_id'), 'submission_fold_scores', ['event_score_type_id'], unique=False)


def downgrade():
    op.drop_index(op.f('ix_submission_fold_scores_event_score_type_id'), table_name='submission_fold_scores')
    op.drop_table('submission_fold_scores')
    op.drop_table('job_attempts')
    op.drop_index(op.f('ix_submission_similarities_user_id'), table_name='submission_similarities')
    op.drop_index('ix_submission_similarities_target_id_created_at', table_name='submission_similarities')
    op.drop_index(op.f('ix_submission_similarities_source_id'), table_name='submission_similarities')
    op.drop_table('submission_similarities')
    op.drop_index(op.f('ix_submission_scores_event_score_type_id'), table_name='submission_scores')
    op.drop_table('submission_scores')
    op.drop_index(op.f('ix_submission_folds_cv_fold_id'), table_name='submission_folds')
    op.drop_table('submission_folds')
    op.drop_index(op.f('ix_submission_files_workflow_element_id'), table_name='submission_files')
    op.drop_index(op.f('ix_submission_files_sha256'), table_name='submission_files')
    op.drop_table('submission_files')
    op.drop_index('uq_jobs_pending', table_name='jobs', sqlite_where=sa.text("state IN ('waiting', 'started')"), postgresql_where=sa.text("state IN ('waiting', 'started')"))
    op.drop_index('ix_jobs_submission_id', table_name='jobs')
    op.drop_index('ix_jobs_state_priority_created_at', table_name='jobs')
    op.drop_table('jobs')
    op.drop_index(op.f('ix_submissions_user_id'), table_name='submissions')
    op.drop_index('ix_submissions_state_submitted_at', table_name='submissions')
    op.drop_index('ix_submissions_event_team_id_submitted_at', table_name='submissions')
    op.drop_table('submissions')
    op.drop_index(op.f('ix_sandbox_files_workflow_element_id'), table_name='sandbox_files')
    op.drop_index(op.f('ix_sandbox_files_updated_by_id'), table_name='sandbox_files')
    op.drop_index(op.f('ix_sandbox_files_sha256'), table_name='sandbox_files')
    op.drop_table('sandbox_files')
    op.drop_index(op.f('ix_event_scores_event_score_type_id'), table_name='event_scores')
    op.drop_table('event_scores')
    op.drop_index(op.f('ix_event_teams_team_id'), table_name='event_teams')
    op.drop_index('ix_event_teams_approved_at_signed_up_at', table_name='event_teams')
    op.drop_table('event_teams')
    op.drop_index(op.f('ix_event_score_types_score_type_id'), table_name='event_score_types')
    op.drop_table('event_score_types')
    op.drop_index(op.f('ix_event_admins_admin_id'), table_name='event_admins')
    op.drop_table('event_admins')
    op.drop_table('cv_folds')
    op.drop_index(op.f('ix_workflow_elements_element_type_id'), table_name='workflow_elements')
    op.drop_table('workflow_elements')
    op.drop_index(op.f('ix_problem_keywords_keyword_id'), table_name='problem_keywords')
    op.drop_table('problem_keywords')
    op.drop_index(op.f('ix_events_problem_id'), table_name='events')
    op.drop_index('ix_events_is_public_opens_at', table_name='events')
    op.drop_table('events')
    op.drop_index(op.f('ix_workflow_element_types_file_type_id'), table_name='workflow_element_types')
    op.drop_table('workflow_element_types')
    op.drop_index(op.f('ix_team_members_user_id'), table_name='team_members')
    op.drop_table('team_members')
    op.drop_index(op.f('ix_submission_file_type_extensions_extension_id'), table_name='submission_file_type_extensions')
    op.drop_table('submission_file_type_extensions')
    op.drop_index(op.f('ix_problems_workflow_id'), table_name='problems')
    op.drop_table('problems')
    op.drop_index('ix_audit_object_type_object_name_at', table_name='audit')
    op.drop_index('ix_audit_at', table_name='audit')
    op.drop_index(op.f('ix_audit_actor_id'), table_name='audit')
    op.drop_table('audit')
    op.drop_table('workflows')
    op.drop_index('ix_users_access_level_created_at', table_name='users')
    op.drop_table('users')
    op.drop_table('teams')
    op.drop_table('submission_file_types')
    op.drop_table('score_types')
    op.drop_index('ix_login_failures_key_failed_at', table_name='login_failures')
    op.drop_table('login_failures')
    op.drop_table('keywords')
    op.drop_table('extensions')

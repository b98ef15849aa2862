"""Provision and run the server: ``fab --list`` shows the tasks, ``fab --help <task>`` one of them.

Both notations work: ``fab add_event:iris_test,force=True`` and ``fab add-event iris_test --force``. The tasks
themselves are in ``databoard/tasks/``. Exit codes: 0 done, 1 refused, 2 not understood.
"""

from databoard.tasks.backups import backup, backups, prod_db_to_test, restore
from databoard.tasks.boards import rebuild_boards
from databoard.tasks.catalogue import (
    add_event,
    add_problem,
    add_score_type,
    add_workflow,
    add_workflow_element_type,
)
from databoard.tasks.console import understand_command_line
from databoard.tasks.consoles import event_stats, shell, sql, stats
from databoard.tasks.deployment import install_services, setup_postgres
from databoard.tasks.jail import jail_check
from databoard.tasks.kits import build_env, check_problem, new_problem
from databoard.tasks.load_test import load_users, remove_load_users
from databoard.tasks.logs import logs
from databoard.tasks.people import approve_user, create_team, create_user, make_event_admin, sign_up_team
from databoard.tasks.publishing import (
    publish_problem,
    publish_software,
    releases,
    rollback,
    run_on,
    run_services,
)
from databoard.tasks.queue import cancel_jobs, pending_jobs, reap_jobs, rerun, show_job
from databoard.tasks.quota import grant_quota, quota
from databoard.tasks.rescoring import rescore
from databoard.tasks.schedule import tick
from databoard.tasks.server import empty_trash, profile, reset, serve, test_setup
from databoard.tasks.site import maintenance, restart, set_event, set_user, status
from databoard.tasks.storage import check_storage, storage_snapshot
from databoard.tasks.submissions import (
    add_submission,
    compute_contributivity,
    delete_submission,
    print_submissions,
    set_state,
    train_test,
)
from databoard.tasks.tables import show
from databoard.tasks.tokens import add_token, delete_token
from databoard.tasks.workers import drain_worker, resume_worker, worker, workers

understand_command_line(
    globals(),
    takes_all_that_is_left={"add-workflow": "elements", "create-team": "members"},
    takes_other_names={"show": "where", "set-event": "changes", "set-user": "changes"},
)

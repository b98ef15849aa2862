"""HTTP in; page, JSON or CSV out. One blueprint per noun; no rules, no queries.

:func:`blueprints` is the table of contents. Every route carries an access decorator of
:mod:`databoard.views.access`; a law test fails when one does not.
"""

from flask import Blueprint

from databoard.views import (
    account,
    admin,
    admin_controls,
    admin_jobs,
    admin_logs,
    admin_settings,
    admin_tables,
    admin_tokens,
    assets,
    event,
    home,
    leaderboard,
    metrics,
    original,
    problem,
    quota,
    sandbox,
    sandbox_history,
    submission,
)


def blueprints() -> tuple[Blueprint, ...]:
    """Return every blueprint, in the order of a visit."""
    return (
        assets.bp,
        home.bp,
        account.bp,
        problem.bp,
        event.bp,
        sandbox.bp,
        sandbox_history.bp,
        submission.bp,
        quota.bp,
        leaderboard.bp,
        admin.bp,
        admin_jobs.bp,
        admin_controls.bp,
        admin_settings.bp,
        admin_tokens.bp,
        admin_logs.bp,
        admin_tables.bp,
        metrics.bp,
        original.bp,
    )

"""Joins from a job to its submission, and from a submission to its team and event.

Called by services and queries, so that these joins are written once.
"""

from typing import TypeVarTuple

from sqlalchemy import Select

from databoard.models import Event, EventTeam, Job, Submission, Team

Columns = TypeVarTuple("Columns")


def submission_of_job(query: Select[*Columns]) -> Select[*Columns]:
    """Return a query of jobs with the submission of each job joined."""
    return query.join(Submission, Submission.id == Job.submission_id)


def event_team(query: Select[*Columns]) -> Select[*Columns]:
    """Return a query of submissions with the event team of each submission joined."""
    return query.join(EventTeam, EventTeam.id == Submission.event_team_id)


def team_and_event(query: Select[*Columns]) -> Select[*Columns]:
    """Return a query of submissions with event team, team and event of each submission joined."""
    joined = event_team(query).join(Team, Team.id == EventTeam.team_id)
    return joined.join(Event, Event.id == EventTeam.event_id)

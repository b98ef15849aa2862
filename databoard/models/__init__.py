"""Tables, one noun a file: columns, constraints and small predicates. Only services, queries and ops import them."""

from databoard.models.alert import Alert
from databoard.models.audit import AuditEntry
from databoard.models.base import Base
from databoard.models.event import CVFold, EnsembleScore, Event, EventAdmin, EventScoreType
from databoard.models.event_team import EventTeam, SandboxFile, SandboxVersion
from databoard.models.forecast import WaitForecast
from databoard.models.job import Job, JobAttempt
from databoard.models.leaderboard import LeaderboardRow
from databoard.models.problem import Keyword, Problem, ProblemKeyword
from databoard.models.quota import QuotaEntry
from databoard.models.result import SubmissionFold, SubmissionFoldScore, SubmissionScore, SupersededScore
from databoard.models.schedule import ScheduleEntry, ScheduleRun
from databoard.models.score_type import ScoreType
from databoard.models.storage import StorageFinding, StoragePoint
from databoard.models.submission import Submission, SubmissionFile, SubmissionSimilarity
from databoard.models.team import Team, TeamMember
from databoard.models.token import Token
from databoard.models.user import LoginFailure, User
from databoard.models.worker import Worker
from databoard.models.workflow import (
    Extension,
    SubmissionFileType,
    SubmissionFileTypeExtension,
    Workflow,
    WorkflowElement,
    WorkflowElementType,
)

__all__ = [
    "Alert",
    "AuditEntry",
    "Base",
    "CVFold",
    "EnsembleScore",
    "Event",
    "EventAdmin",
    "EventScoreType",
    "EventTeam",
    "Extension",
    "Job",
    "JobAttempt",
    "Keyword",
    "LeaderboardRow",
    "LoginFailure",
    "Problem",
    "ProblemKeyword",
    "QuotaEntry",
    "SandboxFile",
    "SandboxVersion",
    "ScheduleEntry",
    "ScheduleRun",
    "ScoreType",
    "StorageFinding",
    "StoragePoint",
    "Submission",
    "SubmissionFile",
    "SubmissionFileType",
    "SubmissionFileTypeExtension",
    "SubmissionFold",
    "SubmissionFoldScore",
    "SubmissionScore",
    "SubmissionSimilarity",
    "SupersededScore",
    "Team",
    "TeamMember",
    "Token",
    "User",
    "WaitForecast",
    "Worker",
    "Workflow",
    "WorkflowElement",
    "WorkflowElementType",
]

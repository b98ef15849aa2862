"""Tables, one noun a file: columns, constraints and tiny predicates. Only services and ops import them."""

from .audit import AuditEntry
from .base import Base
from .event import CVFold, Event, EventAdmin, EventScore, EventScoreType
from .event_team import EventTeam, SandboxFile, SandboxVersion
from .forecast import WaitForecast
from .job import Job, JobAttempt
from .problem import Keyword, Problem, ProblemKeyword
from .quota import QuotaEntry
from .result import SubmissionFold, SubmissionFoldScore, SubmissionScore, SupersededScore
from .score_type import ScoreType
from .submission import Submission, SubmissionFile, SubmissionSimilarity
from .team import Team, TeamMember
from .user import LoginFailure, User
from .worker import Worker
from .workflow import (
    Extension,
    SubmissionFileType,
    SubmissionFileTypeExtension,
    Workflow,
    WorkflowElement,
    WorkflowElementType,
)

__all__ = [
    "AuditEntry",
    "Base",
    "CVFold",
    "Event",
    "EventAdmin",
    "EventScore",
    "EventScoreType",
    "EventTeam",
    "Extension",
    "Job",
    "JobAttempt",
    "Keyword",
    "LoginFailure",
    "Problem",
    "ProblemKeyword",
    "QuotaEntry",
    "SandboxFile",
    "SandboxVersion",
    "ScoreType",
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
    "User",
    "WaitForecast",
    "Worker",
    "Workflow",
    "WorkflowElement",
    "WorkflowElementType",
]

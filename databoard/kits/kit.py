"""What the other rooms know of a kit: frozen facts, no behaviour."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ElementFacts:
    """One file that every submission consists of.

    Attributes
    ----------
    name : str
        Stem, for example ``classifier``.
    extension : str
        Without the dot.
    type_name : str
        Name of the workflow element type; the same as ``name`` unless the workflow says otherwise.
    file_type : str
        ``code``, ``text`` or ``data``.
    """

    name: str
    extension: str
    type_name: str
    file_type: str

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.extension}"


@dataclass(frozen=True)
class ScoreTypeFacts:
    """One score type as ``problem.py`` configured it; ``type_name`` is its class in snake_case."""

    name: str
    type_name: str
    is_lower_the_better: bool
    minimum: float
    maximum: float
    precision: int


@dataclass(frozen=True)
class EventScore:
    """A score as an event shows it; ``score_type`` is the name that ``problem.py`` gave it."""

    score_type: str
    name: str
    precision: int
    is_official: bool


@dataclass(frozen=True)
class EventSpec:
    """An event as ``events/<name>.toml`` describes it.

    Attributes
    ----------
    opens_at, public_opens_at, closes_at : aware datetime in UTC, or None
        ``None``: open from the start, code visible from the start, never closes.
    wall_time_limit_s, memory_limit_bytes, max_processes, disk_limit_bytes, max_files, log_limit_bytes : int
        Limits of one fold in the jail.
    cpu_time_limit_s : int
        The same for processor time, summed over its processes; 0 is four times the wall time.
    max_attempts_per_day, max_scored_per_day : int
        Submissions of a team in a day of ``time_zone``, all and those that get a score; 0 is no limit.
    resources : str
        What a Dask worker must have to run a fold, such as ``GPU=1``; means nothing to the local engine.
    max_n_ensemble : int
        Largest number of models, repeats counted, in the ensemble of a fold.
    """

    name: str
    problem_name: str
    title: str
    scores: tuple[EventScore, ...]
    opens_at: datetime | None = None
    public_opens_at: datetime | None = None
    closes_at: datetime | None = None
    is_public: bool = True
    is_controlled_signup: bool = False
    min_duration_between_submissions_s: int = 900
    max_attempts_per_day: int = 0
    max_scored_per_day: int = 0
    time_zone: str = "UTC"
    max_members_per_team: int = 1
    max_n_ensemble: int = 80
    is_send_trained_mails: bool = False
    is_send_submitted_mails: bool = False
    wall_time_limit_s: int = 600
    cpu_time_limit_s: int = 0
    memory_limit_bytes: int = 2 * 1024**3
    max_processes: int = 64
    disk_limit_bytes: int = 512 * 1024**2
    max_files: int = 20_000
    log_limit_bytes: int = 64 * 1024
    resources: str = ""


@dataclass(frozen=True, eq=False)
class Fold:
    """One split of the training rows; ``number`` counts from 0, the rows are int64 and disjoint."""

    number: int
    train_is: "np.ndarray"
    test_is: "np.ndarray"


@dataclass(frozen=True)
class Kit:
    """A loaded problem.

    Attributes
    ----------
    version : str
        SHA-256 over ``problem.py``, the wanted environment, ``external_imports/`` and the data files; when it
        changes, whatever was derived from the kit is stale.
    prediction_columns : int
        Columns of ``y_pred``; 1 for plain regression, where ``y_pred`` is one-dimensional.
    score_kind : str
        What a leaderboard shows and ranks by: ``bag``, the score of bagged predictions, or ``mean``, that of the
        folds.
    problem : ModuleType or None
        The executed ``problem.py``; ``None`` when it was executed in another process.
    """

    name: str
    path: Path
    version: str
    title: str
    readme: str = field(repr=False)
    workflow_name: str
    elements: tuple[ElementFacts, ...]
    score_types: tuple[ScoreTypeFacts, ...]
    prediction_columns: int
    label_names: tuple[object, ...]
    score_kind: str
    problem: ModuleType | None = field(compare=False, hash=False, repr=False)

    def executed(self) -> ModuleType:
        """Return the executed ``problem.py``; only the process that loaded the kit has it."""
        if self.problem is None:
            raise ValueError(f"The problem.py of {self.name} was executed in another process.")
        return self.problem

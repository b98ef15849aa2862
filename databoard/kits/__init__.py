"""Load, check and prepare ``problems/<name>/`` into a frozen :class:`Kit`.

Called by ``services``, ``ops`` and ``runner``; knows neither web, database nor jail. Importing this room is
cheap: numpy, pandas and scikit-learn come only with :func:`load`, which executes ``problem.py`` in this process.
The server does not: it asks a process in the kit's own environment (:func:`describe` and its like).
"""

from databoard.kits.authoring import write_kit
from databoard.kits.building import build_environment
from databoard.kits.checks.events import check_events
from databoard.kits.checks.findings import Finding
from databoard.kits.client import ask, check, describe, describe_with_folds, prepare_and_describe
from databoard.kits.data import data_folder, folds, prepare, test_data, train_data
from databoard.kits.environments import Environment, built_environment, find_environment
from databoard.kits.events import (
    default_event,
    event_names,
    event_settings,
    event_teaching,
    find_event,
    load_event,
    locate_event,
)
from databoard.kits.kit import ElementFacts, EventScore, EventSpec, Fold, Kit, ScoreTypeFacts
from databoard.kits.loading import find, kit_path, load, names, stamp_of, version_of
from databoard.kits.notebooks import find_notebook, read_notebook
from databoard.kits.requirements import WantedEnvironment, wanted_environment
from databoard.kits.starting_kit import (
    commands_to_try,
    deposited_folders,
    deposited_submissions,
    starting_kit_files,
    starting_kit_zip,
)
from databoard.kits.teaching import Material, Teaching
from databoard.kits.texts import read_text, require_texts

__all__ = [
    "ElementFacts",
    "Environment",
    "EventScore",
    "EventSpec",
    "Finding",
    "Fold",
    "Kit",
    "Material",
    "ScoreTypeFacts",
    "Teaching",
    "WantedEnvironment",
    "ask",
    "build_environment",
    "built_environment",
    "check",
    "check_events",
    "commands_to_try",
    "data_folder",
    "default_event",
    "deposited_folders",
    "deposited_submissions",
    "describe",
    "describe_with_folds",
    "event_names",
    "event_settings",
    "event_teaching",
    "find",
    "find_environment",
    "find_event",
    "find_notebook",
    "folds",
    "kit_path",
    "load",
    "load_event",
    "locate_event",
    "names",
    "prepare",
    "prepare_and_describe",
    "read_notebook",
    "read_text",
    "require_texts",
    "stamp_of",
    "starting_kit_files",
    "starting_kit_zip",
    "test_data",
    "train_data",
    "version_of",
    "wanted_environment",
    "write_kit",
]

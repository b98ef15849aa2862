"""Load, check and prepare ``problems/<name>/`` into a frozen :class:`Kit`.

Called by ``services``, ``ops`` and ``runner``; knows neither web, database nor jail. Importing this room is
cheap: numpy, pandas and scikit-learn come only with :func:`load`, which executes ``problem.py`` in this process.
The server does not: it asks a process in the kit's own environment (:func:`describe` and its like).
"""

from .asking import ask, check, describe, describe_with_folds, prepare_and_describe
from .authoring import write_kit
from .building import build_environment
from .check_events import check_events
from .data import data_folder, folds, prepare, test_data, train_data
from .environments import Environment, built_environment, find_environment
from .events import default_event, event_names, event_settings, find_event, load_event, locate_event
from .findings import Finding
from .kit import ElementFacts, EventScore, EventSpec, Fold, Kit, ScoreTypeFacts
from .loading import find, kit_path, load, names, stamp_of, version_of
from .requirements import WantedEnvironment, wanted_environment
from .starting_kit import commands_to_try, deposited_submissions, starting_kit_files, starting_kit_zip
from .texts import read_text, require_texts

__all__ = [
    "ElementFacts",
    "Environment",
    "EventScore",
    "EventSpec",
    "Finding",
    "Fold",
    "Kit",
    "ScoreTypeFacts",
    "WantedEnvironment",
    "ask",
    "build_environment",
    "built_environment",
    "check",
    "check_events",
    "commands_to_try",
    "data_folder",
    "default_event",
    "deposited_submissions",
    "describe",
    "describe_with_folds",
    "event_names",
    "event_settings",
    "find",
    "find_environment",
    "find_event",
    "folds",
    "kit_path",
    "load",
    "load_event",
    "locate_event",
    "names",
    "prepare",
    "prepare_and_describe",
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

"""Load, check and prepare ``problems/<name>/`` into a frozen :class:`Kit`.

Called by ``services``, ``ops`` and ``runner``; knows neither web, database nor jail. Importing this room is
cheap: numpy, pandas and scikit-learn come only with :func:`load`, which executes ``problem.py``.
"""

from .data import data_folder, folds, prepare, test_data, train_data
from .events import event_names, find_event, load_event
from .kit import ElementFacts, EventScore, EventSpec, Fold, Kit, ScoreTypeFacts
from .loading import find, load, names, stamp_of, version_of
from .starting_kit import deposited_submissions, starting_kit_files, starting_kit_zip

__all__ = [
    "ElementFacts",
    "EventScore",
    "EventSpec",
    "Fold",
    "Kit",
    "ScoreTypeFacts",
    "data_folder",
    "deposited_submissions",
    "event_names",
    "find",
    "find_event",
    "folds",
    "load",
    "load_event",
    "names",
    "prepare",
    "stamp_of",
    "starting_kit_files",
    "starting_kit_zip",
    "test_data",
    "train_data",
    "version_of",
]

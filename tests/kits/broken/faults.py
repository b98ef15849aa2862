"""Faults to seed into a good kit: what to replace in which file, and what the check has to say about which line."""

from dataclasses import dataclass

_READ = "table.drop(columns=_target), table[_target].to_numpy(dtype=str)"
_SPLIT = "StratifiedShuffleSplit(n_splits=4, test_size=0.2, random_state=57).split(X, y)"
_NLL = 'score_types.NegativeLogLikelihood(name="nll", precision=3)'
_OWN_SCORE = """
class Own:
    name, precision, is_lower_the_better, minimum, maximum = "own", 2, {lower}, {minimum}, {maximum}

    def score_function(self, truths, predictions):
        return {value}


score_types = [  # the first is the official one"""
_DISTANCE = "float(abs(truths.y_pred - predictions.y_pred).mean())"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    code : str
        Of the one finding there should be.
    old, new : str
        What to replace in ``problem.py``.
    at : str
        What stands in the line that is reported; empty when no line is.
    is_new_data : bool
        The data are to be prepared again.
    """

    code: str
    old: str
    new: str
    at: str = ""
    is_new_data: bool = False


def _own(code, *, lower, minimum, maximum, value, at="Own()"):
    source = _OWN_SCORE.format(lower=lower, minimum=minimum, maximum=maximum, value=value)
    return Fault(code, "\nscore_types = [  # the first is the official one", f"{source}\n    Own(),", at)


CONTRACT = [
    Fault("problem_raises", "import numpy as np\n", "import numpy as np\n1 / 0\n", "1 / 0"),
    Fault("problem_raises", "import numpy as np\n", "import numpy as np\nif\n", "if"),
    Fault(
        "problem_raises",
        "import numpy as np\n",
        "import numpy as np\nimport not_installed\n",
        "not_installed",
    ),
    Fault("name_missing", "def get_cv", "def cut"),
    Fault("workflow_wrong", "workflows.Classifier()", "workflows.Classifier", ""),
    Fault("not_a_function", "def get_cv(X, y):", "get_cv = 5\n\n\ndef cut(X, y):", "get_cv = 5"),
    Fault("score_incomplete", _NLL, "score_types.NegativeLogLikelihood", "NegativeLogLikelihood"),
    Fault("score_name_twice", 'name="nll"', 'name="acc"', "NegativeLogLikelihood"),
]
DATA = [
    Fault("prepare_raises", "default_rng(57)", "default_rng(seed)", "default_rng(seed)", is_new_data=True),
    Fault("data_raises", "table[_target].to", 'table["colour"].to', '"colour"'),
    Fault("data_shape", _READ, "table", "def get_train_data"),
    Fault(
        "data_lengths",
        "table.drop(columns=_target), ",
        "table.drop(columns=_target)[1:], ",
        "def get_train_data",
    ),
    Fault("y_missing", "to_numpy(dtype=str)", "where(table.length > 0).to_numpy()", "def get_train_data"),
    Fault("y_index", "table[_target].to_numpy(dtype=str)", "table[_target][::-1]", "def get_train_data"),
    Fault("label_unknown", '"blue", "green", "red"]', '"blue", "green"]', "_label_names ="),
    Fault("label_unused", '"green", "red"]', '"green", "red", "white"]', "_label_names ="),
    Fault(
        "truth_wrong",
        "make_multiclass(label_names=_label_names)",
        "make_regression(['a', 'b'])",
        "def get_train_data",
    ),
    Fault(
        "x_columns",
        'return _read(path, "test.csv")',
        'X, y = _read(path, "test.csv")\n    return X[["width"]], y',
        "def get_test_data",
    ),
    Fault("labels_unsorted", '"blue", "green", "red"]', '"red", "blue", "green"]', "_label_names ="),
    Fault(
        "not_carried",
        _READ,
        _READ.replace("table.drop", "table.assign(f=lambda t: [lambda: 1] * len(t)).drop"),
        "def get_train_data",
    ),
    Fault("label_in_x", _READ, _READ.replace(".drop(columns=_target)", ""), "def get_test_data"),
    Fault(
        "label_in_x",
        _READ,
        _READ.replace(".drop(columns=_target)", ".assign(kind=table[_target].map(len))"),
        "def get_test_data",
    ),
]
FOLDS = [
    Fault("folds_missing", _SPLIT, "[]", "def get_cv"),
    Fault("folds_raise", _SPLIT, "[X.no_such_column]", "no_such_column"),
    Fault("fold_not_a_pair", _SPLIT, "[([0], [1], [2])]", "def get_cv"),
    Fault("fold_empty", _SPLIT, "[(range(400), [])]", "def get_cv"),
    Fault("fold_overlap", _SPLIT, "[(range(400), range(399, 480))]", "def get_cv"),
    Fault("fold_out_of_range", _SPLIT, "[(range(400), range(400, 600))]", "def get_cv"),
    Fault("fold_not_rows", _SPLIT, "[(X.length > 0, X.length < 0)]", "def get_cv"),
    Fault("fold_repeats", _SPLIT, "[([*range(400), 0], range(400, 480))]", "def get_cv"),
    Fault(
        "fold_lacks_class", _SPLIT, '[((y != "red").nonzero()[0], (y == "red").nonzero()[0])]', "def get_cv"
    ),
    Fault("folds_unseeded", ", random_state=57).split(X, y)", ").split(X, y)", "def get_cv"),
]
SCORES = [
    _own("score_direction", lower=False, minimum=0, maximum=1, value=_DISTANCE),
    _own("score_direction", lower=True, minimum=-1, maximum=0, value=f"-{_DISTANCE}"),
    _own("score_not_best", lower=True, minimum=-1, maximum=1, value=_DISTANCE),
    _own("score_bounds", lower=True, minimum=0, maximum=0.1, value=_DISTANCE),
    _own("score_nan", lower=True, minimum=0, maximum=1, value="float('nan')"),
    _own("score_raises", lower=True, minimum=0, maximum=1, value="1 / 0", at="1 / 0"),
]
#: Best for the truth, worst near it: only the predictions of a submission show the fault.
OWN_TURNED = _own(
    "direction_contradicted",
    lower=False,
    minimum=0,
    maximum=1,
    value=f"1.0 if {_DISTANCE} == 0 else min({_DISTANCE}, 0.9)",
)
LEAKS = [
    Fault(
        "hidden_rows_public",
        "train_test_split(private[0], test_size",
        "train_test_split(_simulated(), test_size",
        is_new_data=True,
    ),
    Fault(
        "hidden_rows_public",
        "    public = train_test_split(private[0], test_size=0.2, random_state=57)",
        "    public = private[0], private[1].iloc[::-1]",
        is_new_data=True,
    ),
    Fault(
        "path_ignored",
        "pd.read_csv(data_folder(path)",
        'pd.read_csv(Path("HERE/data/private")',
        "def get_test_data",
    ),
    Fault(
        "download_fails", "data_folder(path) / file_name", 'path + "/data/private/" + file_name', "read_csv"
    ),
    Fault(
        "public_data_missing",
        '(("private", private), ("public", public))',
        '(("private", private),)',
        is_new_data=True,
    ),
]

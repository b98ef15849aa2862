"""Compare every prediction type, score type and workflow of RAMP with ours; run where rampwf is installed.

``python ramp_names.py <folder of databoard>`` prints one JSON object: what differs, by name.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import numpy as np
import rampwf as rw

from databoard import workflows
from databoard.scoring import prediction_types as pt
from databoard.scoring import score_types as st

LABELS = ["a", "b"]
#: No type that a kit could use, only what others are derived from.
BASES = {"BaseScoreType", "ClassifierBaseScoreType"}
SCORE_ARGUMENTS = {
    "Combined": lambda types: ([types.MARE()], [1]),
    "MakeCombined": lambda types: (types.MARE(), 0),
    "SCP": lambda types: ((8, 8),),
    "SoftAccuracy": lambda types: (np.eye(2),),
}
PREDICTION_ARGUMENTS = {
    "make_combined": lambda types: ([types.make_multiclass(LABELS), types.make_regression(["dose"])],),
    "make_multiclass": lambda types: (LABELS,),
    "make_regression": lambda types: (["u", "v"],),
}
WORKFLOW_ARGUMENTS = {
    "ElNino": ([132], [13]),
    "ImageClassifier": (16, 16, 1, 10),
    "SimplifiedImageClassifier": (10,),
    "TimeSeriesFeatureExtractor": ([132], [13]),
}
OUR_ARGUMENTS = {**WORKFLOW_ARGUMENTS, "ImageClassifier": (10,)}


def score_facts(types, name):
    score_type = getattr(types, name)(*SCORE_ARGUMENTS.get(name, lambda types: ())(types))
    direction = bool(score_type.is_lower_the_better)
    return st.type_name(score_type), direction, float(score_type.minimum), float(score_type.maximum)


def prediction_facts(types, name):
    predictions_class = getattr(types, name)(*PREDICTION_ARGUMENTS.get(name, lambda types: ())(types))
    form = pt.form_of(predictions_class)
    return form.row_shape, form.probability_columns, form.is_lists, pt.is_multiclass(predictions_class)


def main():
    different = {}
    for name in set(rw.score_types.__all__) - BASES:
        different[name] = score_facts(rw.score_types, name), score_facts(st, name)
    for name in rw.prediction_types.__all__:
        different[name] = prediction_facts(rw.prediction_types, name), prediction_facts(pt, name)
    for name in rw.workflows.__all__:
        made = [
            getattr(room, name)(*arguments.get(name, ()))
            for room, arguments in ((rw.workflows, WORKFLOW_ARGUMENTS), (workflows, OUR_ARGUMENTS))
        ]
        different[name] = tuple(list(workflow.element_names) for workflow in made)
    n_all = len(different)
    print(
        json.dumps({"n": n_all, "differ": {k: pair for k, pair in different.items() if pair[0] != pair[1]}})
    )


main()

"""The lines of the original README in the notation of Fabric 3, iris in place of its problems."""

import re

CLASSIC = [
    "add_workflow_element_type:classifier,code",
    "add_workflow:feature_extractor_classifier_calibrator_workflow,feature_extractor,classifier,calibrator",
    "add_score_type:test_score_type,True,0.0,inf",
    "add_problem:iris",
    "add_event:iris",
    "add_score_type:error_mare_mixed,1,0.0,inf",
    "add_score_type:error_mixed,1,0.0,1.0",
    "add_score_type:mare_mixed,1,0.0,inf",
    "add_score_type:mare,1,0.0,inf",
    "add_workflow_element_type:feature_extractor_reg,code",
    "add_workflow_element_type:feature_extractor_clf,code",
    "add_workflow:feature_extractor_classifier_regressor_workflow,feature_extractor_clf,classifier,"
    "feature_extractor_reg,regressor",
    "add_problem:iris",
    "add_event:iris",
    "sign_up_team:iris,kegl",
    "add_workflow_element_type:external_data,data",
    "add_workflow:feature_extractor_regressor_with_external_data_workflow,feature_extractor,regressor,external_data",
    "add_event:iris_test",
    "sign_up_team:iris_test,kegl",
]


def fabric_3(line):
    """Type a classic line the way of Fabric 3."""
    task, _, values = line.partition(":")
    head, *rest = values.split(",")
    return (
        [task.replace("_", "-"), head, ",".join(rest)]
        if task == "add_workflow"
        else [task.replace("_", "-"), *values.split(",")]
    )


def without_progress(said):
    """Leave out what a busy machine says of a step that takes long."""
    progress = re.compile(r"iris: (.* \([\d.]+ s since the start\)|done after [\d.]+ s)")
    return [line for line in said.splitlines() if not progress.fullmatch(line)]


def test_every_line_of_the_original_runs_in_order_in_the_notation_of_fabric_3(fab, upgraded):
    words = [word for line in CLASSIC for word in fabric_3(line)]
    code, out, said = fab(*words)
    assert (code, without_progress(said)) == (0, [])
    assert len(out.splitlines()) == len(CLASSIC)
    assert fab(*words)[0] == 0

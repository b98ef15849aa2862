"""Workflow ``sklearn_pipeline``: an estimator in a file of any name, beside other files."""

import numpy as np
import pytest

from databoard import workflows
from databoard.errors import SubmissionError

X = np.arange(4.0)[:, None]
Y = np.array([1.0, 3.0, 5.0, 7.0])
SOURCE = "from sklearn.dummy import Dummy{} as get_estimator\n"


@pytest.fixture
def workflow(tmp_path):
    (tmp_path / "model.py").write_text(SOURCE.format("Regressor"))
    (tmp_path / "stations.csv").write_text("a\n1\n")
    (tmp_path / "tools.py").write_text("")
    return workflows.SKLearnPipeline("model.py", additional_filenames=["stations.csv", "tools"])


def test_the_estimator_of_the_file_named_predicts_values(workflow, tmp_path):
    assert workflow.element_names == ["model", "stations.csv", "tools"]
    model = workflow.train_submission(tmp_path, X, Y, np.array([0, 1]))
    assert workflow.test_submission(model, X).tolist() == [2.0] * 4


def test_a_classifier_predicts_probabilities(workflow, tmp_path):
    (tmp_path / "model.py").write_text(SOURCE.format("Classifier"))
    model = workflow.train_submission(tmp_path, X, np.array([0, 1, 1, 1]))
    assert workflow.test_submission(model, X).tolist() == [[0.25, 0.75]] * 4


@pytest.mark.parametrize("name", ["stations.csv", "tools.py", "model.py"])
def test_a_missing_file_is_named(workflow, tmp_path, name):
    (tmp_path / name).unlink()
    with pytest.raises(SubmissionError, match=f"Expected a file {name}") as caught:
        workflow.train_submission(tmp_path, X, Y)
    assert caught.value.code == "import_error"

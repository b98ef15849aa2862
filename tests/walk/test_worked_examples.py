"""The two worked examples of the original README, typed as they stand there on an empty, upgraded database."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from databoard.clock import utc_now
from databoard.models import Submission
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.people import accounts

ROOT = Path(__file__).resolve().parents[2]
DRUG_SPECTRA = """
add_score_type:error_mare_mixed,1,0.0,inf
add_score_type:error_mixed,1,0.0,1.0
add_score_type:mare_mixed,1,0.0,inf
add_score_type:mare,1,0.0,inf
add_workflow_element_type:feature_extractor_reg,code
add_workflow_element_type:feature_extractor_clf,code
add_workflow:feature_extractor_classifier_regressor_workflow,feature_extractor_clf,classifier,feature_extractor_reg,regressor
add_problem:drug_spectra
add_event:drug_spectra
sign_up_team:drug_spectra,kegl
"""
AIR_PASSENGERS = """
add_workflow_element_type:external_data,data
add_workflow:feature_extractor_regressor_with_external_data_workflow,feature_extractor,regressor,external_data
add_problem:air_passengers
add_event:air_passengers_dssp4
sign_up_team:air_passengers_dssp4,kegl
sign_up_team:air_passengers_dssp4,agramfort
"""


@pytest.fixture
def url(tmp_path):
    """A database where nothing but the tables and two users exist."""
    url = f"sqlite:///{tmp_path / 'databoard.db'}"
    schema.upgrade(url)
    engine = make_engine(url)
    with transaction(session_factory(engine)) as session:
        for name in ("kegl", "agramfort"):
            accounts.create_user(
                session, name=name, email=f"{name}@example.org", password="four ordinary words", now=utc_now()
            )
    engine.dispose()
    return url


@pytest.fixture
def fab(tmp_path, problems, url, bare_environment):
    """Run one fab call that must succeed."""
    environment = {**bare_environment, "DATABOARD_HOME": str(tmp_path), "DATABOARD_PROBLEMS": str(problems)}

    def fab(*words):
        command = [sys.executable, "-m", "fabric", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return fab


@pytest.mark.parametrize(
    ("lines", "event", "names"),
    [
        (DRUG_SPECTRA, "drug_spectra", ["combined", "err", "mare"]),
        (AIR_PASSENGERS, "air_passengers_dssp4", ["rmse"]),
    ],
)
def test_the_worked_example_runs_and_its_starting_kit_is_scored(fab, url, lines, event, names):
    fab(*lines.split())
    fab(f"add_submission:{event},kegl,starting_kit", f"train_test:{event}")
    engine = make_engine(url)
    with transaction(session_factory(engine)) as session:
        (row,) = session.scalars(select(Submission)).all()
        scores = {score.event_score_type.name: score.valid_bag for score in row.scores}
    engine.dispose()
    assert (str(row.state), list(scores)) == ("scored", names)
    if len(scores) == 3:
        assert scores["combined"] == pytest.approx(2 / 3 * scores["err"] + 1 / 3 * scores["mare"])

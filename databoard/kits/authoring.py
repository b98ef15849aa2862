"""Write a kit that works, from the files in ``skeleton/``, for an instructor to change step by step.

Called by ``fab new_problem``. Each skeleton is a kind of data with simulated rows; several workflows share one. The
files end in ``.txt`` there, so that nothing takes them for code of the server.
"""

import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from databoard.errors import KitError, RuleError
from databoard.kits.events import event_names
from databoard.kits.loading import is_name, names

_SKELETONS = Path(__file__).with_name("skeleton")
_EVENT_SCORES = {
    "classes": ("acc", "nll"),
    "values": ("rmse", "rel_rmse"),
    "both": ("combined", "error", "mare"),
    "series": ("rmse",),
    "events": ("efficiency",),
    "circles": ("ap", "ospa"),
    "images": ("acc", "nll"),
}


@dataclass(frozen=True)
class Skeleton:
    """What a new kit of one workflow is made of.

    Attributes
    ----------
    folder : str
        Of ``skeleton/``: the kind of data.
    workflow : str
        The expression that ``problem.py`` builds its workflow with.
    files : tuple of str
        The workflow elements.
    elements : str
        The folder with these files, when they are not in the first one.
    """

    folder: str
    workflow: str
    files: tuple[str, ...]
    elements: str = ""


#: By the name of the workflow, as in ``databoard.workflows.WORKFLOWS``.
SKELETONS = {
    "classifier": Skeleton("classes", "workflows.Classifier()", ("classifier.py",)),
    "clusterer": Skeleton("events", "workflows.Clusterer()", ("clusterer.py",)),
    "estimator": Skeleton("classes", "workflows.Estimator()", ("estimator.py",)),
    "estimator_external_data": Skeleton(
        "values",
        "workflows.EstimatorExternalData()",
        ("estimator.py", "external_data.csv"),
        elements="external",
    ),
    "feature_extractor_classifier": Skeleton(
        "classes", "workflows.FeatureExtractorClassifier()", ("feature_extractor.py", "classifier.py")
    ),
    "feature_extractor_classifier_calibrator": Skeleton(
        "classes",
        "workflows.FeatureExtractorClassifierCalibrator()",
        ("feature_extractor.py", "classifier.py", "calibrator.py"),
    ),
    "feature_extractor_classifier_regressor": Skeleton(
        "both",
        "workflows.FeatureExtractorClassifierRegressor(label_names=_label_names)",
        ("feature_extractor_clf.py", "classifier.py", "feature_extractor_reg.py", "regressor.py"),
    ),
    "feature_extractor_regressor": Skeleton(
        "values", "workflows.FeatureExtractorRegressor()", ("feature_extractor.py", "regressor.py")
    ),
    "feature_extractor_regressor_with_external_data": Skeleton(
        "values",
        "workflows.FeatureExtractorRegressorWithExternalData()",
        ("feature_extractor.py", "regressor.py", "external_data.csv"),
        elements="external",
    ),
    "image_classifier": Skeleton(
        "images",
        "workflows.ImageClassifier(n_classes=len(_label_names))",
        ("image_preprocessor.py", "batch_classifier.py"),
    ),
    "object_detector": Skeleton(
        "circles", "workflows.ObjectDetector(max_objects=_max_objects)", ("object_detector.py",)
    ),
    "regressor": Skeleton("values", "workflows.Regressor()", ("regressor.py",)),
    "sklearn_pipeline": Skeleton("classes", "workflows.SKLearnPipeline()", ("estimator.py",)),
    "ts_feature_extractor_regressor": Skeleton(
        "series",
        "workflows.TimeSeriesFeatureExtractorRegressor(\n"
        "    n_burn_in=_n_burn_in, check_sizes=[132], check_indexs=[120]\n)",
        ("ts_feature_extractor.py", "regressor.py"),
    ),
}
_CONTRACTS = {
    "batch_classifier.py": "a class `BatchClassifier` with `fit(gen_builder)` and `predict_proba(X)`",
    "calibrator.py": "a class `Calibrator` with `fit(probabilities, y)` and `predict_proba(probabilities)`",
    "classifier.py": "a class `Classifier` with `fit(X, y)` and `predict_proba(X)`, one column per class",
    "clusterer.py": "a class `Clusterer` with `fit(X, y)` and `predict_single_event(X)`",
    "estimator.py": "a function `get_estimator()` that returns a scikit-learn estimator",
    "external_data.csv": 'a table of yours, read with `pd.read_csv(Path(__file__).parent / "external_data.csv")`',
    "feature_extractor.py": "a class `FeatureExtractor` with `fit(X, y)` and `transform(X)`",
    "feature_extractor_clf.py": "a class `FeatureExtractor`, whose features the classifier gets",
    "feature_extractor_reg.py": "a class `FeatureExtractor`, whose features the regressor gets; X has the classes",
    "image_preprocessor.py": "a function `transform(image)`, and `transform_test(image)` if prediction differs",
    "object_detector.py": "a class `ObjectDetector` with `fit(X, y)` and `predict(X)`, circles per image",
    "regressor.py": "a class `Regressor` with `fit(X, y)` and `predict(X)`",
    "ts_feature_extractor.py": "a class `FeatureExtractor` with `transform(X)`, which must not look into the future",
}


def write_kit(problems_dir: str | Path, name: str, workflow: str) -> Path:
    """Write ``problems/<name>/`` and return it; it appears whole or not at all.

    Raises
    ------
    RuleError
        If the name cannot be one, is taken, or there is no skeleton for the workflow.
    """
    problems_dir = Path(problems_dir)
    workflow = workflow.removesuffix("_workflow")
    if workflow not in SKELETONS:
        raise RuleError(
            f"Expected a workflow among {', '.join(SKELETONS)}, got {workflow!r}. Choose the closest one."
        )
    if not is_name(name):
        raise RuleError(
            f"Expected a name of letters, digits, - and _, such as iris_2, got {name!r}. Choose another."
        )
    target = problems_dir / name
    if target.exists():
        raise RuleError(
            f"Expected a new name, but {target.name}/ is there already. Choose another, or remove it."
        )
    owners = [owner for owner in names(problems_dir) if f"{name}_test" in event_names(problems_dir / owner)]
    if owners:
        raise RuleError(f"Expected no event {name}_test yet, but {owners[0]} has one. Choose another name.")
    new = problems_dir / f".{name}-{secrets.token_hex(4)}"
    try:
        _write(new, name, SKELETONS[workflow])
        os.rename(new, target)
    except OSError as error:
        raise KitError(
            f"The kit cannot be written: {error}. Make the folder of problems writable."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return target


def _write(folder: Path, name: str, skeleton: Skeleton) -> None:
    title = name.replace("_", " ").replace("-", " ").capitalize()
    source = _SKELETONS / skeleton.folder
    elements = "\n".join(f"- `{file}`: {_CONTRACTS[file]}." for file in skeleton.files)
    values = {
        "title": title,
        "workflow": skeleton.workflow,
        "data": _text(source / "data.md.txt"),
        "elements": elements,
        "scores": _text(source / "scores.md.txt"),
    }
    _put(folder / "problem.py", Template(_text(source / "problem.py.txt")).substitute(values))
    _put(folder / "README.md", Template(_text(_SKELETONS / "README.md.txt")).substitute(values))
    event = Template(_text(_SKELETONS / "event.toml.txt")).substitute(
        values | {"scores": _score_tables(_EVENT_SCORES[skeleton.folder])}
    )
    _put(folder / "events" / f"{name}_test.toml", event)
    elements_source = _SKELETONS / (skeleton.elements or skeleton.folder)
    for file in skeleton.files:
        _put(folder / "starting_kit" / file, _text(elements_source / "starting_kit" / f"{file}.txt"))
        _put(folder / "submissions" / "stronger" / file, _text(elements_source / "stronger" / f"{file}.txt"))


def _score_tables(score_names: Iterable[str]) -> str:
    tables = [
        f'[[scores]]\nscore_type = "{score}"\nname = "{score}"\nprecision = 3\n' for score in score_names
    ]
    tables[0] += "is_official = true\n"
    return "\n".join(tables).rstrip()


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")

"""Circles in images, in RAMP's form: lists of any length, and X that stays in its file."""

import os

import numpy as np
import pandas as pd
import rampwf as rw
from sklearn.model_selection import KFold

problem_title = "Bright discs"
Predictions = rw.prediction_types.make_detection()
workflow = rw.workflows.ObjectDetector()
score_types = [
    rw.score_types.OSPA(),
    rw.score_types.SCP(shape=(24, 24)),
    rw.score_types.DetectionAveragePrecision(name="ap"),
    rw.score_types.DetectionPrecision(name="precision", iou_threshold=0.2),
    rw.score_types.DetectionRecall(name="recall", iou_threshold=0.2),
    rw.score_types.MADCenter(name="centre", iou_threshold=0.2),
]


def get_cv(X, y):
    return KFold(3).split(X)


def _read(path, part):
    images = np.load(os.path.join(path, "data", f"{part}.npy"), mmap_mode="r")
    circles = pd.read_csv(os.path.join(path, "data", f"{part}.csv"))
    y = np.empty(len(images), dtype=object)
    for number in range(len(images)):
        rows = circles[circles["image"] == number]
        y[number] = [tuple(row) for row in rows[["row", "column", "radius"]].to_numpy()]
    return images, y


def get_train_data(path="."):
    return _read(path, "train")


def get_test_data(path="."):
    return _read(path, "test")

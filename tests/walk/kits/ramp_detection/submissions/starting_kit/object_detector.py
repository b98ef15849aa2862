"""What a participant of a RAMP challenge hands in."""

import numpy as np
from scipy.ndimage import center_of_mass, label


class ObjectDetector:
    def fit(self, X, y):
        self.threshold = (X.min() + X.max()) / 2

    def predict(self, X):
        y_pred = np.empty(len(X), dtype=object)
        for number, image in enumerate(X):
            places, n_found = label(image > self.threshold)
            found = []
            for place in range(1, n_found + 1):
                row, column = center_of_mass(places == place)
                found.append((0.9, row, column, np.sqrt((places == place).sum() / np.pi)))
            y_pred[number] = found
        return y_pred

import numpy as np

WINDOW = 15
LABELS = ["A", "B", "Q", "R"]


class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        spectra = np.stack(list(X["spectra"]))
        windows = spectra[:, : 124 * WINDOW].reshape(len(spectra), 124, WINDOW).mean(axis=2)
        # the four columns of molecules are the truth at training, the classifier's probabilities afterwards
        return np.column_stack([windows, X[LABELS]])

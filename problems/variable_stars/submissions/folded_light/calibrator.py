import numpy as np

POWERS = np.geomspace(0.5, 4, 31)


class Calibrator:
    """Sharpen or soften: raise all probabilities to the power that makes the labels held out likeliest."""

    def fit(self, probabilities, y):
        column = np.searchsorted(np.unique(y), y)
        if len(np.unique(y)) < probabilities.shape[1]:
            self.power = 1.0
            return
        likelihoods = [
            np.mean(np.log(sharpen(probabilities, power)[np.arange(len(y)), column])) for power in POWERS
        ]
        self.power = POWERS[int(np.argmax(likelihoods))]

    def predict_proba(self, probabilities):
        return sharpen(probabilities, self.power)


def sharpen(probabilities, power):
    powered = np.clip(probabilities, 0.005, 1) ** power
    return powered / powered.sum(axis=1, keepdims=True)

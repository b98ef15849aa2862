import numpy as np
import pandas as pd

N_BURN_IN = 120
LATITUDES, N_LONGITUDES = np.arange(60, 90, 5), 12


class FeatureExtractor:
    def transform(self, X):
        """Return the warmth of the last three months and two years, apart for each month of the year."""
        month = pd.to_datetime(X["month"]).dt.month.to_numpy()
        is_month = (month[:, np.newaxis] == np.arange(1, 13)).astype(float)
        warmth = self._warmth(X)
        by_month = np.column_stack(
            [is_month * warmth.rolling(n).mean().to_numpy()[:, np.newaxis] for n in (3, 24)]
        )
        return np.column_stack([is_month, by_month])[N_BURN_IN:]

    def _warmth(self, X):
        """Return the mean over the grid; cells are smaller the nearer they are to the pole."""
        grid = X.filter(like="t_").to_numpy().reshape(len(X), len(LATITUDES), N_LONGITUDES)
        return pd.Series(np.average(grid.mean(axis=2), axis=1, weights=np.cos(np.radians(LATITUDES))))

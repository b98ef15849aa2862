N_BURN_IN = 120


class FeatureExtractor:
    def transform(self, X):
        """Return the temperature in the middle of the ocean: one row per month after the burn-in."""
        return X[["t_0_220"]].to_numpy()[N_BURN_IN:]

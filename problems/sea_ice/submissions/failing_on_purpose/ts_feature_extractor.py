N_BURN_IN = 120


class FeatureExtractor:
    def transform(self, X):
        # fails on purpose: a centred mean over a year knows the six months to come
        temperature = X.filter(like="t_").mean(axis=1)
        return temperature.rolling(13, center=True, min_periods=1).mean().to_numpy()[N_BURN_IN:, None]

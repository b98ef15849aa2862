N_BURN_IN = 120


class FeatureExtractor:
    def transform(self, X):
        # fails on purpose: the mean of the whole series knows the months to come
        temperature = X[["t_0_220"]].to_numpy()
        return (temperature - temperature.mean())[N_BURN_IN:]

class FeatureExtractor:
    def transform(self, X):
        return X[["t_0_220"]].to_numpy()[N_BURN_IN:]

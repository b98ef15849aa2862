"""Problems and events: what they are made of, their settings, folds, limits and ensembles."""

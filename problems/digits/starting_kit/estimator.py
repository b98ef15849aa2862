from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer


def mean_of_rows(images):
    """Describe an image by the 8 means of its rows."""
    return images.mean(axis=2)


def get_estimator():
    return make_pipeline(FunctionTransformer(mean_of_rows), GaussianNB())

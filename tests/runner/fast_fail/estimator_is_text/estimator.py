def get_estimator():
    return "random forest"

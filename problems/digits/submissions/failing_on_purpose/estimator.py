import a_library_that_is_not_installed  # fails on purpose, while the file is imported


def get_estimator():
    return a_library_that_is_not_installed.Classifier()

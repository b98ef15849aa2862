"""Arrays in, numbers out: score types, prediction types, bagging, blending, contributivity.

Runs in the scorer, beside the labels. It knows neither kits nor files nor the database, and never runs
the code of a submission.
"""

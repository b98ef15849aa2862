"""Historical contributivity: what a submission contributed, also through those that credit it."""


def historical(contributivity, order, credits) -> dict[int, float]:
    """Pass contributivity back along the credits that submissions give to their sources.

    From newest to oldest, a submission takes its own contributivity and what later ones passed to it, and
    hands each source its share of that sum. The total is conserved.

    Parameters
    ----------
    contributivity : dict of submission id to float
    order : sequence of submission id
        Newest first, all of ``contributivity``.
    credits : dict of submission id to dict of source id to float
        Share in [0, 1] that a submission owes to an older one; what they leave is its own. A share for a
        source outside ``order`` stays with the submission.

    Returns
    -------
    dict of submission id to float
    """
    result = dict.fromkeys(order, 0.0)
    for submission_id in order:
        result[submission_id] += contributivity[submission_id]
        total = result[submission_id]
        for source_id, share in credits.get(submission_id, {}).items():
            if source_id in result:
                result[source_id] += share * total
                result[submission_id] -= share * total
    return result

"""Contributivity: shares of submissions, the shares passed back along credits, and both in whole percent."""

from collections.abc import Mapping, Sequence


def historical(
    contributivity: Mapping[int, float], order: Sequence[int], credits: Mapping[int, Mapping[int, float]]
) -> dict[int, float]:
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


def percentages(shares: Mapping[int, float]) -> dict[int, int]:
    """Round shares to whole percent that sum to what the shares sum to: 100 for all of an event's.

    By largest remainder: every share is rounded down, and those that lost most get one more. A tie goes to the one
    that comes first.

    Parameters
    ----------
    shares : mapping of submission id to float in [0, 1]
        In the order that decides ties: the oldest first.
    """
    percents = {
        i: round(100 * share, 9) for i, share in shares.items()
    }  # 100 * 0.29 is a little less than 29
    whole = {i: int(percent) for i, percent in percents.items()}
    n_left = round(sum(percents.values())) - sum(whole.values())
    by_remainder = sorted(shares, key=lambda i: round(whole[i] - percents[i], 6))  # stable
    return {i: whole[i] + (i in by_remainder[:n_left]) for i in shares}

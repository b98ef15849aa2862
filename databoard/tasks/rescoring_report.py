"""Print what a rescoring changes and what it wrote. Called by ``fab rescore``."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from databoard.ops.rescoring import open_rescoring
from databoard.ops.rescoring_reports import Comparison, UnchangedSubmission, Written
from databoard.tasks.output import require_format, show
from databoard.tasks.terminal import Bar

if TYPE_CHECKING:
    from config import Config

Say = Callable[[str], None]


def rescore(config: "Config", *, event_name: str, is_dry_run: bool, format: str = "table") -> int:
    """Print which ranks and official scores change, then write the new scores; return 1 if some could not be.

    Raises
    ------
    RuleError
        If no submission can be rescored, or the kit changes meanwhile; nothing is written then.
    """
    require_format(format)  # before the work
    say = partial(print, file=sys.stdout if format == "table" else sys.stderr, flush=True)
    with Bar(sys.stderr) as bar, open_rescoring(config, event_name=event_name, on_scored=bar.show) as work:
        comparison = work.compare()
        bar.close()
        _show_comparison(comparison, format, say)
        if is_dry_run:
            say(f"{event_name}: nothing is written, this was a dry run.")
            return int(bool(comparison.unchanged))
        written = work.write()
    _show_written(written, comparison, say)
    return int(bool(written.unchanged))


def _show_comparison(comparison: Comparison, format: str, say: Say) -> None:
    if comparison.changes or format != "table":
        show(map(asdict, comparison.changes), format)
    if comparison.official_before != comparison.official:
        say(f"The official score is {comparison.official} now, it was {comparison.official_before}.")
    n_changes = len(comparison.changes)
    say(
        f"{comparison.event_name}: {n_changes} of {comparison.n_scored} submissions change rank or official score."
    )
    _show_unchanged(comparison.event_name, comparison.unchanged, say)


def _show_written(written: Written, comparison: Comparison, say: Say) -> None:
    for n_added in written.n_added:
        say(f"{n_added} more were scored meanwhile.")
    _show_unchanged(written.event_name, written.unchanged[len(comparison.unchanged) :], say)
    say(f"{written.event_name}: {written.n_replaced} submissions have new scores; the old ones are kept.")
    if written.n_restarted:
        say(f"Running submissions that start again: {written.n_restarted}.")
    if written.other_events:
        commands = ", ".join(f"fab rescore:{name}" for name in written.other_events)
        say(f"The kit changed. Rescore its other events, too: {commands}")
    if written.due_note:
        say(written.due_note)


def _show_unchanged(event_name: str, unchanged: tuple[UnchangedSubmission, ...], say: Say) -> None:
    for one in unchanged:
        say(
            f"{one.team}/{one.submission} keeps its old scores: {one.reason}. "
            f"Run it again: fab set_state:{event_name},{one.team},{one.submission},new"
        )

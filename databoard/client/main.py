"""``databoard test [--kit FOLDER] [--submission NAME]``; exit code 0 scored, 1 the submission failed, 2 misuse."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from databoard import __version__
from databoard.client import local_test
from databoard.client.tracebacks import headline, participant_trace
from databoard.errors import DataboardError, SubmissionError

if TYPE_CHECKING:
    from databoard.kits import Kit
    from databoard.scoring.folds import SubmissionScores


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, do what it says and return the exit code."""
    parser = argparse.ArgumentParser(prog="databoard", description=__doc__.split(";")[0].strip("`"))
    parser.add_argument("--version", action="version", version=f"databoard {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    test = commands.add_parser("test", help="train and score a submission on the kit's public data")
    test.add_argument("--kit", type=Path, default=Path(), help="folder with problem.py (default: here)")
    test.add_argument(
        "--submission",
        default="starting_kit",
        help="name of a folder in submissions/, or a path (default: starting_kit)",
    )
    options = parser.parse_args(arguments)
    try:
        return run_test(options.kit, options.submission)
    except SubmissionError as error:
        print(f"databoard: {error}\n{error.trace}".rstrip(), file=sys.stderr)
        return 1
    except DataboardError as error:
        print(f"databoard: {error}", file=sys.stderr)
        return 2
    except SystemExit:
        print("databoard: The code ended the program (sys.exit). Return normally instead.", file=sys.stderr)
        return 1
    except Exception as error:  # the participant's code raises what it likes
        print(f"databoard: {headline(error)}\n{participant_trace(error)}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("databoard: stopped", file=sys.stderr)
        return 130


def run_test(kit_path: Path, name: str) -> int:
    """Run every fold with a line each, then print the table of scores."""
    from databoard import kits

    kits.prepare(kit_path)
    kit = kits.load(kit_path)
    folder = local_test.submission_folder(kit_path, name)
    local_test.require_texts(kit, folder)
    print(f"{kit.title}: testing {folder.resolve()} on the data in {kits.data_folder(kit_path)}", flush=True)
    predictions = []
    for times, predicted in local_test.run_folds(kit, folder):
        predictions.append(predicted)
        print(
            f"fold {times.number + 1}/{times.n_folds}  train {times.train_time_s:.2f} s  "
            f"predict {times.predict_time_s:.2f} s",
            flush=True,
        )
    print_scores(kit, local_test.score(kit, predictions))
    return 0


def print_scores(kit: "Kit", scores: "SubmissionScores") -> None:
    """Print a line for each score: bagged over the folds, then mean and deviation of the folds."""
    width = max(len(name) for name in scores.summary)
    print(f"{'score':{width}}  {'valid':>10}  {'test':>10}  {'fold mean':>10}  {'fold std':>10}")
    for score_type in kit.executed().score_types:
        summary = scores.summary[score_type.name]
        cells = (summary.valid_bag, summary.test_bag, summary.valid_mean, summary.valid_std)
        texts = ("–" if value is None else f"{value:.{max(4, score_type.precision)}f}" for value in cells)
        print(f"{score_type.name:{width}}  " + "  ".join(f"{text:>10}" for text in texts))


if __name__ == "__main__":
    sys.exit(main())

"""Have bubblewrap start what may not nest user namespaces: what AppArmor does on Ubuntu 24.04, on any machine.

Tests, ``jail_layers`` and ``bench/fold_cost.py`` raise jails with it at level B. The program that :func:`refused`
puts in the place of bubblewrap loads a system-call filter and executes bubblewrap. The filter refuses the one call by
which a zygote makes namespaces together with a user namespace; bubblewrap itself makes them in other ways. What
enters a jail from outside has no such filter, as it has no profile of bubblewrap's on Ubuntu.
"""

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from databoard.jail import bubblewrap, kernel, seccomp  # noqa: E402

#: Namespaces together with a user namespace: what an unprivileged zygote makes for a cell.
UNPRIVILEGED = kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID
#: Namespaces of any kind: nobody below bubblewrap makes a cell.
ANY = kernel.CLONE_NEWPID


@contextlib.contextmanager
def refused(namespaces: int = UNPRIVILEGED) -> Iterator[None]:
    """Let no zygote that bubblewrap starts meanwhile make these namespaces."""
    kept = bubblewrap.find_bwrap
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103
        program = Path(folder, "bwrap")
        program.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            f"import bwrap_without_nesting as this\nthis.execute({kept()!r}, sys.argv[1:], {namespaces})\n"
        )
        program.chmod(0o755)
        with mock.patch.object(bubblewrap, "find_bwrap", lambda: str(program)):
            yield


def execute(bwrap: str, words: list[str], namespaces: int) -> None:
    """Load the filter and be bubblewrap."""
    refusal = seccomp.Refusal("unshare", errno.EPERM, argument=0, refused_together=namespaces)
    program = seccomp.program(refusals=(refusal,))
    if program is None:
        raise SystemExit("No filter for this machine.")
    kernel.forbid_new_privileges()
    kernel.load_filter(program)
    os.execv(bwrap, [bwrap, *words])  # noqa: S606

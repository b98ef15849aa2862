"""What is wrong with the site, and the command that fixes it: for ``fab status``, ``/admin`` and the health check.

A check is a small function that takes a :class:`~databoard.queries.checks.check.Site` and returns one row, or None
where it does not apply. `registry` lists all of them; to add one, write a function and name it there.

============  =======================================================================
`check`       a row, and what the checks of one call share: settings, time, numbers
`server`      what needs no database: maintenance, disk, backups
`work`        what is in the database: its revision, workers, jail, queue, events
`counts`      what single jobs, teams and files do wrong, as columns of one statement
`troubles`    the checks of these
`registry`    every check, and how they are run
============  =======================================================================
"""

from databoard.queries.checks.check import Check, CheckState, Site
from databoard.queries.checks.registry import is_ready, public_records, records, run, worst

__all__ = ["Check", "CheckState", "Site", "is_ready", "public_records", "records", "run", "worst"]

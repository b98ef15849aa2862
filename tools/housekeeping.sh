#!/bin/sh
# Remove files that no row has named for DATABOARD_TRASH_S, and say when a backup is overdue. For cron, once a day:
#   22 1 * * * databoard DATABOARD_ENV_FILE=/etc/databoard.env /srv/databoard/tools/housekeeping.sh
# Old backups are removed by the next backup, after it is known to be whole.
. "$(dirname "$0")/cron_settings.sh"
"$python" -m fabric empty_trash
exec "$python" -m fabric backups

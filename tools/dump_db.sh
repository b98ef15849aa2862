#!/bin/sh
# Back up when a backup is due, and copy it to DATABOARD_BACKUP_TARGET. For cron, every ten minutes:
#   */10 * * * * databoard DATABOARD_ENV_FILE=/etc/databoard.env /srv/databoard/tools/dump_db.sh
. "$(dirname "$0")/cron_settings.sh"
exec "$python" -m fabric backup:if_due=True

#!/bin/sh
# Run what is due of the schedule, such as a backup. For cron, once a minute:
#   * * * * * databoard DATABOARD_ENV_FILE=/etc/databoard.env /srv/databoard/tools/tick.sh
# It says nothing unless an entry fails: cron mails what is printed.
. "$(dirname "$0")/cron_settings.sh"
done=$("$python" -m fabric tick 2>&1) || { printf '%s\n' "$done"; exit 1; }

#!/bin/sh
# Put a backup of production on this test site, with people made anonymous:
#   tools/prod_db_to_test.sh <backup, or folder of backups> [<name of the test database>]
# Without the name it only shows what would be replaced. The newest backup of a folder is taken.
. "$(dirname "$0")/cron_settings.sh"
path=${1:?Expected a backup, or a folder of backups.}
exec "$python" -m fabric prod-db-to-test --path="$path" ${2:+--yes="$2"}

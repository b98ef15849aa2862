#!/bin/sh
# The web container of compose.yaml: wait for PostgreSQL, bring its tables up to date, serve.
# Not every engine waits for health or for a container that ends, so this does it.
set -eu

echo "Waiting for PostgreSQL …"
until pg_isready --quiet --dbname "$DATABOARD_DB_URL"; do sleep 1; done
mkdir -p "$DATABOARD_PROBLEMS"  # kits are copied there
python manage.py db upgrade
exec fab run-services --workers 0

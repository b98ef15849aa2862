# Read by the scripts beside it: go to the source code, read the settings, choose the Python.
# DATABOARD_SETTINGS is a file of lines DATABOARD_…=…, such as the EnvironmentFile of a systemd unit.
set -eu
cd "$(dirname "$0")/.."
settings=${DATABOARD_SETTINGS:-/etc/databoard.env}
if [ -r "$settings" ]; then
    set -a
    . "$settings"
    set +a
fi
python=${DATABOARD_PYTHON:-.venv/bin/python}

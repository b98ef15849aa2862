# Read by the scripts beside it: go to the source code and choose the Python.
# Settings come from the environment, and from the file that DATABOARD_ENV_FILE names.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}

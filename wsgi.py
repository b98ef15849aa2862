"""The entry for every WSGI server; it keeps its name and place: ``wsgi:application``.

Apache's mod_wsgi loads it with hardly any environment. So it finds the file of settings by itself: that of the target
in which this release is published.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SETTINGS = ROOT.parents[1] / "shared" / "databoard.env"

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
if ROOT.parent.name == "releases" and SETTINGS.exists():
    os.environ.setdefault("DATABOARD_ENV_FILE", str(SETTINGS))

from manage import application as make_application  # noqa: E402 (the settings come first)

application = make_application()

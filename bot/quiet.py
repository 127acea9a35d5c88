"""Imported first by every entry point: nothing of a patient leaves the hospital, and nothing is downloaded.

Rasa sends usage data and crash reports (with local variables) to third parties unless told not to, and reads that switch early.
"""

import logging
import os
import sys
from types import ModuleType
from typing import cast

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Threads of OpenMP that wait in sleep: on a busy machine a sentence vector cost 627 ms of processor time by spinning, and 37 ms so.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# What Rasa's pinned packages say to their own developers at every start. Filters do not hold: some of them reset the filters on import.
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.ERROR)

# spaCy's `thinc` imports TensorFlow only to see whether it is there: 4 s of processor time and 250 MB at each start, also of processes that have
# no use for it. Whoever has (Rasa) imports it later, as it is.
_NOT_HERE = [x for x in ("tensorflow", "torch") if x not in sys.modules]
sys.modules.update({x: cast(ModuleType, None) for x in _NOT_HERE})      # None: an ImportError for whoever asks
try:
    import thinc.compat  # noqa: F401
finally:
    for _name in _NOT_HERE:
        del sys.modules[_name]

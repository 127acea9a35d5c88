"""Imported first by every entry point: nothing of a patient leaves the hospital, and nothing is downloaded.

Rasa sends usage data and crash reports (with local variables) to third parties unless told not to, and reads that switch early.
"""

import logging
import os

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Threads of OpenMP that wait in sleep: on a busy machine a sentence vector cost 627 ms of processor time by spinning, and 37 ms so.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# What Rasa's pinned packages say to their own developers at every start. Filters do not hold: some of them reset the filters on import.
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.ERROR)

"""Every test, in two halves at once: `python -m tests`. Those with running bots wait for their processes while the others compute.

The second half's report is printed when the first is done. Arguments are handed to both.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
WITH_BOTS = ("browser", "conversations", "platform", "safety")     # start processes of their own


def halves() -> tuple[list[str], list[str]]:
    """The folders of each half: whatever is not named has no bots."""
    found = sorted(x.name for x in FOLDER.iterdir() if any(x.rglob("test_*.py")))
    return [x for x in found if x not in WITH_BOTS], [x for x in found if x in WITH_BOTS]


def command(folders: list[str], more: list[str]) -> list[str]:
    """A half's pytest."""
    return [sys.executable, "-m", "pytest", "-q", *more, *(str(FOLDER / x) for x in folders)]


def main(arguments: list[str]) -> int:
    """Run both; the exit code is 0 when every test of both passed."""
    started = time.monotonic()
    first, second = halves()
    with tempfile.TemporaryFile() as report:
        beside = subprocess.Popen(command(second, arguments), cwd=FOLDER.parent, stdout=report, stderr=subprocess.STDOUT)
        try:
            codes = [subprocess.run(command(first, arguments), cwd=FOLDER.parent).returncode]
            print(f"\n{', '.join(first)}: done after {time.monotonic() - started:.0f} s; waiting for {', '.join(second)}", flush=True)
            codes.append(beside.wait())
        finally:
            if beside.poll() is None:       # interrupted
                beside.send_signal(signal.SIGINT)      # pytest then ends its bots
                beside.wait()
            report.seek(0)
            sys.stdout.buffer.write(report.read())
    verdict = "every test passed" if not any(codes) else "there were failures"
    print(f"\n{verdict}, after {time.monotonic() - started:.0f} s", flush=True)
    return 0 if not any(codes) else next(x for x in codes if x)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

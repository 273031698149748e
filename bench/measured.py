"""One night in a process of its own: seconds, CPU seconds and peak memory of each stage, as one line of JSON.

`python -m bench.measured WORKSPACE`
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


@dataclass(slots=True)
class Stage:
    """What one stage of a night cost."""

    name: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0


class Stages:
    """The stages of a night as it reports them; each lasts until the next begins."""

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}
        self._now = ""
        self._began = (0.0, 0.0)
        self.begin("plan")

    def __call__(self, what: str, done: int, of: int) -> None:
        """A progress callback: ``load <file>`` is part of ``load``, and what follows its end is ``plan``."""
        name = "load" if what.startswith("load") else what
        self.begin("plan" if name == "load" and done == of else name)

    def begin(self, name: str) -> None:
        """End the stage that is on, and begin another."""
        if name == self._now:
            return
        self.end()
        self._now, self._began = name, (time.perf_counter(), _cpu_s())
        forget_peak()

    def end(self) -> None:
        """End the stage that is on."""
        if self._now:
            stage = self.stages.setdefault(self._now, Stage(self._now))
            stage.wall_s += time.perf_counter() - self._began[0]
            stage.cpu_s += _cpu_s() - self._began[1]
            stage.peak_mb = max(stage.peak_mb, peak_mb())
        self._now = ""


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def forget_peak() -> None:
    """The kernel's high-water mark begins anew, where it can."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def peak_mb() -> float:
    """Most memory since the stage began; where the kernel does not say, since the process did."""
    if CLEAR.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1_024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    began = time.perf_counter()
    stages = Stages()
    from persona.runs.run import run  # noqa: PLC0415 - what it costs to import is part of the night

    outcome = run(Path(sys.argv[1]), as_of=None, progress=stages)
    stages.end()
    came_in = outcome.summary["came_in"]
    said = {
        "run_id": outcome.run_id,
        "wall_s": time.perf_counter() - began,
        "cpu_s": _cpu_s(),
        "customers": outcome.summary["customers"],
        "lines": sum(row["lines"] for row in came_in),
        "transactions": sum(row["loaded"] for row in came_in if row["table_name"] == "transactions"),
        "new lines": sum(one.lines for one in outcome.loaded.sources) if outcome.loaded else 0,
        "messages": sum(row["customers"] for row in outcome.summary["decisions"]),
        "stages": [asdict(stage) for stage in stages.stages.values()],
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()

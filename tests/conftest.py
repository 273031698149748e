"""What all tests share: properties that are the same in each run and not timed, and which files are slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "persona", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("persona")

SLOW = {
    "channels": {"test_publish.py"},
    "cli": {
        "test_approve.py",
        "test_door.py",
        "test_models.py",
        "test_slips.py",
        "test_stages.py",
        "test_unsubscribe.py",
        "test_vault.py",
    },
    "decisions": {"test_allocation.py"},
    "linkage": {"test_model.py"},
    "offers": {"test_judged.py"},
    "optimizer": {"test_products.py", "test_solve.py"},
    "messages": {"test_naughty_everywhere.py"},
    "signals": {"test_laws.py"},
    "sql": {"test_engines.py"},
    "runs": {
        "test_audit.py",
        "test_bad_input.py",
        "test_canary.py",
        "test_clock.py",
        "test_erase.py",
        "test_export.py",
        "test_fairness.py",
        "test_following.py",
        "test_foreseeing.py",
        "test_foresight.py",
        "test_full_disk.py",
        "test_identified_night.py",
        "test_identify.py",
        "test_killed.py",
        "test_moment.py",
        "test_next_night.py",
        "test_packs.py",
        "test_profiling.py",
        "test_proof.py",
        "test_purge.py",
        "test_recall.py",
        "test_reconcile.py",
        "test_release.py",
        "test_remembered.py",
        "test_replace.py",
        "test_replay.py",
        "test_same_bytes.py",
        "test_seeds.py",
        "test_sent.py",
        "test_sealed_night.py",
        "test_triggering.py",
        "test_trying.py",
        "test_unload.py",
    },
    "store": {"test_crash.py", "test_unloading.py"},
}
"""Files whose tests run whole nights, or die many times: by folder."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = Path(item.path)
        if path.name in SLOW.get(path.parent.name, set()):
            item.add_marker(pytest.mark.slow)

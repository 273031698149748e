"""The offers: which action is admissible for whom, with a reason for each that is not."""

from __future__ import annotations

from persona.offers.asking import Batch, asked
from persona.offers.conditions import Criteria, Criterion, distinct_conditions
from persona.offers.cooloffs import resting
from persona.offers.explain import Refusal, refused_by
from persona.offers.history import contact_history
from persona.offers.judged import judged
from persona.offers.limits import contacted_already, room
from persona.offers.occurrences import NO_OCCASIONS, looks_back_days, occasions, occurrences
from persona.offers.permission import may_be_told
from persona.offers.recalled import recalled
from persona.offers.refusals import Asked, Refusals
from persona.offers.rollouts import open_waves, waiting
from persona.offers.suppression import stopped
from persona.offers.verdicts import verdicts
from persona.offers.windows import send_windows

__all__ = [
    "NO_OCCASIONS",
    "Asked",
    "Batch",
    "Criteria",
    "Criterion",
    "Refusal",
    "Refusals",
    "asked",
    "contact_history",
    "contacted_already",
    "distinct_conditions",
    "judged",
    "looks_back_days",
    "may_be_told",
    "occasions",
    "occurrences",
    "open_waves",
    "recalled",
    "refused_by",
    "resting",
    "room",
    "send_windows",
    "stopped",
    "verdicts",
    "waiting",
]

"""Seeds: one message of each stratum of a night for people of the bank, as files of their own that leave at once.

They are written for invented people, so that no customer's data comes into the bank's own mailboxes, and lie apart from
the night's files, so that no count of contacts knows of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.channels import Handed, deliver, publish
from persona.channels.manifest import SUCCESS
from persona.checks.sampling import STRATUM
from persona.errors import PolicyError
from persona.policy.personas import Personas
from persona.policy.policy import Policy
from persona.runs.plan import Night
from persona.runs.proofing import invented, people_of
from persona.runs.rendering import Rendered, sealing

__all__ = ["seeded", "seeds_handed", "seeds_of"]

_ADDRESSES = ("email", "phone", "push_token")


def seeds_of(policy: Policy) -> Personas | None:
    """The invented people with the addresses of who gets their messages; None where there are no seeds.

    Raises: PolicyError for a seed whose person is not invented.
    """
    seeds = policy.quality.seeds
    if not seeds:
        return None
    people = people_of(policy)
    known = {one.persona: one for one in people.personas}
    found = []
    for number, seed in enumerate(seeds):
        if seed.persona not in known:
            where = str(policy.quality.place_of("seeds", number, "persona"))
            raise PolicyError.unknown("persona", seed.persona, known, where=where)
        one = known[seed.persona]
        rest = {name: value for name, value in one.people.items() if name not in _ADDRESSES}
        own = {name: value for name in _ADDRESSES if (value := getattr(seed, name)) is not None}
        found.append(one.model_copy(update={"persona": f"{one.persona}_{number}", "people": rest | own}))
    return people.model_copy(update={"personas": tuple(found)})


def seeded(night: Night, made: Rendered) -> None:
    """Publish a message to each seed of every stratum that the night has in the seed's language.

    What a check withholds, such as a channel for which a seed has no address, is not in the files.
    """
    people = seeds_of(night.policy)
    leaving = made.messages.filter(pl.col("check_id").is_null())
    if people is None or leaving.is_empty():
        return
    offers = [offer for offer in night.policy.offers if offer.offer in set(leaving["offer_id"])]
    key = night.store.vault.signing_key("messages")
    _, messages = invented(night.policy, people, offers, day=night.as_of.day, run_id=night.run_id, key=key)
    alike = [*STRATUM, "price_point"] if "price_point" in leaving.columns else [*STRATUM]
    own = messages.join(leaving.select(alike).unique(), on=alike, how="semi", nulls_equal=True, maintain_order="left")
    modes: Mapping[tuple[str, str], str] = dict.fromkeys(
        own.select("offer_id", "treatment_id").iter_rows(), "automatic"
    )
    publish(
        night.policy.root / "out",
        run_id=_name(night.run_id),
        as_of=night.as_of,
        messages=own,
        workspace=night.policy.workspace,
        profiles=night.policy.delivery,
        modes=modes,
        facts={"seeds_of": night.run_id},
        seal=sealing(night.store),
    )


def seeds_handed(night: Night) -> tuple[Handed, ...]:
    """The files of a night's seeds, handed to the drop folders; each only once, whatever people release."""
    folder = night.policy.root / "out" / _name(night.run_id)
    if not (folder / SUCCESS).is_file():
        return ()
    name = _name(night.run_id)
    before = night.store.saved("handed", name) or {}
    already = {str(sha256) for sha256 in before.values()}
    handed = deliver(folder, root=night.policy.root, profiles=night.policy.delivery, already=already)
    left = {one.file.name: one.file.sha256 for one in handed}
    if left != before:
        night.store.save("handed", name, left)
    return handed


def _name(run_id: str) -> str:
    return f"{run_id}-seeds"

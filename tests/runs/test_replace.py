"""Another run of the same night: refused, unless it is asked for; and then nobody is written to twice."""

import pytest
from fakes import nights

NO_SAVING = "  - {id: no_saving, offers: [saver], classes: [marketing], per: customer, max: 0, days: 1}\n"


def other_rules(root):
    """Forbid an offer that was sent: the same night would be decided otherwise."""
    path = root / "rules/contact.yaml"
    path.write_text(path.read_text().replace("cooloffs:", f"{NO_SAVING}cooloffs:"))


def contacts(root):
    """Run, customer, offer, channel, class and status of every contact."""
    with nights.opened(root) as store:
        return store.contacts().select("run_id", "customer_no", "offer_id", "channel", "class", "status").rows()


def statuses(root):
    """The statuses of the contacts of each run, the first run first."""
    with nights.opened(root) as store:
        in_order = store.catalog.run("SELECT run_id FROM runs ORDER BY started_at")
    return [{c[-1] for c in contacts(root) if c[0] == run} for (run,) in in_order]


def test_other_rules_for_a_finished_night_are_refused_and_change_nothing(after):
    books, files = nights.ledger(after), nights.published(after)
    other_rules(after)
    refused = nights.persona(after, "run")
    assert (refused.code, refused.out) == (2, "")
    assert "of the same instant is finished and was made from other rules or extracts" in refused.err
    assert "Run with --replace to take its place" in refused.err
    assert (nights.ledger(after), nights.published(after)) == (books, files)


@pytest.fixture
def rendered(fresh):
    """A bank whose night is published and not handed over."""
    assert nights.persona(fresh, "load", "--quiet").code == 0
    assert nights.persona(fresh, "render", "--quiet").code == 0
    return fresh


def test_a_replaced_night_that_was_not_handed_over_expires(rendered):
    other_rules(rendered)
    assert nights.persona(rendered, "render", "--replace", "--quiet").code == 0
    assert statuses(rendered) == [{"expired"}, {"written", "ghost"}]
    assert "saver" not in {c[2] for c in contacts(rendered) if c[-1] == "written"}


def test_only_the_run_that_took_the_place_is_handed_over(rendered):
    first = next(path.name for path in (rendered / "out").glob("2026*"))
    other_rules(rendered)
    assert nights.persona(rendered, "render", "--replace", "--quiet").code == 0
    assert nights.persona(rendered, "deliver", "--quiet").code == 0
    assert [name for name in nights.tree(rendered, "delivery") if first in name] == []
    told = nights.persona(rendered, "deliver", first)
    assert told.code == 2
    assert f"unknown run '{first}'" in told.err


def test_what_was_handed_over_stays_and_nobody_is_written_to_twice(after):
    handed = [c for c in contacts(after) if c[-1] == "handed_off"]
    delivered = nights.tree(after, "delivery")
    other_rules(after)
    assert nights.persona(after, "run", "--replace", "--quiet").code == 0
    still = [c for c in contacts(after) if c[-1] == "handed_off"]
    assert set(handed) <= set(still)
    assert delivered.items() <= nights.tree(after, "delivery").items()
    marketing = [c[1] for c in still if c[4] == "marketing"]
    assert sorted(marketing) == sorted(set(marketing))


def test_a_night_that_took_a_place_is_itself_run_once(after):
    other_rules(after)
    assert nights.persona(after, "run", "--replace", "--quiet").code == 0
    books, files = nights.ledger(after), nights.published(after)
    again = nights.persona(after, "run", "--quiet")
    assert (again.code, again.err) == (0, "")
    assert (nights.ledger(after), nights.published(after)) == (books, files)


@pytest.mark.parametrize(
    "place", [0.5, *(pytest.param(place, marks=pytest.mark.slow) for place in (0.1, 0.3, 0.7, 0.9))]
)
def test_killed_while_it_takes_a_place_the_night_ends_the_same(after, tmp_path, place):
    other_rules(after)
    calm = nights.copied(after, tmp_path / "calm")
    undisturbed = nights.persona(calm, "run", "--replace", "--quiet")
    died = nights.persona(after, "run", "--replace", dies_at=max(1, round(undisturbed.acts * place)))
    assert died.code == nights.KILLED
    assert nights.persona(after, "run", "--replace", "--quiet").code == 0
    assert (nights.ledger(after), nights.published(after)) == (nights.ledger(calm), nights.published(calm))

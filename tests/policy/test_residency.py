import pytest
from fakes.smallest import WORKSPACE

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

SOURCE = """\
source: core
files: "extracts/core_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {from: id}
  beds: {from: beds, type: integer, pii: quasi}
  shoe: {from: shoe, type: integer}
"""
DELIVERY = "profile: mailer\nchannel: email\ndrop: delivery/mailer\n"


def loaded(root, *, workspace="", source="", delivery=""):
    for name, text in (
        ("persona.yaml", WORKSPACE + workspace),
        ("rules/sources/core.yaml", SOURCE + source),
        ("rules/delivery/mailer.yaml", DELIVERY + delivery),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Policy.load(root, lints=LINTS)


def told(root, **said):
    try:
        loaded(root, **said)
    except PolicyErrors as errors:
        return [f"{one.where}: {one.what}" for one in errors.errors]
    return []


def test_what_names_no_region_stays_where_the_workspace_is(tmp_path):
    assert told(tmp_path) == []
    assert told(tmp_path, workspace="region: EU\n") == []
    assert told(tmp_path, workspace="region: EU\n", source="region: EU\n", delivery="region: EU\n") == []


def test_a_move_into_or_out_of_the_region_is_refused_where_it_stands(tmp_path):
    assert told(
        tmp_path, workspace="region: EU\nvault: {region: US}\n", source="region: UK\n", delivery="region: US\n"
    ) == [
        "persona.yaml:11:17: would move personal data from EU to US",
        "rules/delivery/mailer.yaml:4:9: would move personal data from EU to US",
        "rules/sources/core.yaml:10:9: would move personal data from UK to EU",
    ]


def test_a_transfer_with_its_ground_allows_one_direction(tmp_path):
    allowed = "region: EU\ntransfers:\n  - {from: UK, to: EU, ground: UK adequacy regulations}\n"
    assert told(tmp_path, workspace=allowed, source="region: UK\n") == []
    assert told(tmp_path, workspace=allowed, delivery="region: UK\n") != []


def test_a_region_without_one_of_the_workspace_is_refused(tmp_path):
    (error,) = told(tmp_path, delivery="region: US\n")
    assert "the workspace names none" in error


@pytest.mark.parametrize(("features", "known"), [("", ["shoe"]), ("features: [beds]\n", ["beds", "shoe"])])
def test_a_column_that_could_single_out_a_person_is_no_feature_unless_it_is_allowed_by_name(tmp_path, features, known):
    policy = loaded(tmp_path, workspace=features)
    assert [column.name for column in policy.profile.columns if column.name in {"beds", "shoe"}] == known

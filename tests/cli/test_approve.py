"""A person allows content by its hash; nobody allows what he wrote himself."""

from fakes import nights

BY = ("--who", "second@tiny.example.com", "--role", "marketing", "--on", "2026-03-01")


def edit(root):
    """Change a template and an offer, whose approvals are void then."""
    for name, old, new in (
        ("templates/email/weekend.yaml", "A weekend away", "Two days away"),
        ("rules/offers/tips.yaml", 'worth: "100"', 'worth: "90"'),
    ):
        path = root / name
        path.write_text(path.read_text().replace(old, new))


def test_what_lacks_an_approval_is_listed_with_why_and_where(fresh):
    assert nights.persona(fresh, "approve", "--on", "2026-07-01").out == "Everything is approved.\n"
    edit(fresh)
    listed = nights.persona(fresh, "approve", "--on", "2026-07-01").out
    assert [line.split() for line in listed.splitlines() if ":" in line] == [
        ["offer:tips", "edited", "rules/offers/tips.yaml"],
        ["template:email/weekend", "edited", "templates/email/weekend.yaml"],
    ]


def test_an_approval_of_what_is_named_lets_that_and_nothing_else_pass(fresh):
    edit(fresh)
    assert nights.persona(fresh, "approve", "offer:tips", *BY).code == 0
    refused = nights.persona(fresh, "run")
    assert refused.code == 5
    assert "1 approval missing" in refused.err
    assert "persona approve template:email/weekend" in refused.err
    assert nights.persona(fresh, "approve", "template:email/weekend", *BY).code == 0
    assert nights.persona(fresh, "run", "--quiet").code == 0


def test_a_void_approval_is_told_before_a_finished_night_asks_to_be_replaced(after):
    books, files = nights.ledger(after), nights.published(after)
    edit(after)
    refused = nights.persona(after, "run")
    assert (refused.code, refused.out) == (5, "")
    assert "2 approvals missing" in refused.err
    assert "--replace" not in refused.err
    assert nights.persona(after, "approve", *BY).code == 0
    asked = nights.persona(after, "run")
    assert asked.code == 2
    assert "Run with --replace" in asked.err
    assert (nights.ledger(after), nights.published(after)) == (books, files)


def test_an_author_is_refused_however_he_writes_his_name(fresh):
    edit(fresh)
    before = (fresh / "approvals.yaml").read_bytes()
    told = nights.persona(fresh, "approve", "offer:tips", "--who", " Writer@Tiny.example.com", "--role", "marketing")
    assert (told.code, told.out) == (5, "")
    assert "is the author of offer:tips" in told.err
    rest = nights.persona(
        fresh, "approve", "--who", "WRITER@tiny.example.com", "--role", "marketing", "--on", "2026-03-01"
    )
    assert (rest.code, rest.out) == (0, "Nothing waits for an approval by somebody else than its author.\n")
    assert (fresh / "approvals.yaml").read_bytes() == before


def test_an_approval_holds_from_its_day_until_the_day_before_it_expires(fresh):
    edit(fresh)
    for name in ("offer:tips", "template:email/weekend"):
        argv = ("--who", "b@tiny.example.com", "--role", "legal", "--on", "2026-06-01", "--days", "30")
        assert nights.persona(fresh, "approve", name, *argv).code == 0
    told = {day: nights.persona(fresh, "run", "--dry-run", "--as-of", day) for day in ("2026-06-30", "2026-07-01")}
    assert {day: one.code for day, one in told.items()} == {"2026-06-30": 0, "2026-07-01": 5}
    assert "expired on 2026-07-01" in told["2026-07-01"].err


def test_the_first_approvals_make_the_file(fresh):
    (fresh / "approvals.yaml").unlink()
    assert nights.persona(fresh, "approve", *BY).code == 0
    assert (fresh / "approvals.yaml").read_text().startswith("approvals:\n")
    assert nights.persona(fresh, "approve", "--on", "2026-07-01").out == "Everything is approved.\n"

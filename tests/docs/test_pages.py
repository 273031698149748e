import re
from pathlib import Path

import pytest
import typer

from persona.cli.app import COMMANDS, GROUPS, app

GROUP = typer.main.get_command(app)
NAMES = [*(command.__name__ for command in COMMANDS), *(group.info.name for group in GROUPS)]
VERBS = {name: list(getattr(GROUP.commands[name], "commands", {}).values()) or [GROUP.commands[name]] for name in NAMES}
OPTIONS = {name: {o for one in VERBS[name] for p in one.params for o in p.opts} | {"--help"} for name in NAMES}
SPOKEN = re.compile(r"`persona ([a-z]\w*)([^`]*)`|^(?:\$ |[^`\n]*&& )?persona ([a-z]\w*)([^\n]*)$", re.MULTILINE)


def test_every_command_that_a_page_names_exists_with_its_options(documents):
    wrong = []
    for page, text in documents.items():
        for found in SPOKEN.finditer(text):
            name, rest = found[1] or found[3], found[2] or found[4] or ""
            options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", re.split(r"#|&&|\|", rest)[0]))
            if name not in NAMES or options - OPTIONS[name]:
                wrong.append((page, found[0]))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_its_help_and_its_place_in_the_guides(name, documents):
    assert GROUP.commands[name].help
    assert all(one.help and all(p.help for p in one.params) for one in VERBS[name])
    guides = {page: text for page, text in documents.items() if not page.startswith("docs/reference")}
    assert any(f"persona {name}" in text for text in guides.values())


def test_every_link_between_pages_leads_somewhere(documents, root):
    broken = [
        (page, target)
        for page, text in documents.items()
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not (root / Path(page).parent / target).exists()
    ]
    assert broken == []


def test_what_make_is_said_to_do_it_does(documents, root):
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    spoken = {
        word for text in documents.values() for word in re.findall(r"(?:`|^\$ )make ([a-z]+)", text, re.MULTILINE)
    }
    assert {"demo", "test"} <= spoken <= targets


def test_the_offer_in_the_readme_is_one_of_the_sample_bank(documents, pages, root):
    shown = next(block.text for block in pages.blocks(documents["README.md"]) if block.kind == "yaml")
    lines = iter((root / "rules/offers/coast_getaway.yaml").read_text(encoding="utf-8").splitlines())
    assert [line for line in shown.splitlines() if line not in lines] == []


def test_a_line_that_is_not_shown_after_the_one_before_it_is_missing(pages):
    shown = "offer   all\ncoast    12\ncity      3\n"
    assert pages.missing(["coast 5", "city 70"], shown) is None
    assert pages.missing(["city 3", "coast 12"], shown) == "coast 12"
    assert pages.missing(["caost 12"], shown) == "caost 12"


@pytest.mark.slow
def test_the_readme_shows_what_its_commands_show(documents, pages, tmp_path):
    demo = "persona init .demo --quiet\n$ persona run --workspace .demo"
    text = documents["README.md"].replace("$ make demo", f"$ {demo}").replace("$ make test\n", "")
    assert pages.followed(text.replace("$ pip install .\n", ""), tmp_path) == []


@pytest.mark.slow
def test_the_tutorial_can_be_followed_word_by_word(documents, pages, tmp_path):
    assert pages.followed(documents["docs/tutorial.md"], tmp_path) == []


def test_decisions_are_numbered_without_gaps_and_say_what_they_cost(documents):
    told = {page: text for page, text in documents.items() if page.startswith("docs/decisions/")}
    numbers = [int(Path(page).name[:4]) for page in told]
    assert numbers == list(range(1, len(numbers) + 1))
    for (page, text), number in zip(told.items(), numbers, strict=True):
        assert text.startswith(f"# {number}. "), page
        assert all(f"\n{word}" in text for word in ("Context:", "Decision:", "Price:", "Alternative")), page


@pytest.mark.slow
def test_the_worked_example_of_waves_hours_and_minutes_can_be_followed(documents, pages, tmp_path):
    assert pages.followed(documents["docs/how-to/send-in-parts.md"], tmp_path) == []

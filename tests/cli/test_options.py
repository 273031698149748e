"""The options that every command shares, looked for in the command line itself."""

import pytest
import typer

from persona.cli.app import app

ALL = frozenset({"--workspace", "--json", "--quiet"})
NIGHT = ALL | {"--as-of"}
OTHERS = {
    "init": {"--quiet"},  # makes the workspace, and says one thing
    "schema": {"--out"},  # reads no workspace, and prints JSON only
    "validate": ALL,  # looks at files, not at a day
    "unload": ALL,  # takes a file, whatever its day
    "approve": ALL | {"--on"},  # the day from which the approval holds
    "customer": ALL,  # all that is held, whenever it came
    "proof": ALL | {"--on"},  # the day on which the invented people are written to
    "review": ALL | {"--run"},  # the night whose messages people look at
    "release": ALL | {"--on"},  # the day of the signature; the file names its night
    "reconcile": ALL | {"--run"},  # the night whose messages the vendor names
    "rules": ALL,  # examples bring their own day
    "unsubscribe": ALL,  # a token is genuine whatever the day
    "vault": ALL,  # the key that is there
}
"""What a command takes that is no stage of a night; every other one is."""


def options(command):
    """The long options of a command."""
    return {option for one in command.params for option in one.opts if option.startswith("--")}


def commands(command, name=""):
    """Each command with its name and the words before it."""
    if not hasattr(command, "commands"):
        return [(name.strip(), command)]
    return [pair for word, one in command.commands.items() for pair in commands(one, f"{name} {word}")]


COMMANDS = commands(typer.main.get_command(app))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_takes_the_options_that_all_share(name, command):
    assert OTHERS.get(name.split()[0], NIGHT) - options(command) == set()


def test_whoever_is_let_off_is_there():
    assert set(OTHERS) - {name.split()[0] for name, _ in COMMANDS} == set()

import subprocess
import sys

import pytest

from persona.cli.console import PAGE, Screen


def told(text, *, environment=None, reader=None):
    """What a program of these lines writes, and its exit code; ``reader`` takes the output and goes away."""
    program = [sys.executable, "-c", f"import sys\nfrom persona.cli.console import Screen\nscreen = Screen()\n{text}"]
    if reader is None:
        done = subprocess.run(program, capture_output=True, env=environment, check=False)
        return done.returncode, done.stdout, done.stderr
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        first = started.stdout.readline()
        started.stdout.close()
        return started.wait(), first, started.stderr.read()


def test_tables_and_headings_stand_one_line_apart(capsys):
    screen = Screen()
    screen.line("first")
    screen.table("One", ("", ""), [("a", 1)])
    screen.table("Two", ("", ""), [("b", 2)])
    screen.line("after")
    screen.heading("Three")
    assert capsys.readouterr().out == "first\n\nOne\na  1\n\nTwo\nb  2\n\nafter\n\nThree\n"


def test_a_table_without_rows_is_not_shown(capsys):
    Screen().table("One", ("offer", "sent"), [])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("screen", [Screen(is_quiet=True), Screen(is_json=True)])
def test_lines_and_tables_are_for_people_only(screen, capsys):
    screen.heading("One")
    screen.table("Two", ("", ""), [("b", 2)])
    screen.result(sent=2)
    screen.finish()
    assert capsys.readouterr().out == ('{\n  "sent": 2\n}\n' if screen.is_json else "")


def test_control_characters_of_the_data_do_not_reach_the_terminal(capsys):
    Screen().line("shop\x1b[2J\x07 of the day")
    assert capsys.readouterr().out == "shop?[2J? of the day\n"


def test_a_pipe_is_given_a_page_without_colours(capsys):
    Screen().table("One", ("id", "says"), [("a", "word " * 40)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= PAGE
    assert not any("\x1b" in line for line in lines)


def test_a_reader_that_goes_away_is_no_error():
    assert told("for n in range(100_000): screen.line(f'line {n}')\nsys.exit(5)", reader="head") == (
        5,
        b"line 0\n",
        b"",
    )


def test_a_terminal_of_few_letters_gets_question_marks():
    code, shown, _ = told("screen.line('Küste ─')", environment={"PYTHONIOENCODING": "ascii"})
    assert (code, shown) == (0, b"K?ste ?\n")

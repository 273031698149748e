from persona.policy.sql.grammar import FUNCTIONS


def test_the_reference_is_what_the_code_says(root, reference):
    there = {path.name: path.read_text(encoding="utf-8") for path in (root / "docs" / "reference").glob("*.md")}
    assert there == reference.pages(), "run: python docs/reference.py"


def test_every_function_of_conditions_has_an_example_that_uses_it(reference):
    assert tuple(reference.EXAMPLES) == FUNCTIONS
    assert [name for name, text in reference.EXAMPLES.items() if f"{name}(" not in text] == []

from persona.policy.files import FILES
from persona.policy.schema import schemas


def test_every_kind_of_file_has_a_schema_that_refuses_unknown_keys():
    found = schemas()
    assert list(found) == [kind.name for kind in FILES]
    assert {name for name, schema in found.items() if schema["additionalProperties"] is not False} == set()


def test_an_expression_is_marked_for_editors():
    when = schemas()["segment"]["properties"]["when"]
    assert (when["type"], when["format"]) == ("string", "sql-condition")


def test_keys_are_named_as_they_are_written():
    assert {"class", "group"} <= set(schemas()["offer"]["properties"])
    assert set(schemas()["offer"]["$defs"]["Valid"]["properties"]) == {"from", "until", "zone"}

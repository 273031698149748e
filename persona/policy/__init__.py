"""The policy: rules/ and templates/ as frozen models that know their file and line, and the conditions in them."""

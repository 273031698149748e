"""A page allows what stands in it, by its hash, and nothing else."""

import re
from base64 import b64encode
from hashlib import sha256

from persona.page import page, table


def hashed(text, tag):
    inside = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL).group(1)
    return f"'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'"


def policy(text):
    return re.search('Content-Security-Policy" content="([^"]*)"', text).group(1)


def test_a_page_allows_its_own_style_and_no_script():
    text = page("A & B", ["<p>x</p>"], style="p{color:red}")
    assert policy(text) == f"default-src 'none'; style-src {hashed(text, 'style')}; base-uri 'none'; form-action 'none'"
    assert "<title>A &amp; B</title>" in text


def test_a_script_is_allowed_by_its_hash_alone():
    text = page("A", [], script="document.title = 'B'")
    assert policy(text).endswith(f"; script-src {hashed(text, 'script')}")


def test_a_column_with_one_word_in_it_is_no_column_of_figures():
    lines = "".join(table(["a", "b"], [["1,137", "1"], ["-", "one"], ["12.50 EUR", "3"]]))
    assert lines.count('class="figure"') == 4
    assert '<th class="figure">a</th><th>b</th>' in lines

import pytest

from persona.errors import PolicyError, PolicyErrors
from persona.messages.mjml import compiled, frozen
from persona.messages.wording import wordings
from persona.policy.content import Block, Template

HEAD = "<mjml><mj-head><mj-style>p { color: #123456; }</mj-style></mj-head><mj-body><mj-section><mj-column>"
FOOT = "</mj-column></mj-section></mj-body></mjml>"
BODY = "<mj-text><p>{% if rate > 0 %}{{ rate | rate }} \"now\"{% endif %}</p>{% include 'law' %}</mj-text>"
BUTTON = Block.model_validate(
    {
        "block": "button",
        "kind": "call_to_action",
        "author": "Ann",
        "slots": {"link": {"type": "url"}},
        "locales": {"en": {"mjml": "<mj-button href='{{ link }}'>Go</mj-button>", "text": "{{ link }}"}},
    }
)
LAW = Block.model_validate(
    {
        "block": "law",
        "kind": "disclosure",
        "author": "Ann",
        "locales": {"en": {"html": "<p>By  law.</p>", "text": "Law"}},
    }
)
BLOCKS = {"button": BUTTON, "law": LAW}


def _template(mjml, **texts):
    said = {"subject": "Stay", "mjml": mjml, "text": "Stay {{ rate | rate }}", **texts}
    return Template.model_validate(
        {
            "template": "stay",
            "channel": "email",
            "author": "Ann",
            "slots": {"rate": {"type": "rate"}},
            "locales": {"en": said},
        }
    )


def _html(mjml, blocks=BLOCKS):
    return compiled(_template(mjml), "en", blocks, "en").html


def test_slots_and_conditions_stand_in_the_html_as_they_were_written():
    made = _html(HEAD + BODY + FOOT)
    assert '{% if rate > 0 %}{{ rate | rate }} "now"{% endif %}' in made
    assert made == _html(HEAD + BODY + FOOT)


def test_styles_stand_on_each_element_because_mail_programs_drop_the_head():
    assert "color: #123456" in _html(HEAD + BODY + FOOT).partition("<body")[2]


def test_a_block_of_mjml_is_compiled_and_one_of_html_is_put_in_to_the_byte():
    made = wordings([_template(HEAD + BODY + "{% include 'button' %}" + FOOT)], BLOCKS, languages=["en"])
    html = made["email", "stay", "en"]
    assert (html.blocks, sorted(html.slots)) == (("button", "law"), ["link", "rate"])
    said = "".join(
        one.data for node in html.texts["html"].body for one in getattr(node, "nodes", []) if hasattr(one, "data")
    )
    assert "<p>By  law.</p>" in said
    assert "background" in said


def test_another_block_of_mjml_is_another_message_to_approve():
    template = _template(HEAD + "{% include 'button' %}" + FOOT)
    other = BUTTON.model_copy(
        update={"locales": {"en": BUTTON.locales["en"].model_copy(update={"mjml": "<mj-spacer />"})}}
    )
    assert frozen(template, BLOCKS, "en") != frozen(template, {**BLOCKS, "button": other}, "en")
    assert frozen(template, BLOCKS, "en") == frozen(template, {"button": BUTTON}, "en")


@pytest.mark.parametrize(
    ("mjml", "what"),
    [
        (HEAD + "<mj-text>" + FOOT, "the MJML cannot be compiled"),
        ("<p>Hello</p>", "the MJML cannot be compiled"),
        (HEAD + "<mj-include path='/etc/passwd' />" + FOOT, "unknown element 'mj-include'"),
        (HEAD + "<mj-carousel></mj-carousel>" + FOOT, "unknown element 'mj-carousel'"),
        (HEAD + "<mj-text>0jinja0aside0</mj-text>" + FOOT, "cannot stand in MJML"),
    ],
)
def test_what_is_no_mjml_or_loads_something_is_refused(mjml, what):
    with pytest.raises(PolicyError, match=what):
        _html(mjml)


def test_a_script_in_mjml_is_refused_as_in_html():
    with pytest.raises(PolicyErrors, match="<script> is not allowed"):
        wordings([_template(HEAD + "<mj-text><script>1</script></mj-text>" + FOOT)], BLOCKS, languages=["en"])


def test_an_email_is_written_as_html_or_as_mjml():
    with pytest.raises(PolicyErrors, match="html and mjml cannot both be there"):
        wordings([_template(HEAD + FOOT, html="<p>Hi</p>")], BLOCKS, languages=["en"])

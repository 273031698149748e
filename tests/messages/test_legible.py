"""What can be read by everybody: pictures with words, words that stand out."""

import pytest
from jinja2 import nodes

from persona.messages.legible import contrast, faults

STYLE = (
    "<style>p.pale { color: #999999 } td.dark p.pale { color: #fff } .big { font-size: 24px; color: #8a8a8a }</style>"
)


def _faults(html):
    return faults([nodes.Output([nodes.TemplateData(html)])])


def test_the_contrast_of_two_colours_is_that_of_the_standard():
    assert contrast((119, 119, 119), (255, 255, 255)) == 4.48
    assert contrast((118, 118, 118), (255, 255, 255)) == 4.54
    assert contrast((0, 0, 255), (255, 255, 255)) == contrast((255, 255, 255), (0, 0, 255)) == 8.59


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://a.example/x.png" alt="A train">',
        '<img src="https://a.example/x.png" alt="">',
        "<p>Hello</p>",
        '<p style="color:#767676">Hello</p>',
        '<td bgcolor="#0b4f5c"><a style="color:#ffffff">Go</a></td>',
        STYLE + '<td class="dark" bgcolor="#000000"><p class="pale">Hello</p></td>',
        STYLE + '<p class="big">Hello</p>',
        '<h1 style="color:#8a8a8a">Hello</h1>',
        '<p style="color:#fefefe;display:none">Hello</p>',
        '<p style="color:#777">  </p>',
        '<p style="color:rgba(0,0,0,0.1)">Hello</p>',
        "<style>@media (max-width: 480px) { p { color: #eee } }</style><p>Hello</p>",
    ],
)
def test_what_everybody_can_read_is_in_order(html):
    assert _faults(html) == []


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<img src="https://a.example/x.png">', "a picture has no text in its place"),
        ('<img src="https://a.example/x.png"/>', "a picture has no text in its place"),
        ('<p style="color:#777777">Hello</p>', "'Hello' hardly stands out: #777777 on #ffffff is 4.48 to 1"),
        ('<p style="color: RGB(119, 119, 119)">Hello</p>', "#777777 on #ffffff"),
        (STYLE + '<p class="pale">Hello</p>', "#999999 on #ffffff"),
        (STYLE + '<p class="pale"><span style="color:#fff">Hello</span></p>', "#ffffff on #ffffff is 1.0 to 1"),
        ('<td bgcolor="navy"><p>Hello</p></td>', "#000000 on #000080"),
        ('<div style="background:#333 url(x)"><p>Hello</p></div>', "#000000 on #333333"),
        ('<p style="font-size:20px;color:#8a8a8a">Hello</p>', "at least 4.5"),
        ('<p style="font-size:1.2em;font-weight:700;color:#a0a0a0">Hello</p>', "at least 3"),
    ],
)
def test_what_not_everybody_can_read_is_told(html, told):
    (fault,) = _faults(html)
    assert told in fault

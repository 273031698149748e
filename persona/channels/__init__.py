"""Channels: delivery files, published at once, handed over once, and taken away when their time is over."""

from persona.channels.deliver import Handed, deliver
from persona.channels.publish import Published, publish
from persona.channels.sealed import Seal
from persona.channels.tombstone import handed, sets, taken_away
from persona.channels.withdrawn import Marks, Withdrawn, withdrawn, without

__all__ = [
    "Handed",
    "Marks",
    "Published",
    "Seal",
    "Withdrawn",
    "deliver",
    "handed",
    "publish",
    "sets",
    "taken_away",
    "withdrawn",
    "without",
]

"""Channels: delivery files, published at once, handed over once, and taken away when their time is over."""

from persona.channels.archive import archived, archives, forgotten
from persona.channels.deliver import Handed, deliver
from persona.channels.publish import Published, publish
from persona.channels.recall import KillList, kill_lists, taken_out
from persona.channels.sealed import Seal
from persona.channels.tombstone import handed, sets, taken_away
from persona.channels.withdrawn import Marks, Withdrawn, withdrawn, without

__all__ = [
    "Handed",
    "KillList",
    "Marks",
    "Published",
    "Seal",
    "Withdrawn",
    "archived",
    "archives",
    "deliver",
    "forgotten",
    "handed",
    "kill_lists",
    "publish",
    "sets",
    "taken_away",
    "taken_out",
    "withdrawn",
    "without",
]

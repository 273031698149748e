"""Channels: delivery files, published at once and handed over once."""

from persona.channels.deliver import Handed, deliver
from persona.channels.publish import Published, publish

__all__ = ["Handed", "Published", "deliver", "publish"]

"""Messages: approved texts with the customer's own values, in the customer's language."""

from persona.messages.compose import Composed, composed
from persona.messages.wording import Wording, wordings

__all__ = ["Composed", "Wording", "composed", "wordings"]

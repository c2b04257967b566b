"""Refusals that a reader may see."""


class RuleBroken(Exception):  # noqa: N818 - it is a "no" of the domain, not a fault of the program
    """An expected no: its text is translated and safe to show (conventions, Writes).

    ``field`` names the part of the input that is refused, where it is one: a form then says it there.
    """

    def __init__(self, text: str = "", *, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class StaleForm(RuleBroken):
    """Somebody saved the row after this form was opened; nothing was written (spec 00, Two people at once)."""

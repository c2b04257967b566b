"""Refusals that a reader may see."""


class RuleBroken(Exception):  # noqa: N818 - it is a "no" of the domain, not a fault of the program
    """An expected no: its text is translated and safe to show (conventions, Writes)."""


class StaleForm(RuleBroken):
    """Somebody saved the row after this form was opened; nothing was written (spec 00, Two people at once)."""

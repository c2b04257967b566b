"""How long ago, as people say it: in days up to sixty, then in months and years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

DAYS_UNTIL = 60
MONTHS_UNTIL = 24


@dataclass(frozen=True, slots=True)
class Age:
    """The time from one day to a later one, or to the same; nothing is younger than that."""

    earlier: date
    later: date

    @property
    def days(self) -> int:
        """Whole days between both."""
        return max((self.later - self.earlier).days, 0)

    def __str__(self) -> str:
        """Up to 60 days in days, below two years in months, then in years; "over" where more than that has passed."""
        if self.days <= DAYS_UNTIL:
            return self.exact
        months, has_rest = self._months()
        if months < MONTHS_UNTIL:
            shown = ngettext("%(number)s month", "%(number)s months", months) % {"number": months}
            return gettext("over %(age)s") % {"age": shown} if has_rest else shown
        years, rest = divmod(months, 12)
        shown = ngettext("%(number)s year", "%(number)s years", years) % {"number": years}
        return gettext("over %(age)s") % {"age": shown} if rest else shown

    @property
    def exact(self) -> str:
        """In days, however many: for a title."""
        return ngettext("%(number)s day", "%(number)s days", self.days) % {"number": self.days}

    def marked(self) -> str | SafeString:
        """The age for a page, with the exact one in the title of what is rounded."""
        return str(self) if self.days <= DAYS_UNTIL else format_html('<span title="{}">{}</span>', self.exact, self)

    def _months(self) -> tuple[int, bool]:
        """Full months, and whether half a month or more is left over."""
        months = (self.later.year - self.earlier.year) * 12 + self.later.month - self.earlier.month
        rest = self.later.day - self.earlier.day
        if rest < 0:
            months, rest = months - 1, rest + 30
        return months, rest >= 15

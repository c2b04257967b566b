"""What names may look like."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Unicode categories: control, format (direction marks, zero-width), surrogate, private use, separators of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def validate_display_name(value: str) -> None:
    """Refuse ``<``, ``>``, control characters and direction marks in a name that people read in lists and mails.

    Raises ValidationError. A name can otherwise turn the text around it, or look like markup in a plain-text mail.
    """
    if "<" in value or ">" in value:
        raise ValidationError(_("A name cannot contain < or >."), code="angle_brackets")
    if any(unicodedata.category(character) in _UNSEEN for character in value):
        raise ValidationError(_("This name contains characters one cannot see. Please type it again."), code="unseen")
    if value and not any(character.isalnum() for character in value):
        raise ValidationError(_("A name needs at least one letter or digit."), code="no_letters")

"""Shape and wording of what is filed in bulk; saving is for actions. Spec 02, Filing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from community.hubs.fields import HubsField
from issues.bottlenecks.models import TITLE_LENGTH, Bottleneck
from issues.themes.forms import ThemeSelect
from issues.themes.models import Theme
from ui.forms import LongLineInput, OneTimeKeyMixin, PlainTextMixin
from ui.http import number_from
from ui.validators import name_key

from .reading import FILE_SIZE, SITUATION_LENGTH, Line, check_number, each_once, lines_of_file, pasted_lines

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.forms.boundfield import BoundField

    from community.models import User

LONGEST_PASTE = 20_000  # characters: a hundred lines of the longest titles, with the marks before them
NEW, SKIP = "new", "skip"


class _ForAllForm(PlainTextMixin):
    """What holds for all lines, unless one says otherwise."""

    hubs = HubsField(label=gettext_lazy("Happens in"))
    theme = forms.ModelChoiceField(
        Theme.objects.all(),
        label=gettext_lazy("Theme"),
        required=False,
        widget=ThemeSelect,
        empty_label=gettext_lazy("No theme yet"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of this text"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        language = (get_language() or "nl")[:2]
        known = language in dict(settings.LANGUAGES)
        kwargs["initial"] = {"language": language if known else "nl", **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        hubs = self.fields["hubs"]
        assert isinstance(hubs, HubsField)  # noqa: S101 - declared above
        hubs.choose_for(member)


class PasteForm(_ForAllForm):
    """The lines, typed or in a file; ``found`` are those of a valid form, and ``doubles`` how many said the same."""

    lines = forms.CharField(
        label=gettext_lazy("One bottleneck on each line"),
        required=False,
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Paste a list, up to 100 lines. Bullets and numbers before them fall away."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a spreadsheet"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(
            "Excel (.xlsx) or CSV, up to 500 kB. It has a column “title”; “situation” and “theme” are read too."
        ),
    )
    field_order = ["lines", "file", "hubs", "theme", "language"]
    found: Sequence[Line] = ()
    doubles = 0

    def clean_lines(self) -> str:
        """Read the lines; ``clean`` takes them."""
        text: str = self.cleaned_data["lines"]
        self.pasted = pasted_lines(text)
        return text

    def clean_file(self) -> UploadedFile[Any] | None:
        """Read the file; ``clean`` takes its lines."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        self.sent: list[Line] = []
        if file is not None:
            if (file.size or 0) > FILE_SIZE:
                raise ValidationError(_("This file is larger than 500 kB."), code="too_large")
            self.sent = lines_of_file(file.read(), Theme.objects.all())
        return file

    def clean(self) -> dict[str, Any]:
        """Put both together. Without a line there is nothing to go on with."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors.keys() & {"lines", "file"}:
            if cleaned.get("file"):
                self.add_error("file", _("Choose the file again: a browser does not keep it."))
            return cleaned
        lines = [*self.pasted, *self.sent]
        self.found = each_once(lines)
        self.doubles = len(lines) - len(self.found)
        try:
            check_number(len(self.found))
        except ValidationError as error:
            self.add_error("lines", error)
        if not lines:
            self.add_error("lines", _("Paste at least one line, or choose a file."))
        return cleaned


class ForAllForm(OneTimeKeyMixin, _ForAllForm):
    """The same once the lines stand below it, with the one-time key of filing them."""

    field_order = ["creation_key", "hubs", "theme", "language"]


class LineForm(PlainTextMixin):
    """One line: file it as new, as one that exists, or leave it out. Where it is not filed its texts do not matter."""

    title = forms.CharField(
        max_length=TITLE_LENGTH,
        widget=LongLineInput(attrs={"rows": 1}),
        error_messages={"required": gettext_lazy("Fill in one sentence.")},
    )
    situation = forms.CharField(
        label=gettext_lazy("What happens?"),
        required=False,
        max_length=SITUATION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    theme = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    what = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        initial=NEW,
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": gettext_lazy("That bottleneck is no longer there. Choose again."),
            "required": gettext_lazy("Choose one of these."),
        },
    )

    def __init__(
        self, *args: Any, nth: int, themes: Mapping[str, Theme], alike: Sequence[Bottleneck] = (), **kwargs: Any
    ) -> None:
        """The ``nth`` line; ``themes`` are all there are, by slug; ``alike`` are those that this line may be."""
        super().__init__(*args, prefix=f"line-{nth}", **kwargs)
        self.fields["title"].label = _("Line %(number)d") % {"number": nth}
        self.themes = themes
        self.offer(alike)

    def offer(self, alike: Sequence[Bottleneck]) -> None:
        """Let one choose among ``alike``. Where one of them says exactly this, that is what it is taken for."""
        self.alike = list(alike)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 - declared above
        what.choices = [
            (NEW, pgettext("line", "New: file it")),
            *((str(row.pk), row.title) for row in self.alike),
            (SKIP, pgettext("line", "Leave it out")),
        ]
        key = name_key(self.initial.get("title", ""))
        same = [row for row in self.alike if name_key(row.title) == key and row.subject.closed_at is None]
        if same:
            self.initial["what"] = str(same[0].pk)

    @property
    def options(self) -> Iterator[tuple[BoundField, Bottleneck | None]]:
        """The choices as they are drawn, each with the bottleneck that it stands for."""
        boxes: Any = self["what"].subwidgets
        return zip(boxes, [None, *self.alike, None], strict=True)

    @property
    def own_theme(self) -> Theme | None:
        """The theme that this line names itself."""
        return self.themes.get(self["theme"].value() or "")

    @property
    def is_skipped(self) -> bool:
        """Whether a valid line is left out."""
        return bool(self.cleaned_data.get("what") == SKIP)

    @property
    def existing(self) -> int | None:
        """The number of the bottleneck that a valid line is taken for."""
        return number_from(self.cleaned_data["what"])

    def clean_theme(self) -> Theme | None:
        """Find it. Raises ValidationError where it is gone."""
        slug: str = self.cleaned_data["theme"]
        if slug and slug not in self.themes:
            raise ValidationError(_("This theme is gone: choose one for all, or none."), code="gone")
        return self.themes.get(slug)

    def clean(self) -> dict[str, Any]:
        """Only what is filed as new needs a title."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") not in {None, NEW}:
            for name in ("title", "situation", "theme"):
                self.errors.pop(name, None)
        return cleaned

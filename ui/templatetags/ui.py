"""What pages are made of; a builtin library, so templates use it without ``{% load %}``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.forms import BaseForm
from django.http import HttpRequest
from django.template.context import RequestContext
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info, pgettext

from ui import languages, markdown, registry, staticfiles
from ui.addresses import shown_address
from ui.ages import Age
from ui.http import SAFE_METHODS, own_referer
from ui.sections import ShownSection
from ui.shared import drawn

register = template.Library()

TABBAR_PLACES = 4
REACH_BARS = 24
FACE_HUES = 5


# --- Style sheets, scripts, icons -------------------------------------------------------------------------------------
@register.simple_tag
def stylesheets() -> SafeString:
    """Link the one style sheet, or its parts while developing."""
    names = [staticfiles.STYLE_BUNDLE] if staticfiles.is_bundled() else staticfiles.style_parts()
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in names))


@register.simple_tag
def scripts() -> SafeString:
    """Load the one script, or its parts while developing; all are modules, so they run when the page is there."""
    names = [staticfiles.SCRIPT_BUNDLE] if staticfiles.is_bundled() else staticfiles.script_parts()
    return format_html_join("\n", '<script type="module" src="{}"></script>', ((static(name),) for name in names))


@register.simple_tag
@drawn
def icon(name: str, label: str = "") -> SafeString:
    """Draw a symbol of ``icons.svg``; decoration unless ``label`` says what it means."""
    href = f"{static('icons/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="i" role="img" aria-label="{}"><use href="{}"/></svg>',
            label,
            href,
        )
    return format_html('<svg class="i" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
@drawn
def brand_mark() -> SafeString:
    """Draw the brand's own symbol, in its own colours."""
    return format_html(
        '<svg aria-hidden="true"><use href="{}#brand"/></svg>',
        static("icons/icons.svg"),
    )


# --- Frame ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Place:
    """A menu entry as one page shows it; ``current`` is "page", "true" (somewhere below it) or empty."""

    key: str
    label: str
    href: str
    icon: str
    current: str
    short: str


@dataclass(frozen=True, slots=True)
class Places:
    """The navigation of one page: all of it, the four places at the thumb, and what is left for "More"."""

    all: list[Place]
    tabbar: list[Place]
    more: list[Place]


def _places(entries: Iterable[registry.NavEntry], request: HttpRequest | None) -> list[Place]:
    if request is None:
        return []
    places = []
    for entry in entries:
        if entry.visible(request):
            href = entry.href(request)
            current = ""
            if request.path == href:
                current = "page"
            elif href != "/" and request.path.startswith(urlsplit(href).path):
                current = "true"
            places.append(
                Place(entry.key, str(entry.label), href, entry.icon, current, str(entry.short or entry.label))
            )
    return places


def _once[T](context: RequestContext, name: str, make: Callable[[RequestContext], T]) -> T:
    """What ``make`` returns for this page, made once: the frame shows it in the bar on top and at the thumb."""
    kept = context.render_context
    if name not in kept:
        kept[name] = make(context)
    made: T = kept[name]
    return made


@register.simple_tag(takes_context=True)
def navigation(context: RequestContext) -> Places:
    """Return the registered places this reader may go to; ``{% navigation as places %}``."""
    return _once(context, "navigation", _navigation)


def _navigation(context: RequestContext) -> Places:
    places = _places(registry.navigation, context.get("request"))
    wanted = {entry.key for entry in registry.navigation if entry.in_tabbar}
    tabbar = [place for place in places if place.key in wanted][:TABBAR_PLACES]
    return Places(
        all=[place for place in places if place.key != "home"],
        tabbar=tabbar,
        more=[place for place in places if place not in tabbar],
    )


@register.simple_tag(takes_context=True)
def menu_of_me(context: RequestContext) -> SafeString:
    """Draw the member's own menu."""
    return _once(context, "menu_of_me", _menu_of_me)


def _menu_of_me(context: RequestContext) -> SafeString:
    with context.push(places=_places(registry.me_menu, context.get("request"))):
        return get_template("partials/me_menu.html").template.render(context)  # type: ignore[attr-defined, no-any-return]


@register.simple_tag
def bar_entries() -> list[str]:
    """Return the templates of what stands in the bar on top beside a member's own face."""
    return [entry.template for entry in registry.bar]


@register.simple_tag(takes_context=True)
def footer_links(context: RequestContext) -> list[Place]:
    """Return the registered links at the foot of the page."""
    return _places(registry.footer, context.get("request"))


@register.simple_tag(takes_context=True)
def chosen_theme(context: RequestContext) -> str:
    """Return "light" or "dark" when the reader chose one (a cookie, so the first paint is right), else ""."""
    request: HttpRequest | None = context.get("request")
    theme = request.COOKIES.get("theme", "") if request is not None else ""
    return theme if theme in {"light", "dark"} else ""


@register.simple_tag
def other_languages() -> list[dict[str, str]]:
    """Return code and own name of the languages this page is not in."""
    here = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    return [
        {"code": code, "name": get_language_info(code)["name_local"]}
        for code, _name in settings.LANGUAGES
        if code != here
    ]


@register.simple_tag(takes_context=True)
def page_path(context: RequestContext) -> str:
    """Return where to come back to after switching language: this page, or for an answer to a POST the one before."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return "/"
    return request.get_full_path() if request.method in SAFE_METHODS else own_referer(request) or "/"


@register.filter
def note_kind(level_tag: str) -> str:
    """Return the class of a message: success is kept, warning is late, error is error, the rest is plain."""
    return {"success": "note--kept", "warning": "note--late", "error": "note--error"}.get(level_tag, "")


@register.filter
def note_icon(level_tag: str) -> str:
    """Return the symbol that goes with a message."""
    return {"success": "check", "warning": "clock", "error": "triangle-alert"}.get(level_tag, "info")


@register.simple_tag(takes_context=True)
def section(context: RequestContext, shown: ShownSection) -> SafeString:
    """Draw a loaded section of a page: its template with its data as variables, beside those of the page."""
    with context.push(**shown.data):
        return get_template(shown.template).template.render(context)  # type: ignore[attr-defined, no-any-return]


# --- Forms ------------------------------------------------------------------------------------------------------------
@register.filter
def error_count(form: BaseForm) -> int:
    """Count the messages of a form: of its fields, and of the form as a whole."""
    return sum(len(errors) for errors in form.errors.values())


@register.simple_tag
def attributes(values: Mapping[str, Any]) -> SafeString:
    """The attributes of a control, as Django's ``attrs.html`` writes them: a template that each control includes."""
    return mark_safe(  # noqa: S308 - escaped below
        "".join(
            f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
            for name, value in values.items()
            if value is not False and value is not None
        )
    )


@register.simple_tag
def control_value(value: str | None) -> SafeString:
    """What a box holds, as an attribute; nothing for an empty one."""
    return format_html(' value="{}"', value) if value is not None else SafeString()


@register.simple_tag
def options_of(options: Iterable[Mapping[str, Any]]) -> SafeString:
    """The choices of a list, as Django's ``select_option.html`` writes each: a list of zones has thirty."""
    return format_html_join(
        "",
        '\n  <option value="{}"{}>{}</option>',
        ((str(option["value"]), attributes(option["attrs"]), option["label"]) for option in options),
    )


@register.filter
def first_control(field: BoundField) -> str:
    """Return the id of the control a link in the error summary goes to: of a group, its first one."""
    return field.id_for_label or f"{field.auto_id}_0"


# --- Text that people write -------------------------------------------------------------------------------------------
@register.filter
def address(kept: str) -> str:
    """Show an e-mail address as people write it."""
    return shown_address(kept)


@register.filter(name="markdown")
def markdown_filter(text: str, language: str = "") -> SafeString:
    """Show Markdown as a block of prose, marked with the language it was written in."""
    if not text:
        return SafeString()
    lang = format_html(' lang="{}"', language) if language else ""
    return format_html('<div class="prose"{}>{}</div>', lang, markdown.render(text))


@register.filter
def markdown_referring(text: str, links: Mapping[str, markdown.Linked]) -> SafeString:
    """Show Markdown with what it refers to as ``links``."""
    return markdown.render_referring(text, links) if text else SafeString()


@register.filter
def markdown_page(text: str) -> SafeString:
    """Show Markdown as all that a page says: its headings stand right below the title."""
    return format_html('<div class="prose">{}</div>', markdown.render(text, top=2))


@register.filter
def excerpt(text: str, length: int = 200) -> str:
    """Show the beginning of a Markdown text as plain text, for lists."""
    return markdown.excerpt(text or "", length)


@register.filter
def plain_text(text: str) -> str:
    """Show a Markdown text in a mail or a feed that knows no HTML: lists and tables keep their lines."""
    return markdown.plain_text(text or "")


register.filter("in_language", languages.in_language)


# --- People -----------------------------------------------------------------------------------------------------------
# Words that link the parts of a Dutch name and do not count among its initials.
_PARTICLES = frozenset(
    {"van", "de", "der", "den", "het", "'t", "’t", "ten", "ter", "te", "op", "in", "von", "la", "el", "al"}
)


def initials(name: str) -> str:
    """Return at most two letters for ``name``: "Anna van den Berg" gives "AB"."""
    words = [word for word in name.split() if word[0].isalnum()]
    main = [word for word in words if word.lower() not in _PARTICLES] or words
    if not main:
        return "·"
    return (main[0][0] + main[-1][0] if len(main) > 1 else main[0][:1]).upper()


@register.simple_tag
def face(person: Any, size: str = "", *, is_label: bool = False) -> SafeString:
    """Draw initials for ``person`` (anything with ``name`` and ``pk``); ``size`` is "", "small" or "large".

    Hidden from screen readers, because the name stands beside it; not where the initials are all one sees of a button:
    then they are part of what it is called (WCAG 2.5.3).
    """
    return format_html(
        '<span class="face{}" data-hue="{}"{}>{}</span>',
        f" face--{size}" if size else "",
        (person.pk or 0) % FACE_HUES,
        "" if is_label else mark_safe(' aria-hidden="true"'),
        initials(person.name or ""),
    )


# --- Figures ----------------------------------------------------------------------------------------------------------
@drawn
def _bars(filled: int, total: int) -> SafeString:
    if total > REACH_BARS:  # the row stays a row: every bar then stands for more than one hub
        filled = 0 if not filled else max(1, round(filled * REACH_BARS / total))
        total = REACH_BARS
    return mark_safe('<i class="on"></i>' * min(filled, total) + "<i></i>" * max(total - filled, 0))  # noqa: S308


@register.simple_tag
def reach(filled: int, total: int, label: str) -> SafeString:
    """Draw one bar a hub, ``filled`` of them tall; ``label`` is the sentence that says the same."""
    return format_html('<span class="reach" role="img" aria-label="{}">{}</span>', label, _bars(filled, total))


@register.filter
def age(earlier: date | datetime) -> str | SafeString:
    """Say how long ago a day is, or how long something lasts that began then: "12 days", "over 8 years"."""
    return Age(_local_day(earlier), timezone.localdate()).marked()


# --- Dates and times: "donderdag 10 december", "9.30 uur" -------------------------------------------------------------
def _local_day(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) and timezone.is_aware(value) else value


def _local_time(value: datetime | time) -> datetime | time:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def long_date(value: date | datetime | None) -> str:
    """Write a day in full: "Thursday 10 December"; with the year when that is not this one."""
    if not value:
        return ""
    day = _local_day(value)
    return dateformat.format(day, "l j F" if day.year == timezone.localdate().year else "l j F Y")


@register.filter
def plain_date(value: date | datetime | None) -> str:
    """Write a day without its weekday: "10 December"; with the year when that is not this one."""
    if not value:
        return ""
    return day_beside(_local_day(value), timezone.localdate())


def day_beside(day: date, today: date) -> str:
    """Write a day as one reads it on ``today``: with the year when that is another."""
    return dateformat.format(day, "j F" if day.year == today.year else "j F Y")


@register.filter
def full_date(value: date | datetime | None) -> str:
    """Write a day with its year always: "10 December 2018"."""
    return dateformat.format(_local_day(value), "j F Y") if value else ""


def _hour(value: datetime | time) -> str:
    return dateformat.time_format(_local_time(value), pgettext("time format (Django date syntax)", "G:i"))


@register.filter
def clock_time(value: datetime | time | None) -> str:
    """Write a time: "9:30", in Dutch "9.30 uur"."""
    return pgettext("a time of day", "%(time)s") % {"time": _hour(value)} if value else ""


@register.filter
def time_span(start: datetime | time | None, end: datetime | time | None) -> str:
    """Write a stretch of time: "13:30 to 15:00", in Dutch "13.30 tot 15.00 uur"."""
    if not start or not end:
        return clock_time(start)
    return pgettext("a stretch of time", "%(start)s to %(end)s") % {"start": _hour(start), "end": _hour(end)}


@register.filter
def moment(value: datetime | None) -> str:
    """Write a day and a time: "Thursday 10 December, 9:30"."""
    if not value:
        return ""
    return pgettext("a day and a time", "%(day)s, %(time)s") % {"day": long_date(value), "time": clock_time(value)}


@register.filter
def iso(value: date | datetime | None) -> str:
    """Return ISO 8601 for the ``datetime`` attribute of ``<time>``."""
    return value.isoformat() if value else ""


@register.filter
def iso_day(value: date | datetime | None) -> str:
    """Return the ISO 8601 day for ``<time>``, where the moment itself would tell too much about somebody."""
    return _local_day(value).isoformat() if value else ""


@register.simple_tag
def span(first: date | datetime | None, last: date | datetime) -> SafeString:
    """Write the days from ``first`` to ``last`` as ``<time>``: "19 to 25 November", or the one day that both are.

    Where ``first`` is not known only the end is said.
    """
    until = _local_day(last)
    since = _local_day(first) if first else None
    if since == until:
        return _marked_day(until, plain_date(until))
    if since is None:
        pattern = str(conditional_escape(pgettext("days", "up to {last}")))
        return format_html(pattern, last=_marked_day(until, plain_date(until)))
    if since.year != until.year:
        days = [full_date(since), full_date(until)]
    else:
        is_one_month = since.month == until.month
        days = [str(since.day) if is_one_month else dateformat.format(since, "j F"), plain_date(until)]
    pattern = str(conditional_escape(pgettext("days", "{first} to {last}")))
    return format_html(pattern, first=_marked_day(since, days[0]), last=_marked_day(until, days[1]))


def _marked_day(at: date, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.simple_tag
def day(value: date | datetime) -> SafeString:
    """Draw the tile of a day: weekday, number, month."""
    return _tile(_local_day(value))


@drawn
def _tile(at: date) -> SafeString:
    return format_html(
        '<div class="day" aria-hidden="true"><span>{}</span><b>{}</b><small>{}</small></div>',
        dateformat.format(at, "D"),
        at.day,
        dateformat.format(at, pgettext("month on the tile of a day (Django date syntax)", "M")),
    )


@register.simple_tag
def absolute_url(name: str, *args: Any) -> str:
    """Return the full address of a URL name, for copying."""
    return f"{settings.BASE_URL}{reverse(name, args=args)}"

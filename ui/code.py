"""Code in text that people write, with its words in four colours: keywords, strings, comments and numbers.

Only for languages that are named here, whatever a writer puts behind the fence, and only up to a size: the patterns of
Pygments are not made against those who want to keep a server busy (``python -m tests.load.markdown`` tries).
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

from django.utils.html import escape
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, Operator, String  # type: ignore[import-untyped]

#: Characters of one text that are coloured; what comes after them is shown plain.
MOST_COLOURED = 3_000

# Not YAML, C, Java and others: their patterns take seconds for a screenful of line ends.
_LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3"), "python"),
    **dict.fromkeys(("sql", "postgresql", "postgres"), "sql"),
    **dict.fromkeys(("bash", "sh", "shell", "zsh"), "bash"),
    **dict.fromkeys(("javascript", "js"), "javascript"),
    **{name: name for name in ("r", "json", "toml", "xml", "html", "css")},
}
_CLASSES = ((Comment, "c"), (String, "s"), (Number, "m"), (Keyword, "k"), (Operator.Word, "k"), (Name.Tag, "k"))


def coloured(code: str, language: str) -> str:
    """Return ``code`` as HTML, its words in ``<span>`` of the classes k, s, c and m; plain in an unknown language."""
    name = _LANGUAGES.get(language.lower())
    if name is None or len(code) > MOST_COLOURED:
        return escape(code)
    parts = ((_class_of(kind), text) for kind, text in _lexer(name).get_tokens(code))
    html = []
    for css_class, same in groupby(parts, key=lambda part: part[0]):
        words = escape("".join(text for _class, text in same))
        html.append(f'<span class="{css_class}">{words}</span>' if css_class else words)
    return "".join(html)


@cache
def _lexer(name: str) -> Any:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


@cache
def _class_of(kind: Any) -> str:
    return next((css_class for group, css_class in _CLASSES if kind in group), "")

"""Markdown: what it does for honest writers, and what it refuses to do for others."""

import re
from html.parser import HTMLParser

import pytest

from ui import markdown
from ui.code import MOST_COLOURED

SAFE_TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "span", "sup"),
}


class Inspector(HTMLParser):
    """Collects every tag and attribute a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


class Words(HTMLParser):
    """Collects the text a browser would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_data(self, data):
        self.found.append(data)


def inspect(text: str) -> list[tuple[str, dict[str, str | None]]]:
    return Inspector(markdown.render(text)).seen


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in a link": "[a](<javascript:alert(1)>)",
    "upper case scheme": "[a](JaVaScRiPt:alert(1))",
    "entity in a scheme": "[a](javascript&#58;alert(1))",
    "tab in a scheme": "[a](java\tscript:alert(1))",
    "vbscript": "[a](vbscript:msgbox(1))",
    "data link": "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "data image": "![a](data:image/svg+xml;base64,PHN2Zy8+)",
    "data png": "![a](data:image/png;base64,AAAA)",
    "file link": "[a](file:///etc/passwd)",
    "autolink": "<javascript:alert(1)>",
    "reference": "[a]\n\n[a]: javascript:alert(1)",
    "event handler": '<img src=x onerror="alert(1)">',
    "event handler in a link title": '[a](http://b.nl "x\\" onmouseover=\\"alert(1)")',
    "event handler in an image": '![x" onerror="alert(1)](http://b.nl/"onerror="alert(1))',
    "nested html": "<div><div><svg><style><!--</style><img src=x onerror=alert(1)>--></style></svg></div></div>",
    "mutation": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "iframe": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "style": '<p style="position:fixed">x</p><style>*{display:none}</style>',
    "form": '<form action="https://evil.example"><input name=password></form>',
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "comment": "<!-- <script>alert(1)</script> -->",
    "fence language": '```"><script>alert(1)</script>\nx\n```',
    "code": "`<script>alert(1)</script>`",
    "table": "|<script>|b|\n|-|-|\n|<img src=x onerror=alert(1)>|[x](javascript:1)|",
    "template": "{{ request.user }} {% csrf_token %}",
    "bare address": 'https://b.nl/"onmouseover="alert(1)',
}


#: Notes, tasks and code: their words stand twice on the page, or beside what only a screen reader says.
HOSTILE_GROWN = {
    "notes in a loop": "a[^a]\n\n[^a]: b[^b]\n[^b]: a[^a] b[^b]",
    "a note in itself": "[^a]\n\n[^a]: [^a][^a]\n\n    [^a]: [^a]",
    "notes within notes": "[^a]\n\n" + "".join(f"{'    ' * n}[^a{n}]: [^a{n + 1}]\n\n" for n in range(60)),
    "notes on one line": "[^a]\n\n" + "[^a]: " * 300,
    "script in a label": '[^"><script>alert(1)</script>]\n\n[^"><script>alert(1)</script>]: x',
    "script in a note": "[^a]\n\n[^a]: <script>alert(1)</script> [x](javascript:alert(1))",
    "a label that is a property": "[^__proto__] [^constructor]\n\n[^__proto__]: x\n[^constructor]: y",
    "a note in a link": "[a[^a]](https://b.example)\n\n[^a]: x",
    "a link to a note of somebody else": "[a](#fn-c1-1)",
    "a long label": f"[^{'a' * 1_000}]\n\n[^{'a' * 1_000}]: https://b.example",
    "nested tasks": "".join("  " * depth + "- [x] a\n" for depth in range(200)),
    "script in a task": '- [x] <script>alert(1)</script>\n- [ ] "onclick="alert(1)',
    "script in code": "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
    "a language with attributes": '```python onclick="alert(1)" class="btn"\nx\n```',
    "a language that is a path": "```../../etc/passwd\nx\n```",
    "a language without end": f"```{'python' * 1_000}\nx\n```",
    "marks of ours in code": "```python\n\ue002@12\ue001 \ue003\n```",
}


@pytest.mark.parametrize("text", [*HOSTILE.values(), *HOSTILE_GROWN.values()], ids=[*HOSTILE, *HOSTILE_GROWN])
def test_hostile_text_gives_only_known_tags_and_harmless_addresses(text):
    for tag, attributes in inspect(text):
        assert tag in SAFE_TAGS
        assert set(attributes) <= {
            *("href", "title", "rel", "class", "start", "tabindex", "id", "role", "aria-label"),
        }
        assert re.match(r"https?://|mailto:|#fn[-\w]+$|$", attributes.get("href") or "")
        assert re.fullmatch(r"fn(ref)?-[0-9a-f]+-\d+|", attributes.get("id") or "")
        assert (attributes.get("class") or "") in {"", "table", "notes", "task", "end", "middle", "k", "s", "c", "m"}
        assert attributes.get("role") in {None, "img"}
        if "href" in attributes:
            assert attributes["rel"] == "nofollow noopener"


def test_html_is_shown_as_it_was_typed():
    assert "&lt;b&gt;bold&lt;/b&gt;" in markdown.render("<b>bold</b>")


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_marks_that_turn_text_around_are_taken_out(mark):
    assert mark not in markdown.render(f"safe{mark}txt.exe")
    assert mark not in markdown.render(f"{mark}a" * markdown.MAX_LENGTH)
    assert mark not in markdown.excerpt(f"safe{mark}txt.exe")
    assert mark not in markdown.plain_text(f"safe{mark}txt.exe")
    assert mark not in markdown.plain_text(f"{mark}a" * markdown.MAX_LENGTH)


@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000 + " a",
        "> " * 10_000 + "a",
        "- " * 10_000 + "a",
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "![" * 10_000,
        "*" * 10_000 + "a" + "*" * 10_000,
        "_a" * 10_000,
        "`" * 10_000,
        "".join("  " * depth + "- a\n" for depth in range(200)),
        "<div>" * 10_000,
        "&" * 10_000,
        "~~" * 10_000,
        "[a](" * 10_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_deep_nesting_neither_fails_nor_nests_deeply(text):
    html = markdown.render(text)
    deepest = depth = 0
    for part in re.findall(r"<(/?)(?:blockquote|ul|ol|li|em|strong|s|a)\b", html):
        depth += -1 if part else 1
        deepest = max(deepest, depth)
    assert deepest <= 2 * 20


def test_a_huge_table_is_shown_as_it_was_typed():
    table = "|a|b|\n|-|-|\n" + "|1|2|\n" * 5_000
    html = markdown.render(table)
    assert "<table>" not in html
    assert "|1|2|" in html


@pytest.mark.parametrize(
    "pattern", ["[", "> ", "*a **a ", "|a", "a\n", "<a href=", "&amp;", "http://a ", "\\", "![](a)"]
)
def test_a_megabyte_is_not_read_as_markdown_but_shown_as_it_was_typed(pattern):
    text = pattern * (1_000_000 // len(pattern))
    tags = {tag for tag, _attributes in inspect(text)}
    assert tags <= {"p", "br"}
    assert len(markdown.excerpt(text)) <= 200


def test_headings_stand_below_the_page_and_skip_no_level():
    html = markdown.render("# one\n\n#### two\n\n##### three\n\n## four\n\n# five")
    assert re.findall(r"<(h\d)>(\w+)", html) == [
        ("h3", "one"),
        ("h4", "two"),
        ("h5", "three"),
        ("h4", "four"),
        ("h3", "five"),
    ]


def test_tables_tasks_and_struck_words_are_drawn_without_inline_style():
    html = markdown.render("|a|b|\n|:-:|-:|\n|1|2|\n\n- [ ] do\n- [x] done\n\n~~gone~~")
    assert '<td class="end">2</td>' in html
    assert '<li class="task"><span role="img" aria-label="to do">☐</span> do</li>' in html
    assert '<li class="task"><span role="img" aria-label="done">☑</span> done</li>' in html
    assert "<s>gone</s>" in html
    assert "style=" not in html
    assert "<input" not in html


NOTES = "One[^1], two[^b], one[^1].\n\n[^b]: **Second**\n[^1]: First\n[^none]: never"


def test_notes_stand_below_in_the_order_in_which_they_are_named_and_lead_back():
    html = markdown.render(NOTES)
    links = [(it["href"], it.get("id")) for tag, it in inspect(NOTES) if tag == "a"]
    (key,) = set(re.findall(r'id="fn-([0-9a-f]+)-', html))
    assert links == [
        (f"#fn-{key}-1", f"fnref-{key}-1"),
        (f"#fn-{key}-2", f"fnref-{key}-2"),
        (f"#fn-{key}-1", None),
        (f"#fnref-{key}-1", None),
        (f"#fnref-{key}-2", None),
    ]
    assert f'<li id="fn-{key}-1"><p>First <a' in html
    assert f'<li id="fn-{key}-2"><p><strong>Second</strong> <a' in html
    assert "never" not in html
    assert markdown.plain_text(NOTES) == "One[1], two[2], one[1].\n\n[1] First\n\n[2] Second"
    assert markdown.excerpt(NOTES) == "One, two, one."


def test_notes_of_two_texts_on_a_page_are_told_apart():
    ids = set[str]()
    for html in (
        markdown.render(NOTES),
        markdown.render(NOTES + "!"),
        markdown.render_linked(NOTES, {}, missing="", which="c1"),
        markdown.render_linked(NOTES, {}, missing="", which="c2"),
    ):
        own = re.findall(r'id="([^"]+)"', html)
        assert len(own) == 4
        assert ids.isdisjoint(own)
        ids.update(own)
        assert set(re.findall(r'href="#([^"]+)"', html)) == set(own)


def test_words_of_code_have_a_class_each_and_no_style():
    html = markdown.render('```Python\ndef f(x):  # why\n    return "a<b" * 3\n```')
    assert (
        '<pre tabindex="0"><code><span class="k">def</span> f(x):  <span class="c"># why</span>\n'
        '    <span class="k">return</span> <span class="s">"a&lt;b"</span> * <span class="m">3</span>\n</code></pre>'
    ) in html
    assert "style=" not in html
    for plain in ("```\nreturn 1\n```", "```nothing\nreturn 1\n```", "    return 1", "``` \nreturn 1\n```"):
        assert "<code>return 1\n</code>" in markdown.render(plain)


def test_code_is_coloured_up_to_a_size_and_always_all_there():
    line = "return 1\n"
    few, many = line * 10, line * (MOST_COLOURED // len(line) + 1)
    assert '<span class="k">' in markdown.render(f"```python\n{few}```")
    assert f"<code>{many}</code>" in markdown.render(f"```python\n{many}```")
    blocks = markdown.render(f"```python\n{few}```\n\n" * 60)
    assert blocks.count("<pre") == 60
    assert blocks.count('<span class="k">') == MOST_COLOURED // len(few) * 10


def test_somebody_named_in_code_is_named_there_too():
    html = markdown.render_linked(
        "```python\nreturn @{12}\n```", {"@12": markdown.Linked("Anna", "/a/")}, missing="", which="c1"
    )
    assert "<code>return @Anna\n</code>" in html


def test_thousands_of_notes_are_shown_as_they_were_typed():
    text = "".join(f"a[^{n}]\n\n[^{n}]: b\n\n" for n in range(3_000))
    html = markdown.render(text)
    assert "<sup>" not in html
    assert "a[^2999]" in html
    assert markdown.render("a[^1] " * 400 + "\n\n[^1]: b").count("↩") == 1


def test_bare_addresses_become_links_and_leave_the_full_stop_alone():
    html = markdown.render("See https://a.example/x_(y), [b](https://b.example) and `https://c.example`.")
    assert '<a href="https://a.example/x_(y)" rel="nofollow noopener">https://a.example/x_(y)</a>,' in html
    assert html.count("<a ") == 2


def test_images_are_not_loaded_but_linked():
    assert '<a href="https://a.example/b.png" rel="nofollow noopener">a map</a>' in markdown.render(
        "![a map](https://a.example/b.png)"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title\n\nWith **bold** and a [link](https://a.example).", "Title With bold and a link."),
        ("> quoted\n- one\n- [x] two\n1. three", "quoted one ☑ two three"),
        ("| Time | What |\n| --- | --- |\n| 10.00 | **Walk-in** |", "Time · What 10.00 · Walk-in"),
        ("one  \ntwo\n***\nthree &amp; four", "one two three & four"),
        ("R&D: \\*not bold\\*", "R&D: *not bold*"),
        ("snake_case and 2*3*4 stay", "snake_case and 2*3*4 stay"),
        ("```python\nprint()\n```", "print()"),
        ("![map](https://a.example/b.png) here", "map here"),
        ("", ""),
    ],
)
def test_an_excerpt_is_plain_words(text, expected):
    assert markdown.excerpt(text) == expected


PROGRAMME = """
# Programme

Come **all**, by [train](https://ns.example/a_(b)) or on *foot*: `bike` too.
Second line.

| Time | What |
| ---: | --- |
| 10.00 | [Walk-in](https://a.example) |
|  | a \\| b |

- [ ] bring a `laptop`
- a list
  1. in a list
  2. with

     a paragraph
- > said
  > she

> Data is from
> everyone

```python
if a:
    **kept**
```

---

~~Cancelled~~ <https://b.example/é> <c@d.example>
[mail](mailto:e@f.example) ![map](https://g.example/h.png) [here](/hubs/)
"""
PLAIN = """
Programme

Come all, by train (https://ns.example/a_(b)) or on foot: bike too.
Second line.

Time · What
10.00 · Walk-in (https://a.example)
– · a | b

- ☐ bring a laptop
- a list
  1. in a list

  2. with

     a paragraph

- “said
  she”

“Data is from
everyone”

if a:
    **kept**

https://b.example/é c@d.example
mail (e@f.example) map (https://g.example/h.png) here
"""


def test_plain_text_keeps_lines_and_bullets_and_shows_no_marks():
    assert markdown.plain_text(PROGRAMME).split("\n") == PLAIN.strip().split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("one\ntwo\r\nthree", "one\ntwo\nthree"),
        ("2. b\n3. c", "2. b\n3. c"),
        ("- a\n- \n- c", "- a\n- c"),
        ("- - a", "- - a"),
        ("> > a", "““a””"),
        (">", ""),
        ("1. # a\n   b", "1. a\n\n   b"),
        ("a ~~b~~ c", "a c"),
        ("safe\u202etxt", "safetxt"),
        ("2 * 3 = 6, 2*3*4", "2 * 3 = 6, 2*3*4"),
        ("<b>a</b>", "<b>a</b>"),
    ],
)
def test_plain_text_of_small_texts(text, expected):
    assert markdown.plain_text(text) == expected


def test_plain_text_of_a_given_length_is_cut_between_words_and_leaves_no_half_mark():
    long = "**" + "word " * 300 + f"end** [a map](https://a.example/{'x' * 900}) " + "tail " * 300
    for length in range(20, 4_000, 7):
        text = markdown.plain_text(long, length)
        assert len(text) <= length
        assert "**" not in text
        assert "](" not in text
        assert text.endswith("…") == (length < len(markdown.plain_text(long)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_plain_text_and_excerpt_show_the_words_that_the_page_shows(text):
    shown = "".join(Words(markdown.render(text)).found)
    for plain in (markdown.plain_text(text), markdown.excerpt(text, 1_000)):
        assert re.sub(r"\W", "", plain.split(" (http")[0]) == re.sub(r"\W", "", shown)


def test_a_megabyte_is_no_plain_text_but_stays_as_it_was_typed():
    assert markdown.plain_text("*a*\n" * 250_000) == "*a*\n" * 250_000
    assert len(markdown.plain_text("*a*\n" * 250_000, 600)) <= 600


@pytest.mark.parametrize("length", [60, 240])
@pytest.mark.parametrize(
    "text", [f"**{'word ' * 400}**", f"A [map](https://a.example/{'x' * 800}) of all", "| a | b |\n|---|---|\n" * 90]
)
def test_an_excerpt_of_what_was_read_from_the_table_is_that_of_the_whole_text(text, length):
    beginning = text[: markdown.source_length(length) + 1]
    assert markdown.excerpt(beginning, length) == markdown.excerpt(text, length)


def test_an_excerpt_is_cut_between_words():
    assert markdown.excerpt("one two three four", 12) == "one two…"
    assert len(markdown.excerpt("word " * 1_000, 50)) <= 50

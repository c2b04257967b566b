"""Papers: the same input gives the same bytes, tagged and in its language; what people write is never markup."""

from __future__ import annotations

import re
import uuid
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typst
from django.conf import settings

from ui.paper import FONTS, Paper, _fonts, printable
from ui.paper.glyphs import characters_of
from ui.paper.prose import prose

#: What means something to Typst, and what could end a string, a call or a block.
MARKUP = r'#panic("x") $x^2$ *sterk* _schuin_ = kop `code` @bron <label> \ ] [ } { // weg /* */ "aan" '
DAY = date(2026, 11, 27)


@pytest.fixture
def template() -> Any:
    """A paper with one paragraph and one table of what it is given."""
    path = Path(settings.BASE_DIR) / "var" / f"test-paper-{uuid.uuid4()}.typ"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '#import "/ui/paper/look.typ": *\n#show: paper\n#title()\n= #data.words\n#prose(data.blocks, "en")\n'
        "#table(columns: 2, table.header([A], [B]), data.words, [x])\n"
    )
    yield f"var/{path.name}"
    path.unlink()


def made(template: str, words: str = "Woorden", **fields: Any) -> Paper:
    data = {"words": words, "blocks": prose(words)}
    about = {"title": words, "language": "nl", "day": DAY, "data": data}
    return Paper(template=template, **{**about, **fields})


def opened(pdf: bytes) -> bytes:
    """The PDF with its streams unpacked."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(found)


def pages(template: str, words: str) -> list[bytes]:
    """The same as pictures."""
    paper = made(template, words)
    compiler = typst.Compiler(font_paths=_fonts(), root=settings.BASE_DIR)
    found = compiler.compile(
        input=Path(settings.BASE_DIR) / template, sys_inputs={"paper": paper._inputs()}, format="svg"
    )
    return found if isinstance(found, list) else [found or b""]


def test_it_is_tagged_in_its_language_with_its_title_and_the_same_each_time(template):
    pdf = made(template, "Onze knelpunten").compile()
    text = opened(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"/Lang(nl)" in text.replace(b" ", b"") or b"/Lang (nl)" in text
    assert b"pdfuaid:part" in text
    assert "Onze knelpunten" in text.decode("latin-1")
    for tag in (b"/StructTreeRoot", b"/Marked true", b"/H1", b"/Table", b"/TH", b"/DisplayDocTitle true"):
        assert tag in text, tag
    assert b"D:20261127" in text
    assert made(template, "Onze knelpunten").compile() == pdf
    assert made(template, "Onze knelpunten", language="en").compile() != pdf


def test_what_tells_it_from_others_changes_with_whatever_is_on_it(template):
    same, others = made(template), [made(template, "Anders"), made(template, day=date(2026, 11, 28))]
    assert made(template).etag == same.etag
    assert len({same.etag, *(it.etag for it in others)}) == 3


@pytest.mark.parametrize("words", [MARKUP, '"))#read("/etc/passwd")', "\\u{41} ~ -- --- ... 'a' https://x.nl"])
def test_what_people_write_is_never_markup(template, words):
    """Drawn as one word as it stands, it looks the same as drawn sign by sign: nothing of it was read as markup."""
    path = Path(settings.BASE_DIR) / template
    path.write_text(
        '#import "/ui/paper/look.typ": *\n#set page(width: 60cm)\n#set text(font: text-font)\n#data.words\n'
    )
    [drawn] = pages(template, words)
    path.write_text(
        '#import "/ui/paper/look.typ": *\n#set page(width: 60cm)\n#set text(font: text-font)\n'
        "#data.words.clusters().map(it => text(it)).join()\n"
    )
    [by_sign] = pages(template, words)
    assert drawn.count(b"<use") == by_sign.count(b"<use") > 10


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Zoë, één ‘cafe\u0301’ – €", "Zoë, één ‘café’ – €"),
        ("tab\tregel\nnul\0", "tab regel\nnul"),
        ("familie 👨\u200d👩 en 漢", "familie ?? en ?"),
        ("ﬁjn, 10 → 20, ≥ 5, x²", "fijn, 10 -> 20, >= 5, x²"),
        ("niet\u2011af\u202fbreken\u00ad", "niet-af breken"),
    ],
)
def test_what_no_font_has_is_written_more_plainly(typed, printed):
    assert printable(typed) == printed


def test_any_text_compiles(template):
    """The standard refuses a paper with a character that cannot be drawn."""
    every = "".join(map(chr, [*range(0x20, 0xD7FF, 7), *range(0xE000, 0xFFFF, 11), *range(0x1F300, 0x1F700, 5)]))
    assert made(template, every).compile().startswith(b"%PDF")


def test_the_fonts_say_what_they_have():
    for path in FONTS.glob("Atkinson*.ttf"):
        known = characters_of(path)
        assert set("ABCéëïçñß€‘’“”–—…·•") <= known
        assert not set("漢😀") & known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**Sterk** en _schuin_.\n\nTweede", [[("Sterk", "strong"), (" en ", ""), ("schuin", "stressed"), (".", "")]]),
        ("# Kop", [[("Kop", "strong")]]),
        ("[bron](https://a.nl/x)", [[("bron", ""), (" (https://a.nl/x)", "")]]),
        ("https://a.nl", [[("https://a.nl", "")]]),
        ("een\ntwee", [[("een", ""), ("\n", ""), ("twee", "")]]),
        ("`#x`", [[("#x", "")]]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", [[("a", ""), (" · ", ""), ("b", "")], [("1", ""), (" · ", ""), ("2", "")]]),
    ],
)
def test_markdown_becomes_words(text, said):
    blocks = prose(text)
    found = [
        [(it["text"], next((m for m in ("strong", "stressed") if it[m]), "")) for it in b["words"]] for b in blocks
    ]
    assert found[: len(said)] == said


def test_lists_and_quotations_keep_their_shape():
    [numbered, quoted] = prose("3. drie\n   - a\n   - b\n4. vier\n\n> zei zij")
    assert (numbered["kind"], numbered["start"], len(numbered["items"])) == ("list", 3, 2)
    words, bullets = numbered["items"][0]
    assert words["words"][0]["text"] == "drie"
    assert (bullets["start"], len(bullets["items"])) == (None, 2)
    assert quoted["blocks"][0]["words"][0]["text"] == "zei zij"


def test_noise_is_shown_as_it_was_typed(template):
    noise = "[" * 2_000
    assert prose(noise) == [
        {"kind": "words", "words": [{"text": noise, "strong": False, "stressed": False, "struck": False}]}
    ]
    assert made(template, "x", data={"words": "x", "blocks": prose(noise)}).compile()
    assert made(template, "x", data={"words": "x", "blocks": prose("- " * 400)}).compile()

"""Something that was filed without a name, for the tests of what follows from it."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import time_machine

from community.models import User
from issues.bottlenecks.actions import file_anonymously, publish_anonymous
from issues.models import Bottleneck

MORNING = datetime(2026, 6, 3, 10, 1, tzinfo=UTC)
NIGHT = datetime(2026, 6, 3, 22, 5, tzinfo=UTC)  # five past midnight in Amsterdam
TITLE = "Niemand durft nee te zeggen"
STORY = "Kwakzalverij bij de overdracht van modellen."


def sent(key: uuid.UUID | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "creation_key": str(key or uuid.uuid4()),
        "title": TITLE,
        "situation": STORY,
        "language": "nl",
        "attribution": "anonymous",
        **fields,
    }


def code_in(response: Any) -> str:
    assert response.status_code == 200
    found = re.search(r'translate="no">([0-9A-Z-]{19})<', response.text)
    assert found
    return found.group(1)


def filed(by: User, title: str = TITLE, **fields: Any) -> str:
    return file_anonymously(by=by, key=uuid.uuid4(), title=title, situation=STORY, **fields)


def published(by: User, **fields: Any) -> tuple[Bottleneck, str]:
    """One that was filed at 12:01 and got its number in the night after."""
    with time_machine.travel(MORNING, tick=False):
        code = filed(by, **fields)
    publish_anonymous(now=NIGHT)
    return Bottleneck.objects.get(attribution="anonymous"), code

"""The process behind ``tests.browser.site.Backstage``: runs what a test asks, one JSON line for each."""

import json
import os
import sys
import textwrap
import traceback
from typing import Any


def main() -> None:
    """Serve requests until the other end closes."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    import django

    django.setup()
    for line in sys.stdin:
        request = json.loads(line)
        variables: dict[str, Any] = dict(request["values"])
        try:
            exec(textwrap.dedent(request["code"]), variables)  # noqa: S102 - from our own tests
            answer = {"result": variables.get("result")}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()

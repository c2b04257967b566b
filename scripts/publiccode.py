"""Write ``var/publiccode.yml``: the one of the project, with the address of its source code (``SOURCE_URL``).

The address is that of whoever publishes the code, so it stands in no file of the project; version and address come
from where the portal itself has them.
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "var" / "publiccode.yml"


def with_address(text: str, address: str) -> str:
    """Return the description ``text`` with ``url: address`` behind its name.

    Raises ValueError for what is no address on the web.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc or not address.isprintable():
        raise ValueError(f"SOURCE_URL must look like https://code.example/portal, not {address!r}")
    return re.sub(r"^(name: .*)$", rf'\g<1>\nurl: "{address.replace('"', "%22")}"', text, count=1, flags=re.MULTILINE)


def main() -> int:
    """Write the file; returns the exit code."""
    try:
        text = with_address((ROOT / "publiccode.yml").read_text("utf-8"), os.environ.get("SOURCE_URL", "").strip())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, "utf-8")
    print(TARGET.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

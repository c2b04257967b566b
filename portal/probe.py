"""Ask a process of the portal whether it works: ``python -m portal.probe web``, for the health checks of containers.

Runs beside the process, in its environment. Ends with 0 when it works, else with 1 and a line that says what is wrong.
"""

import os
import socket
import sys
from urllib.request import Request, urlopen

import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from portal.celery import app

SECONDS = 5  #: how long an answer may take


def web() -> str:
    """Ask ``/readyz``, under the name that visitors use."""
    request = Request(f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/readyz")
    request.add_header("Host", settings.BASE_URL.partition("://")[2])
    with urlopen(request, timeout=SECONDS):  # noqa: S310 - a fixed http address; anything but 200 raises
        return ""


def worker() -> str:
    """Have the worker of this machine answer through the queue."""
    name = f"celery@{socket.gethostname()}"
    return "" if app.control.ping(destination=[name], timeout=SECONDS) else f"{name} does not answer"


def beat() -> str:
    """See that a clock keeps its lock: it renews it every few seconds, and it ends with CELERY_REDBEAT_LOCK_TIMEOUT."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
        left = client.ttl("redbeat::lock")
    return "" if left > settings.CELERY_REDBEAT_LOCK_TIMEOUT / 2 else "no clock holds the lock"


def main(arguments: list[str]) -> str:
    """Return what is wrong with the process that ``arguments`` name, or nothing."""
    probes = {"web": web, "worker": worker, "beat": beat}
    if len(arguments) != 1 or arguments[0] not in probes:
        return "usage: python -m portal.probe web|worker|beat"
    try:
        return probes[arguments[0]]()
    except (OSError, redis.RedisError, OperationalError) as error:
        return f"{arguments[0]}: {error}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    sys.exit(main(sys.argv[1:]) or 0)

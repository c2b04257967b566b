"""``/healthz`` and ``/readyz``, for whatever starts, stops and watches the processes (spec 07, Operations)."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from activity.models import Announcement, Email
from ui import valkey

#: A mail that is due is sent within a minute; one this old (seconds) means that no worker takes mails.
LATE_SECONDS = 900


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that this process answers; asks nothing of any other."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether this process can do its work: 200, or 503 with what is wrong.

    ``queue`` is "late" when a due mail or announcement waits longer than LATE_SECONDS, and ``valkey`` may be
    "unreachable". Both are for whoever watches and do not make the pages unready: they go on, and taking them away
    would help nobody.
    """
    checks: dict[str, object] = {"database": "ok", "valkey": "ok", "migrations": "ok", "queue": "ok"}
    ready = True
    try:
        if not _migrations_applied():
            checks["migrations"], ready = "missing", False
        else:
            age = queue_age(datetime.now(UTC))
            checks["queue"] = "late" if age > LATE_SECONDS else "ok"
            checks["queue_age_seconds"] = round(age)
    except DatabaseError:
        checks["database"] = checks["migrations"] = checks["queue"] = "unreachable"
        ready = False
    try:
        valkey.client(settings.REDIS_URL).ping()
    except valkey.FAILURES:
        checks["valkey"] = "unreachable"
    return JsonResponse({"status": "ok" if ready else "unavailable", **checks}, status=200 if ready else 503)


def queue_age(now: datetime) -> float:
    """Return how many seconds the mail, or announcement, that is due longest has been waiting; 0 when none is."""
    mails = Email.objects.filter(state=Email.State.WAITING)
    waiting = [rows.filter(not_before__lte=now).order_by("not_before", "pk") for rows in (mails, Announcement.objects)]
    since = [at for rows in waiting for at in rows.values_list("not_before", flat=True)[:1]]
    return (now - min(since)).total_seconds() if since else 0.0


_applied: set[str] = set()  # databases that were seen to be up to date; that does not change under a running process


def _migrations_applied() -> bool:
    """Tell whether the database has every migration of this code; reading them all is worth remembering."""
    name = str(connection.settings_dict["NAME"])
    if name not in _applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _applied.add(name)
    return True

"""Nobody is told of a failure after a commit: what runs then cannot turn a saved write into an error."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from portal.settings import INSTALLED_APPS
from ui.shared import source

OURS = [name.partition(".")[0] for name in INSTALLED_APPS if (settings.BASE_DIR / name.partition(".")[0]).is_dir()]


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in our code by its last name, as in ``transaction.on_commit``."""
    for app in OURS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                    yield path, node, node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id


def test_whatever_is_done_on_commit_may_fail():
    found = [(path, call) for path, call, name in calls() if name == "on_commit"]
    assert [path.name for path, _call in found] == ["writing.py"], "on_commit_once says it once, and that it may fail"
    for path, call in found:
        robust = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}.get("robust")
        assert robust == "True", f"{path}:{call.lineno}"


def test_the_worker_is_called_through_valkey_ask_alone_which_takes_no_for_an_answer():
    for path, call, name in calls():
        assert name not in {"delay", "apply_async", "delay_on_commit", "apply_async_on_commit"}, f"{path}:{call.lineno}"


@pytest.mark.django_db(transaction=True)
def test_a_failure_after_the_commit_reaches_nobody(monkeypatch):
    def fail(*_args: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr(cache, "set", fail, raising=False)
    with transaction.atomic():
        source("test").changed()

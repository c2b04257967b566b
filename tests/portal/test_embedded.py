"""The embedded servers, by themselves: real processes in a folder with a space in its name."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.embedded import THROW_AWAY, EmbeddedError, EmbeddedPostgres, EmbeddedValkey


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own folder: that is closed to the user that PostgreSQL runs as."""
    path = Path(tempfile.mkdtemp(prefix="doorbraak tests "))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def test_postgres_keeps_its_data_and_knows_letters_beyond_ascii(folder):
    postgres = EmbeddedPostgres(folder / "postgres", THROW_AWAY)
    with postgres, psycopg.connect(_url(postgres)) as connection:
        connection.execute("CREATE TABLE kept (name text)")
        connection.execute("INSERT INTO kept VALUES ('ÉÉN')")
    with postgres, psycopg.connect(_url(postgres)) as connection:
        assert connection.execute("SELECT lower(name) FROM kept").fetchone() == ("één",)
        assert connection.info.server_version >= 180000


def test_another_user_of_the_machine_needs_the_password(folder):
    with EmbeddedPostgres(folder / "postgres", THROW_AWAY) as postgres:
        address = urlsplit(_url(postgres))
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=address.port, user="postgres", password="guessed", dbname="postgres")
    valkey = EmbeddedValkey(folder / "valkey")
    with valkey:
        assert valkey.process is not None
        port = urlsplit(valkey.url or "").port
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port or 0, retry=Retry(NoBackoff(), 0)).ping()
    for name in ("postgres/password", "valkey/password", "postgres/log", "valkey/log", "postgres/data", "valkey/data"):
        assert stat.S_IMODE((folder / name).stat().st_mode) & 0o077 == 0


def test_valkey_keeps_what_it_was_told(folder):
    valkey = EmbeddedValkey(folder / "valkey")
    with valkey:
        redis.Redis.from_url(valkey.url or "").set("kept", "yes")
    with valkey:
        assert redis.Redis.from_url(valkey.url or "").get("kept") == b"yes"


@pytest.mark.parametrize("holder", ["a process that is no PostgreSQL", "nobody"])
def test_a_stale_lock_file_does_not_keep_postgres_from_starting(folder, holder):
    postgres = EmbeddedPostgres(folder / "postgres", THROW_AWAY)
    with postgres:
        lock = (postgres.data / "postmaster.pid").read_text().splitlines()
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    lock[0] = str(os.getpid() if holder.startswith("a process") else gone.pid)
    (postgres.data / "postmaster.pid").write_text("\n".join(lock))
    with postgres, psycopg.connect(_url(postgres)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_both_servers_end_when_their_starter_is_killed_and_start_again(folder):
    code = (
        "import sys, time; from pathlib import Path; from portal.embedded import *\n"
        "folder = Path(sys.argv[1])\n"
        "EmbeddedPostgres(folder / 'postgres').start(); EmbeddedValkey(folder / 'valkey').start()\n"
        "print('up', flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    with EmbeddedPostgres(folder / "postgres") as postgres, EmbeddedValkey(folder / "valkey") as valkey:
        assert redis.Redis.from_url(valkey.url or "").ping()
        with psycopg.connect(_url(postgres)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_half_made_data_folder_is_made_anew(folder):
    (folder / "postgres" / "data" / "base").mkdir(parents=True)
    with EmbeddedPostgres(folder / "postgres", THROW_AWAY) as postgres:
        assert (postgres.data / "PG_VERSION").read_text().strip() == "18"


def test_a_folder_that_cannot_be_made_is_one_clear_line(folder):
    (folder / "file").write_text("")
    for server in (EmbeddedPostgres(folder / "file" / "postgres"), EmbeddedValkey(folder / "file" / "valkey")):
        with pytest.raises(EmbeddedError, match=r"Cannot write in .*Not a directory") as refusal:
            server.start()
        assert "\n" not in str(refusal.value)


def test_a_wrong_setting_is_reported_with_the_servers_own_words(folder):
    with pytest.raises(EmbeddedError, match=r"PostgreSQL cannot start: .*nonsense") as refusal:
        EmbeddedPostgres(folder / "postgres", {"nonsense": "1"}).start()
    assert "\n" not in str(refusal.value)


def _url(postgres: EmbeddedPostgres) -> str:
    assert postgres.url is not None
    return postgres.url

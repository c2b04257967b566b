"""How long a very long list of members takes: ``python -m tests.load.imports [rows]``.

Three times: everybody is new, nothing has changed, and every town and topic has. At most 60 s for 50,000 rows, and 20
statements for each thousand (spec 01, Import and export). Starts servers of its own and leaves nothing behind.
"""

import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from community.imports.members import import_members  # noqa: E402
from tests.factories import HubFactory  # noqa: E402

HUBS, UNITS, TOPICS, NAMES = 100, 400, 300, 5_000


class Counted:
    """Counts statements as they go to the database."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        """Count one and run it."""
        self.statements += 1
        return execute(sql, params, many, context)


def write_list(path: Path, rows: int, city: str) -> None:
    """Write a list in which names, hubs, units and topics come back as they do in an organisation."""
    with path.open("w", encoding="utf-8") as file:
        file.write("voornaam;tussenvoegsel;achternaam;e-mail;kern;afdeling;plaats;kan;vraag mij over;lid sinds\n")
        for n in range(rows):
            number = n % NAMES
            file.write(
                f"Anna;van den;Berg{number};lid{n}@voorbeeld.example;Kern {n % HUBS};Afdeling {n % UNITS};{city};"
                f"topic {n % TOPICS}, {city};topic {n * 7 % TOPICS};4 maart 2021\n"
            )


def main(rows: int) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    for n in range(HUBS):
        HubFactory(name=f"Kern {n}", slug=f"kern-{n}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leden.csv"
        for run, city in (("new", "Delft"), ("unchanged", "Delft"), ("changed", "Breda")):
            write_list(path, rows, city)
            counted = Counted()
            start, worked = perf_counter(), process_time()
            with connection.execute_wrapper(counted):
                report = import_members(path)
            seconds, worked = perf_counter() - start, process_time() - worked
            done = {"new": report.created, "unchanged": report.unchanged, "changed": report.updated}[run]
            print(
                f"{run}: {len(done):,} rows in {seconds:.1f} s ({worked:.1f} s at work here, else waiting), "
                f"{len(done) / seconds:,.0f} rows/s; {counted.statements:,} statements, "
                f"{1_000 * counted.statements / rows:.1f} for each thousand rows"
            )
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)

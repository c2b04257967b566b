"""``manage.py erase_member HANDLE``: erase an account for good, as somebody asked. Spec 01, Leaving."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from community.accounts.actions import erase_member
from community.models import User


class Command(BaseCommand):
    help = "Erase a member for good. Votes and figures stay, what they wrote loses its author. Nothing brings it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the member's handle, and whether to ask."""
        parser.add_argument("handle", help="the last part of the address of their page, as in /members/anna/")
        parser.add_argument("--noinput", action="store_false", dest="interactive", help="do not ask to confirm")

    def handle(self, *args: Any, handle: str, interactive: bool, **options: Any) -> None:
        """Erase the member. Raises CommandError when nobody has or had that handle, or it is not confirmed."""
        member = User.objects.by_handle(handle.strip()).first()
        if member is None:
            raise CommandError(f"Nobody has the handle {handle}, or had it.")
        who = f"{member.name} ({member.handle}, {member.email})"
        if interactive:
            self.stdout.write(f"This erases {who} for good.")
            if input(f"Type {member.handle} to go on: ").strip() != member.handle:
                raise CommandError("Nothing was erased.")
        erase_member(member=member)
        self.stdout.write(self.style.SUCCESS(f"{who} is erased."))

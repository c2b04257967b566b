"""``manage.py appoint_facilitator EMAIL``: the first facilitator, whom no facilitator could name. Spec 00, Roles."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from community.models import User
from community.organisation import actions
from ui.errors import RuleBroken


class Command(BaseCommand):
    help = "Make a member facilitator. The term is public to all members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the member's address."""
        parser.add_argument("email", help="the e-mail address with which the member signs in")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Appoint the member. Raises CommandError when nobody has that address, or the account is not active."""
        member = User.objects.filter(email=email.strip()).first()
        if member is None:
            raise CommandError(f"Nobody has the address {email}. They sign up first, or are imported.")
        try:
            is_new = actions.appoint_facilitator(member=member)
        except RuleBroken as refusal:
            raise CommandError(str(refusal)) from refusal
        word = "is facilitator now" if is_new else "was facilitator already"
        self.stdout.write(self.style.SUCCESS(f"{member.name} {word}."))

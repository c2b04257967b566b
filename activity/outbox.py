"""The sender: claims due mails, checks them once more, renders and sends them. Spec 06, Outbox."""

from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import salted_hmac


def message_id_for(dedupe_key: str) -> str:
    """Return the Message-ID of the mail with this key: always the same, and telling nothing about the key."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{salted_hmac('doorbraak.activity.message-id', dedupe_key, algorithm='sha256').hexdigest()[:40]}@{host}>"

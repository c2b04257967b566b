"""The kind of mail of test_kill, which its worker process must know as well."""

from activity.mailkinds import MailClass, MailContent, MailKind

KIND = MailKind(
    key="kill_test",
    mail_class=MailClass.ACCOUNT,
    template="email/base",
    label="Kill test",
    reason="You get this because of a test.",
    load_many=lambda mails: {mail.pk: MailContent({"mail_subject": "Kill test"}) for mail in mails},
)

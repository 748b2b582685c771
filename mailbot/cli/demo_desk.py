"""The demo's desk: the configuration turned to a mail server, a database and addresses of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from mailbot.cli.running import serving
from mailbot.core.settings import Settings
from mailbot.demo.server import PASSWORD, EmbeddedServer

#: the desk that the sample mails write to, and who is told
DESK = ("inscriptions@prevention.example", "inschrijvingen@prevention.example")
COORDINATOR = "coordination@prevention.example"

#: whoever watches, and wants to write; the mailbox is there from the start
VISITOR = "robin@visitor.example"

#: ports where the configuration names a mail server of somebody else
PORTS = (1143, 1025)


def server_of(settings: Settings, *, once: bool) -> AbstractContextManager[EmbeddedServer]:
    """On the configured ports for visitors; on any free ones where nobody visits."""
    imap, smtp = (settings.account[0].port, settings.smtp.port) if settings.embedded.enabled else PORTS
    if once:
        imap, smtp = 0, 0
    return serving(
        {DESK[0]: PASSWORD, VISITOR: PASSWORD},
        {DESK[1]: DESK[0]},
        imap_port=imap,
        smtp_port=smtp,
        or_else=", or use --once, which takes any free ones",
    )


def with_own_desk(settings: Settings, folder: Path) -> Settings:
    """The desk that the samples write to, in a folder of its own: nothing of the configured desk is touched."""
    secret = folder / "secret"
    secret.write_text("the demo keeps no secrets, and looks the same each time", "utf-8")
    return replace(
        settings,
        database=replace(settings.database, url=f"sqlite:///{folder / 'mailbot.db'}"),
        desk=replace(
            settings.desk, addresses=DESK, coordinators=(COORDINATOR,), subaddressing=True, secret_file=str(secret)
        ),
        review=replace(settings.review, every_minutes=0.0),
    )


def turned_to(settings: Settings, server: EmbeddedServer) -> Settings:
    """The configuration turned to the demo's own server."""
    account = replace(
        settings.account[0],
        host="127.0.0.1",
        port=server.imap_port,
        security="plain",
        user=DESK[0],
        password=PASSWORD,
        folders=("INBOX",),
        idle=True,
    )
    smtp = replace(settings.smtp, host="127.0.0.1", port=server.smtp_port, security="plain", user=None, password=None)
    return replace(settings, account=(account,), smtp=smtp)

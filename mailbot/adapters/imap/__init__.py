"""Mailboxes over IMAP: ``imapclient`` and its traps stay in here."""

from mailbot.adapters.imap.mailbox import ImapMailbox
from mailbot.adapters.imap.server import ImapServer, connect, probe

__all__ = ["ImapMailbox", "ImapServer", "connect", "probe"]

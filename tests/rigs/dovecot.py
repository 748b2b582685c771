"""A Dovecot 2.3 of our own: a new folder, free ports of 127.0.0.1, no root needed, ended by its process group.

The configuration is the syntax of 2.3; 2.4 renamed most of it, so it stands here alone.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.rigs.certificate import make_certificate
from tests.rigs.ports import free_ports, wait_for_banner

PASSWORD = "secret"

_CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
# Every process under one ordinary account: nothing needs root.
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
service anvil {{
  chroot =
  # Else each failed login makes the next slower: 2, 4, 8, 15 s.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u allow_all_users=yes
}}
mail_location = maildir:~/Maildir
mail_fsync = never
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
protocol imap {{
  mail_max_userip_connections = 100
  {capability}
}}
protocol lmtp {{
  # desk+token@ lands in the mailbox of desk@ (RFC 5233).
  auth_username_format = %Lu
}}
recipient_delimiter = +
lda_mailbox_autocreate = no
postmaster_address = postmaster@example.test
"""


@dataclass(kw_only=True)
class Dovecot:
    """Any user may log in with ``PASSWORD`` and gets a mailbox."""

    home: Path
    imap_port: int
    imaps_port: int
    lmtp_port: int
    ca_file: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        log = (self.home / "stderr").open("ab")
        # In a session of its own, so that the end of the group ends the helpers at once; the master alone waits 2 s.
        self._process = process = subprocess.Popen(
            [binary(), "-F", "-c", str(self.home / "dovecot.conf")], stderr=log, start_new_session=True
        )
        log.close()
        try:
            wait_for_banner(self.imap_port, b"* OK", lambda: process.poll() is None)
            wait_for_banner(self.lmtp_port, b"220", lambda: process.poll() is None)
        except RuntimeError as error:
            self.stop()
            words = [path.read_text(errors="replace") for path in self.home.glob("*.log")]
            raise RuntimeError(f"Dovecot did not start: {words} {(self.home / 'stderr').read_text()}") from error

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)

    def kill(self) -> None:
        """As a power cut: nobody says BYE."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)

    def maildir(self, user: str) -> Path:
        return self.home / "mail" / user / "Maildir"

    def deliver(self, user: str, *contents: bytes) -> None:
        """Over LMTP, as a mail server would; returns when it is in the mailbox."""
        with socket.create_connection(("127.0.0.1", self.lmtp_port), timeout=60) as connection:
            stream = connection.makefile("rwb")
            _expect(stream.readline(), b"220")
            _say(stream, b"LHLO localhost")
            for content in contents:
                _say(stream, b"MAIL FROM:<tester@outside.test>")
                _say(stream, b"RCPT TO:<" + user.encode() + b">")
                _say(stream, b"DATA")
                _say(stream, content.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n") + b"\r\n.")
            _say(stream, b"QUIT")

    def fill(self, user: str, contents: Sequence[bytes]) -> None:
        """Straight into the Maildir, past every protocol: for many mails in little time."""
        new = self.maildir(user) / "new"
        cur, tmp = new.parent / "cur", new.parent / "tmp"
        for folder in (new, cur, tmp):
            folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            name = f"{int(time.time())}.M{number:06d}P{os.getpid()}.rig,S={len(content)},W={len(content)}"
            (cur / f"{name}:2,").write_bytes(content)
        if os.getuid() == 0:
            account = pwd.getpwnam(_account())
            for path in [self.home / "mail" / user, *(self.home / "mail" / user).rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid)


def binary() -> str:
    """Raises ``FileNotFoundError`` where Dovecot is not installed."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("Dovecot is not installed")
    return found


@contextlib.contextmanager
def dovecot(*, without: Sequence[str] = (), prefix: str = "", separator: str = "/") -> Iterator[Dovecot]:
    """Started and ready. ``without`` names capabilities that it shall not offer.

    Raises ``FileNotFoundError`` where Dovecot is not installed.
    """
    binary()
    # Not below pytest's own folder: only its owner may enter that, and the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        imap, imaps, lmtp = free_ports(3)
        make_certificate(home)
        account = pwd.getpwnam(_account())
        capability = f"imap_capability = {_capabilities(without)}" if without else ""
        config = _CONFIG.format(
            home=home,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
            imap=imap,
            imaps=imaps,
            lmtp=lmtp,
            password=PASSWORD,
            separator=separator,
            prefix=prefix,
            capability=capability,
        )
        (home / "dovecot.conf").write_text(config)
        (home / "mail").mkdir()
        if os.getuid() == 0:
            for path in (home, *home.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)
        server = Dovecot(home=home, imap_port=imap, imaps_port=imaps, lmtp_port=lmtp, ca_file=home / "cert.pem")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _capabilities(without: Sequence[str]) -> str:
    offered = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE MOVE UIDPLUS UNSELECT NAMESPACE LITERAL+ CHILDREN"
    return " ".join(name for name in offered.split() if name not in without)


def _account() -> str:
    return "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


def _say(stream: socket.SocketIO, line: bytes) -> None:  # type: ignore[name-defined]
    stream.write(line + b"\r\n")
    stream.flush()
    while (answer := stream.readline())[3:4] == b"-":
        pass
    _expect(answer, b"2", b"354")


def _expect(answer: bytes, *wanted: bytes) -> None:
    if not answer.startswith(wanted):
        raise RuntimeError(f"LMTP: {answer!r}")

"""A Postfix of our own on free ports of 127.0.0.1. Its master insists on root.

What it takes for ``example.test`` goes to an LMTP server; nothing else can leave: it has no SMTP client at all.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.certificate import make_certificate
from tests.rigs.ports import free_ports, wait_for_banner

_MAIN = """\
compatibility_level = 3.7
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {home}
maillog_file = {home}/postfix.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.test
mydomain = example.test
myorigin = example.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 no local users
default_transport = error:5.7.1 outside delivery is switched off
relay_transport = error:5.7.1 outside delivery is switched off
relay_domains =
recipient_delimiter = +
virtual_mailbox_domains = example.test
virtual_mailbox_maps = {users} regexp:{{ {{ /^(p|desk)[0-9]+@example[.]test$$/ x }} }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_concurrency_limit = 4
lmtp_tls_security_level = none
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{busy@example.test=450 4.2.0 mailbox busy}} }}
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
message_size_limit = 200000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
notify_classes =
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{bouncing} inet n - n - - smtpd
  -o receive_override_options=no_unknown_recipient_checks
127.0.0.1:{impatient} inet n - n - - smtpd
  -o smtpd_timeout=1s
127.0.0.1:{tls} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
showq     unix  n - n - - showq
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """Delivers to ``alice@``, ``bot@``, ``desk@`` and ``p1@``, ``desk1@`` … ``example.test``; ``busy@`` gets a 450; what is larger than 200 kB is refused."""

    home: Path
    #: unknown and outside recipients are refused at RCPT
    port: int
    #: takes every recipient; unknown and outside ones come back as a bounce (RFC 3464)
    bouncing_port: int
    #: hangs up on whoever is silent for a second
    impatient_port: int
    #: TLS from the first octet (RFC 8314)
    tls_port: int
    ca_file: Path

    def start(self) -> None:
        subprocess.run([_command(), "-c", str(self.home / "conf"), "start"], check=True, capture_output=True)
        for port in (self.port, self.bouncing_port, self.impatient_port):
            wait_for_banner(port, b"220", lambda: True)

    def flush(self) -> None:
        """Try again what waits for a server that was down, instead of in five minutes."""
        subprocess.run([_command(), "-c", str(self.home / "conf"), "flush"], check=True, capture_output=True)

    def is_idle(self) -> bool:
        """Whether nothing is on its way to anybody."""
        queue = self.home / "queue"
        return not any(
            path.is_file() for name in ("maildrop", "incoming", "active") for path in (queue / name).rglob("*")
        )

    def stop(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pid = int((self.home / "queue" / "pid" / "master.pid").read_text())
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
                time.sleep(0.01)


def _command() -> str:
    found = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("Postfix is not installed")
    return found


@contextlib.contextmanager
def postfix(*, lmtp_port: int, users: tuple[str, ...] = ("alice", "bot", "desk")) -> Iterator[Postfix]:
    """Started and ready. Raises ``FileNotFoundError`` where it is missing, ``PermissionError`` without root."""
    command = _command()
    if os.getuid() != 0:
        raise PermissionError("Postfix must be started by root")
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        home.chmod(0o755)
        ports = free_ports(4)
        for name in ("conf", "queue", "data"):
            (home / name).mkdir()
        os.chown(home / "data", pwd.getpwnam("postfix").pw_uid, -1)
        make_certificate(home)
        known = " ".join(f"{{{user}@example.test=x}}" for user in (*users, "busy"))
        main = _MAIN.format(home=home, lmtp=lmtp_port, users=f"inline:{{ {known} }}")
        (home / "conf" / "main.cf").write_text(main)
        master = _MASTER.format(port=ports[0], bouncing=ports[1], impatient=ports[2], tls=ports[3])
        (home / "conf" / "master.cf").write_text(master)
        (home / "conf" / "dynamicmaps.cf").touch()
        subprocess.run([command, "-c", str(home / "conf"), "check"], check=True, capture_output=True)
        server = Postfix(
            home=home,
            port=ports[0],
            bouncing_port=ports[1],
            impatient_port=ports[2],
            tls_port=ports[3],
            ca_file=home / "cert.pem",
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()

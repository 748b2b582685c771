"""What every mailbox must do: the same on the embedded server (pymap), on Dovecot, and on Dovecot with less to offer."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapServer, connect, probe
from mailbot.demo.server import EmbeddedServer
from mailbot.service.ports import MailboxUnavailable
from tests.conftest import missing
from tests.rigs import dovecot as dovecot_rig
from tests.rigs import embedded as embedded_rig
from tests.rigs.dovecot import Dovecot

USERS = (f"user{number}@example.test" for number in itertools.count())


@dataclass(kw_only=True)
class Case:
    """One account, empty, on one server."""

    server: ImapServer
    append: Callable[[bytes], None]

    def mailbox(self, folder: str = "INBOX") -> ImapMailbox:
        return ImapMailbox(self.server, account="main", folder=folder)

    @contextlib.contextmanager
    def client(self, folder: str | None = "INBOX") -> Iterator[Any]:
        """What another program sees of the account."""
        client = connect(self.server)
        try:
            if folder is not None:
                client.select_folder(folder, readonly=True)
            yield client
        finally:
            client.logout()


@pytest.fixture(scope="session")
def poor() -> Iterator[Dovecot]:
    """A Dovecot without MOVE."""
    yield from _dovecot(without=("MOVE",))


@pytest.fixture(scope="session")
def poorest() -> Iterator[Dovecot]:
    """Without MOVE, UIDPLUS and IDLE, and with every folder below ``INBOX.`` as old Courier servers have it."""
    yield from _dovecot(without=("MOVE", "UIDPLUS", "IDLE"), prefix="INBOX.", separator=".")


def _dovecot(**options: Any) -> Iterator[Dovecot]:
    try:
        dovecot_rig.binary()
    except FileNotFoundError as error:
        missing(error)
    with dovecot_rig.dovecot(**options) as server:
        yield server


def on_dovecot(server: Dovecot) -> Case:
    """A new account. Mail is appended over IMAP, which changes no byte of it."""
    user = next(USERS)
    account = ImapServer(
        host="127.0.0.1",
        port=server.imap_port,
        security="plain",
        user=user,
        password=dovecot_rig.PASSWORD,
        read_seconds=5,
    )

    def append(content: bytes) -> None:
        client = connect(account)
        client.append("INBOX", content)
        client.logout()

    return Case(server=account, append=append)


def on_embedded(server: EmbeddedServer) -> Case:
    account = ImapServer(
        host="127.0.0.1",
        port=server.imap_port,
        security="plain",
        user=embedded_rig.USER,
        password=embedded_rig.PASSWORD,
        read_seconds=5,
    )
    return Case(server=account, append=lambda content: server.deliver(embedded_rig.USER, content))


@pytest.fixture(params=["embedded", "dovecot", "poor"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "embedded":
        with embedded_rig.embedded() as server:  # starts in no time, so each test has its own
            yield on_embedded(server)
    else:
        yield on_dovecot(request.getfixturevalue(request.param))


@pytest.fixture
def mailbox(case: Case) -> Iterator[ImapMailbox]:
    opened = case.mailbox()
    yield opened
    opened.close()


def mail(number: int = 1, body: bytes = b"Bonjour\r\n") -> bytes:
    head = f"From: ada{number}@example.org\r\nTo: bot@example.test\r\nSubject: {number}\r\n"
    return head.encode() + f"Message-ID: <{number}@example.org>\r\n\r\n".encode() + body


# -- what is there -------------------------------------------------------------


def test_an_empty_mailbox_has_its_next_uid_and_nothing_new(mailbox: ImapMailbox) -> None:
    state = mailbox.select()
    assert state.exists == 0
    assert state.uidvalidity > 0
    assert mailbox.new_uids(state.uidnext - 1) == ()


def test_new_uids_are_those_above_the_mark_and_never_the_mark_itself(case: Case, mailbox: ImapMailbox) -> None:
    first = mailbox.select().uidnext
    for number in range(3):
        case.append(mail(number))
    found = mailbox.new_uids(0)
    assert found == tuple(sorted(found))
    assert len(found) == 3
    assert found[0] >= first
    assert mailbox.new_uids(found[0]) == found[1:]
    # "n:*" answers the last message even where its UID is below n.
    assert mailbox.new_uids(found[-1]) == ()
    assert mailbox.new_uids(found[-1] + 1000) == ()
    assert mailbox.select().exists == 3


def test_selecting_again_tells_what_is_there_now(case: Case, mailbox: ImapMailbox) -> None:
    before = mailbox.select()
    for number in range(3):
        case.append(mail(number))
    after = mailbox.select()
    assert (after.exists, after.uidvalidity) == (3, before.uidvalidity)
    assert after.uidnext >= before.uidnext + 3
    uids = mailbox.new_uids(0)
    assert uids[-1] < after.uidnext
    mailbox.move(uids[:1], "Done")
    assert mailbox.select().exists == 2


def test_mail_that_came_while_connected_is_new_without_selecting_again(case: Case, mailbox: ImapMailbox) -> None:
    mailbox.select()
    assert mailbox.new_uids(0) == ()
    case.append(mail())
    assert len(mailbox.new_uids(0)) == 1


# -- fetching ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        mail(),
        mail(body="été, geïnteresseerd, Grüße\r\n".encode()),
        mail(body="été en latin-1\r\n".encode("latin-1")),
        mail(body=bytes(range(128, 256)) + b"\r\n"),
        mail(body=b".\r\n..\r\n.a dot\r\n"),
        mail(body=b"no line end at the end"),
        mail(body=b"long line " * 2000 + b"\r\n"),
        b"Subject: only a header\r\n\r\n",
        "Subject: raw été in the header\r\nFrom: é@example.org\r\n\r\nhello\r\n".encode(),
        b"Content-Type: multipart/mixed; boundary=x\r\nDate: not a date at all\r\n\r\n--x\r\nbroken",
        mail(body=b"{12}\r\n* 1 EXISTS\r\n) BODY[] NIL\r\n"),
    ],
    ids=lambda content: repr(content[-24:]),
)
def test_the_bytes_are_those_that_were_delivered(case: Case, mailbox: ImapMailbox, content: bytes) -> None:
    case.append(content)
    state = mailbox.select()
    (raw,) = mailbox.fetch(mailbox.new_uids(0), 1_000_000)
    assert raw.content == content
    assert raw.size == len(content)
    assert (raw.key.account, raw.key.folder, raw.key.uidvalidity) == ("main", "INBOX", state.uidvalidity)
    assert raw.received_at.tzinfo is not None
    assert abs(time.time() - raw.received_at.timestamp()) < 60


def test_a_large_mail_is_cut_and_its_size_is_told(case: Case, mailbox: ImapMailbox) -> None:
    content = mail(body=b"x" * 70 + b"\r\n" + b"y" * 5000 + b"\r\n")
    case.append(content)
    mailbox.select()
    (raw,) = mailbox.fetch(mailbox.new_uids(0), 300)
    assert raw.content == content[:300]
    assert raw.size == len(content)


def test_many_are_fetched_in_the_order_asked_for_and_those_gone_are_left_out(case: Case, mailbox: ImapMailbox) -> None:
    for number in range(4):
        case.append(mail(number))
    mailbox.select()
    uids = mailbox.new_uids(0)
    raws = mailbox.fetch([uids[2], 4_000_000, uids[0]], 10_000)
    assert [raw.key.uid for raw in raws] == [uids[2], uids[0]]
    assert [raw.content for raw in raws] == [mail(2), mail(0)]
    assert mailbox.fetch([], 10_000) == ()


def test_seen_is_never_set(case: Case, mailbox: ImapMailbox) -> None:
    case.append(mail())
    mailbox.select()
    (uid,) = mailbox.new_uids(0)
    mailbox.fetch([uid], 10)
    mailbox.fetch([uid], 10_000)
    with case.client() as client:
        assert b"\\Seen" not in client.get_flags([uid])[uid]
    mailbox.move([uid], "Read")
    with case.client("Read") as client:
        (flags,) = client.get_flags(client.search()).values()
    assert b"\\Seen" not in flags
    assert b"\\Deleted" not in flags


# -- moving --------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["Processed", "À vérifier", "Te verwerken & klaar", "2021/Erledigt – fertig"])
def test_moving_makes_the_folder_and_takes_the_mail_there(case: Case, mailbox: ImapMailbox, folder: str) -> None:
    for number in range(3):
        case.append(mail(number))
    mailbox.select()
    uids = mailbox.new_uids(0)
    mailbox.move(uids[:2], folder)
    assert mailbox.new_uids(0) == uids[2:]
    with case.client(None) as client:
        assert folder in [name for _, _, name in client.list_folders()]
        assert folder in [name for _, _, name in client.list_sub_folders()]
        client.select_folder(folder, readonly=True)
        answers = client.fetch(client.search(), ["BODY.PEEK[]"])
    assert sorted(answer[b"BODY[]"] for answer in answers.values()) == [mail(0), mail(1)]


def test_moving_again_changes_nothing(case: Case, mailbox: ImapMailbox) -> None:
    for number in range(3):
        case.append(mail(number))
    mailbox.select()
    uids = mailbox.new_uids(0)
    mailbox.move(uids[:2], "Done")
    mailbox.move(uids[:2], "Done")
    mailbox.move([*uids[1:], 4_000_000], "Done")
    mailbox.move([], "Done")
    assert mailbox.new_uids(0) == ()
    with case.client("Done") as client:
        assert len(client.search()) == 3


@pytest.mark.parametrize("by", ["id", "an id with a quote", "an id of another alphabet", "date"])
def test_a_mail_is_found_again_in_another_folder_and_moved_on(case: Case, mailbox: ImapMailbox, by: str) -> None:
    """``poll`` goes on in its own folder as if nothing had been."""
    message_id = {
        "id": "<a.b@example.test>",
        "an id with a quote": '<a"b@example.test>',
        "an id of another alphabet": "<é@example.test>",
        "date": None,
    }[by]

    def made(number: int) -> bytes:
        known_by = f"Message-ID: {message_id}\r\n" if message_id else ""
        return f"Subject: {number}\r\n{known_by}From: ada@example.org\r\n\r\nBonjour\r\n".encode()

    for number in (1, 2, 3):
        case.append(made(number))
    mailbox.select()
    uids = mailbox.new_uids(0)
    (raw,) = mailbox.fetch(uids[:1], 10_000)
    mailbox.move(uids[:2], "À vérifier")

    def refile(number: int, source: str = "À vérifier") -> bool:
        return mailbox.refile(
            source,
            "Done",
            message_id=message_id,
            received_at=raw.received_at,
            same=lambda content: content == made(number)[:15],
            max_bytes=15,
        )

    assert refile(1)
    assert not refile(1)
    assert not refile(3)  # lies elsewhere
    assert not refile(1, "No such folder")
    assert mailbox.new_uids(0) == uids[2:]
    assert mailbox.select().exists == 1
    contents = {}
    for folder in ("Done", "À vérifier"):
        with case.client(folder) as client:
            contents[folder] = [a[b"BODY[]"] for a in client.fetch(client.search(), ["BODY.PEEK[]"]).values()]
    assert contents == {"Done": [made(1)], "À vérifier": [made(2)]}


def test_what_others_marked_deleted_stays(case: Case, mailbox: ImapMailbox) -> None:
    """A plain EXPUNGE would take it away."""
    case.append(mail(1))
    case.append(mail(2))
    mailbox.select()
    marked, ours = mailbox.new_uids(0)
    other = connect(case.server)
    other.select_folder("INBOX")
    other.add_flags([marked], [b"\\Deleted"])
    mailbox.move([ours], "Done")
    mailbox.close()
    with case.client() as client:
        assert client.search() == [marked]
    other.logout()


def test_a_folder_that_somebody_deleted_meanwhile_is_made_again(case: Case, mailbox: ImapMailbox) -> None:
    case.append(mail(1))
    case.append(mail(2))
    mailbox.select()
    first, second = mailbox.new_uids(0)
    mailbox.move([first], "Done")
    with case.client(None) as client:
        client.delete_folder("Done")
    mailbox.move([second], "Done")
    with case.client("Done") as client:
        assert len(client.search()) == 1


def test_without_move_and_uidplus_mail_stays_and_is_marked(poorest: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    case = on_dovecot(poorest)
    case.append(mail())
    mailbox = case.mailbox()
    mailbox.select()
    (uid,) = mailbox.new_uids(0)
    mailbox.move([uid], "Done")
    assert mailbox.new_uids(0) == (uid,)
    mailbox.close()
    with case.client() as client:
        assert b"$Processed" in client.get_flags([uid])[uid]
    assert "neither MOVE nor UIDPLUS" in caplog.text


def test_folders_are_made_below_the_prefix_of_the_account() -> None:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(dovecot_rig.dovecot(prefix="INBOX.", separator="."))
        except FileNotFoundError as error:
            missing(error)
        case = on_dovecot(server)
        case.append(mail())
        mailbox = case.mailbox()
        mailbox.select()
        mailbox.move(mailbox.new_uids(0), "2021/À vérifier")
        mailbox.close()
        with case.client("INBOX.2021.À vérifier") as client:
            assert len(client.search()) == 1


# -- waiting -------------------------------------------------------------------


def test_waiting_ends_when_mail_comes(case: Case, mailbox: ImapMailbox) -> None:
    mailbox.select()
    for number in range(2):
        delivered: list[float] = []

        def deliver(number: int = number, delivered: list[float] = delivered) -> None:
            case.append(mail(number))
            delivered.append(time.monotonic())

        threading.Timer(0.2, deliver).start()
        assert mailbox.wait(10) is True
        assert time.monotonic() - (delivered[0] if delivered else time.monotonic()) < 1.5
        assert len(mailbox.new_uids(0)) == number + 1


def test_mail_that_came_before_the_wait_ends_it_at_once(case: Case, mailbox: ImapMailbox) -> None:
    mailbox.select()
    case.append(mail())
    began = time.monotonic()
    assert mailbox.wait(10) is True
    assert time.monotonic() - began < 1


def test_waiting_in_vain_ends_in_time_and_the_connection_goes_on(case: Case, mailbox: ImapMailbox) -> None:
    mailbox.select()
    began = time.monotonic()
    assert mailbox.wait(0.5) is False
    assert 0.45 < time.monotonic() - began < 1.5
    case.append(mail())
    assert len(mailbox.new_uids(0)) == 1


def test_close_from_another_thread_ends_the_wait(case: Case) -> None:
    mailbox = case.mailbox()
    mailbox.select()
    threading.Timer(0.3, mailbox.close).start()
    began = time.monotonic()
    with pytest.raises(MailboxUnavailable, match="closed"):
        mailbox.wait(20)
    assert time.monotonic() - began < 1.5
    with pytest.raises(MailboxUnavailable, match="closed"):
        mailbox.wait(20)
    mailbox.close()


def test_a_server_without_idle_is_waited_for_by_the_clock(poorest: Dovecot) -> None:
    case = on_dovecot(poorest)
    mailbox = case.mailbox()
    mailbox.select()
    threading.Timer(0.1, case.append, [mail()]).start()
    began = time.monotonic()
    assert mailbox.wait(0.6) is False
    assert time.monotonic() - began >= 0.6
    threading.Timer(0.2, mailbox.close).start()
    with pytest.raises(MailboxUnavailable, match="closed"):
        mailbox.wait(20)
    assert time.monotonic() - began < 3


# -- what goes wrong -----------------------------------------------------------


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_goes_away_during_a_wait_is_noticed_and_used_again(end: str) -> None:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(dovecot_rig.dovecot())
        except FileNotFoundError as error:
            missing(error)
        case = on_dovecot(server)
        case.append(mail())
        mailbox = case.mailbox()
        before = mailbox.select()
        threading.Timer(0.3, getattr(server, end)).start()
        began = time.monotonic()
        with pytest.raises(MailboxUnavailable) as caught:
            mailbox.wait(30)
        assert caught.value.failure == "connection"
        assert time.monotonic() - began < 5
        with pytest.raises(MailboxUnavailable) as caught:
            mailbox.new_uids(0)
        assert caught.value.failure == "connection"
        server.stop()
        server.start()
        assert len(mailbox.new_uids(0)) == 1
        assert mailbox.select() == before
        mailbox.close()


@pytest.mark.parametrize("kind", ["embedded", "dovecot"])
def test_a_refused_login_says_so(kind: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(kind)
    port = found.imap_port
    server = ImapServer(host="127.0.0.1", port=port, security="plain", user="bot@example.test", password="wrong")
    mailbox = ImapMailbox(server, account="main")
    with pytest.raises(MailboxUnavailable) as caught:
        mailbox.select()
    assert caught.value.failure == "authentication"
    assert caught.value.error
    assert probe(server, ["INBOX"])[0].startswith("authentication: ")


def test_a_folder_that_is_not_there_is_a_matter_of_configuration(case: Case) -> None:
    mailbox = case.mailbox("Nowhere")
    with pytest.raises(MailboxUnavailable, match="Nowhere") as caught:
        mailbox.select()
    assert caught.value.failure == "configuration"
    assert any("Nowhere" in finding for finding in probe(case.server, ["INBOX", "Nowhere"]))
    assert not any("INBOX" in finding for finding in probe(case.server, ["INBOX"]))


def test_a_closed_port_is_a_matter_of_the_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets it, and connecting is refused
        server = ImapServer(host="127.0.0.1", port=taken.getsockname()[1], security="plain", user="a", password="b")
        with pytest.raises(MailboxUnavailable) as caught:
            ImapMailbox(server, account="main").select()
    assert caught.value.failure == "connection"


def test_a_password_does_not_travel_in_the_clear() -> None:
    server = ImapServer(host="imap.example.test", port=143, security="plain", user="a", password="hidden")
    with pytest.raises(MailboxUnavailable, match=r"imap\.example\.test") as caught:
        ImapMailbox(server, account="main").select()
    assert caught.value.failure == "configuration"
    assert "hidden" not in repr(server)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls_works_with_the_right_authority_and_not_without(dovecot: Dovecot, security: Any) -> None:
    def server(ca_file: str | None) -> ImapServer:
        port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
        return ImapServer(
            host="localhost",
            port=port,
            security=security,
            user=next(USERS),
            password=dovecot_rig.PASSWORD,
            ca_file=ca_file,
        )

    mailbox = ImapMailbox(server(str(dovecot.ca_file)), account="main")
    assert mailbox.select().exists == 0
    threading.Timer(0.3, mailbox.close).start()
    began = time.monotonic()
    with pytest.raises(MailboxUnavailable, match="closed"):
        mailbox.wait(20)
    assert time.monotonic() - began < 2
    with pytest.raises(MailboxUnavailable, match="certificate") as caught:
        ImapMailbox(server(None), account="main").select()
    assert caught.value.failure == "configuration"


def test_a_changed_uidvalidity_is_seen(dovecot: Dovecot) -> None:
    case = on_dovecot(dovecot)
    case.append(mail())
    mailbox = case.mailbox()
    before = mailbox.select()
    mailbox.close()
    maildir = dovecot.maildir(case.server.user)
    for index in maildir.glob("dovecot*"):  # as a restore from a backup or an over-eager clean-up does
        shutil.rmtree(index) if index.is_dir() else index.unlink()
    time.sleep(1.1)  # a UIDVALIDITY is the second of its making
    mailbox = case.mailbox()
    after = mailbox.select()
    assert after.uidvalidity != before.uidvalidity
    (raw,) = mailbox.fetch(mailbox.new_uids(0), 10_000)
    assert raw.key.uidvalidity == after.uidvalidity
    mailbox.close()


def test_a_folder_that_was_replaced_while_it_was_open_is_noticed(dovecot: Dovecot) -> None:
    case = on_dovecot(dovecot)
    with case.client(None) as client:
        client.create_folder("Desk")
        mailbox = case.mailbox("Desk")
        before = mailbox.select()
        client.append("Desk", mail(1))
        assert len(mailbox.new_uids(0)) == 1
        client.delete_folder("Desk")
        time.sleep(1.1)
        client.create_folder("Desk")
        client.append("Desk", mail(2))
    # Dovecot answers from the old folder for a moment, then cuts the connection that has it open.
    after, deadline = before, time.monotonic() + 5
    while after.uidvalidity == before.uidvalidity and time.monotonic() < deadline:
        with contextlib.suppress(MailboxUnavailable):
            after = mailbox.select()
    assert after.uidvalidity != before.uidvalidity
    assert [raw.content for raw in mailbox.fetch(mailbox.new_uids(0), 10_000)] == [mail(2)]
    mailbox.close()


def test_a_poll_of_a_full_folder_costs_no_more_than_one_of_an_empty_folder(dovecot: Dovecot) -> None:
    """The best of many, so that a busy machine does not count."""
    full, empty = on_dovecot(dovecot), on_dovecot(dovecot)
    dovecot.fill(full.server.user, [mail(number) for number in range(3000)])
    mailboxes = {"full": full.mailbox(), "empty": empty.mailbox()}
    mark = {name: mailbox.select().uidnext - 1 for name, mailbox in mailboxes.items()}
    assert mark == {"full": 3000, "empty": 0}
    polls: dict[str, list[float]] = {name: [] for name in mailboxes}
    for _ in range(60):
        for name, mailbox in mailboxes.items():
            began = time.perf_counter()
            mailbox.select()
            assert mailbox.new_uids(mark[name]) == ()
            polls[name].append(time.perf_counter() - began)
    for mailbox in mailboxes.values():
        mailbox.close()
    best = {name: min(times) for name, times in polls.items()}
    assert best["full"] < 2 * best["empty"]


class Scripted:
    """A server that says its lines, one at each line it hears, and then nothing more."""

    def __init__(self, *lines: bytes, hang_up: bool = False) -> None:
        self._lines = lines
        self._hang_up = hang_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._done = threading.Event()

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(OSError):
            heard = connection.makefile("rb")
            for index, line in enumerate(self._lines):
                tag = heard.readline().split(b" ")[0] if index else b""
                connection.sendall(line.replace(b"TAG", tag))
            if not self._hang_up:
                self._done.wait(10)


GREETING = b"* OK ready\r\n"
CAPABILITIES = b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\nTAG OK done\r\n"
LOGIN = b"TAG OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] welcome\r\n"
SELECTED = b"* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\nTAG OK [READ-WRITE] done\r\n"


@pytest.mark.parametrize(
    ("lines", "hang_up", "failure"),
    [
        ((), False, "connection"),  # takes the connection and is silent
        ((b"* BYE too busy\r\n",), True, "connection"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), True, "connection"),
        ((GREETING,), False, "connection"),
        ((GREETING, CAPABILITIES), False, "connection"),
        ((GREETING, CAPABILITIES), True, "connection"),  # cut during LOGIN is no refused login
        ((GREETING, CAPABILITIES, b"TAG NO [UNAVAILABLE] directory is down\r\n"), False, "connection"),
        ((GREETING, CAPABILITIES, b"TAG NO [AUTHENTICATIONFAILED] no\r\n"), False, "authentication"),
        ((GREETING, CAPABILITIES, LOGIN, b"* OK no uids here\r\nTAG OK done\r\n"), False, "protocol"),
        ((GREETING, CAPABILITIES, LOGIN, b"TAG BAD what\r\n", b"TAG BAD what\r\n"), False, "protocol"),
    ],
)
def test_a_strange_server_costs_no_more_than_the_timeout(lines: tuple[bytes, ...], hang_up: bool, failure: str) -> None:
    with Scripted(*lines, hang_up=hang_up) as server:
        mailbox = ImapMailbox(
            ImapServer(
                host="127.0.0.1",
                port=server.port,
                security="plain",
                user="a",
                password="b",
                connect_seconds=0.5,
                read_seconds=0.5,
            ),
            account="main",
        )
        began = time.monotonic()
        with pytest.raises(MailboxUnavailable) as caught:
            mailbox.select()
        assert (caught.value.failure, time.monotonic() - began < 3) == (failure, True)
        mailbox.close()


@pytest.mark.parametrize(
    "after_idle",
    [
        (b"+ idling\r\n* BYE shutting down\r\n",),
        (b"+ idling\r\n",),  # and then nothing, not even when IDLE is to end
        (b"TAG NO not now\r\n",),
    ],
)
def test_an_idle_that_goes_wrong_ends_in_time(after_idle: tuple[bytes, ...]) -> None:
    with Scripted(GREETING, CAPABILITIES, LOGIN, SELECTED, b"TAG OK noop\r\n", CAPABILITIES, *after_idle) as server:
        mailbox = ImapMailbox(
            ImapServer(
                host="127.0.0.1",
                port=server.port,
                security="plain",
                user="a",
                password="b",
                connect_seconds=0.5,
                read_seconds=0.5,
            ),
            account="main",
        )
        mailbox.select()
        began = time.monotonic()
        with pytest.raises(MailboxUnavailable):
            mailbox.wait(0.5)
        assert time.monotonic() - began < 3


def test_news_told_before_idle_begins_is_news() -> None:
    script = (GREETING, CAPABILITIES, LOGIN, SELECTED, b"TAG OK noop\r\n", CAPABILITIES, b"* 1 EXISTS\r\n+ idling\r\n")
    with Scripted(*script) as server:
        account = ImapServer(host="127.0.0.1", port=server.port, security="plain", user="a", password="b")
        mailbox = ImapMailbox(account, account="main")
        mailbox.select()
        assert mailbox.wait(5) is True
        mailbox.close()

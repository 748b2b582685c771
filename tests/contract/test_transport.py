"""What the transport does with every answer of a server: on a programmable aiosmtpd, on Postfix, on the embedded one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapServer
from mailbot.adapters.smtp import SmtpServer, SmtpTransport, probe
from mailbot.core.deliveries import NotSent, OutgoingMessage, Sent
from mailbot.demo.server import EmbeddedServer
from tests.rigs import dovecot as dovecot_rig
from tests.rigs.certificate import make_certificate
from tests.rigs.dovecot import Dovecot
from tests.rigs.postfix import Postfix
from tests.rigs.sink import Sink, sink


def message(to: str = "ada@example.org", *, sender: str = "desk@example.test", **fields: Any) -> OutgoingMessage:
    content = f"From: desk@example.test\r\nTo: {to}\r\nSubject: Confirmé\r\n\r\nBonjour\r\n".encode()
    given: dict[str, Any] = {
        "id": f"d-{to}",
        "kind": "registrant-confirmed",
        "language": "fr",
        "envelope_from": sender,
        "envelope_to": to,
        "subject": "Confirmé",
        "text": "Bonjour",
        "message_id": "<d1@example.test>",
        "content": content,
    }
    return OutgoingMessage(**{**given, **fields})


def plain(port: int, **fields: Any) -> SmtpServer:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "plain", "timeout_seconds": 10.0}
    return SmtpServer(**{**given, **fields})


@contextlib.asynccontextmanager
async def transport(server: SmtpServer) -> AsyncIterator[SmtpTransport]:
    opened = SmtpTransport(server)
    try:
        yield opened
    finally:
        await opened.close()


def failure(result: object) -> str:
    assert isinstance(result, NotSent), result
    assert result.error
    assert "\n" not in result.error
    return result.failure


# -- what arrives --------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\n\r\nplain\r\n",
        b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\n",
        "Subject: x\r\n\r\nété\r\n".encode(),
        b"Subject: x\r\n\r\n" + bytes(range(128, 256)) + b"\r\n",
        b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 20_000,
    ],
    ids=["plain", "dots", "utf-8", "any octet", "240 kB"],
)
async def test_the_bytes_arrive_as_they_are(content: bytes) -> None:
    with sink() as server:
        async with transport(plain(server.port)) as out:
            assert isinstance(await out.send(message(content=content)), Sent)
    (taken,) = server.taken
    assert taken.content == content
    assert (taken.mail_from, taken.recipient) == ("desk@example.test", "ada@example.org")
    assert ("BODY=8BITMIME" in taken.mail_options) == (not content.isascii())


async def test_the_null_reverse_path_is_sent_as_such() -> None:
    with sink() as server:
        async with transport(plain(server.port)) as out:
            assert isinstance(await out.send(message(sender="")), Sent)
    assert server.taken[0].mail_from == ""


async def test_a_connection_is_kept_from_mail_to_mail() -> None:
    with sink() as server:
        async with transport(plain(server.port, connections=3)) as out:
            for number in range(5):
                assert isinstance(await out.send(message(f"p{number}@example.org")), Sent)
    assert server.connections == 1
    assert len(server.taken) == 5


async def test_several_go_side_by_side_over_as_many_connections_as_allowed() -> None:
    with sink(Sink(delay=0.05)) as server:
        async with transport(plain(server.port, connections=3)) as out:
            results = await asyncio.gather(*(out.send(message(f"p{number}@example.org")) for number in range(12)))
    assert all(isinstance(result, Sent) for result in results)
    assert sorted(taken.recipient for taken in server.taken) == sorted(f"p{number}@example.org" for number in range(12))
    assert server.connections == 3
    assert server.most_at_once == 3


# -- what is refused -----------------------------------------------------------

REFUSALS: list[tuple[str, str, str]] = [
    ("RCPT", "550 5.1.1 no such user", "permanent"),
    ("RCPT", "553 5.1.3 not an address", "permanent"),
    ("RCPT", "450 4.2.0 mailbox busy", "temporary"),
    ("RCPT", "452 4.2.2 mailbox full", "temporary"),
    ("DATA", "554 5.7.1 looks like spam", "permanent"),
    ("DATA", "451 4.3.0 try later", "temporary"),
    ("MAIL", "552 5.3.4 too large", "permanent"),
    ("MAIL", "451 4.7.1 slow down", "temporary"),
    ("MAIL", "530 5.7.0 log in first", "authentication"),
    ("RCPT", "421 4.3.2 shutting down", "connection"),
    ("DATA", "421 4.3.2 shutting down", "connection"),
    ("MAIL", Sink.DROP, "connection"),
    ("RCPT", Sink.DROP, "connection"),
    ("DATA", Sink.DROP, "connection"),
]


@pytest.mark.parametrize(("command", "answer", "expected"), REFUSALS)
async def test_a_refusal_has_its_class_and_the_next_mail_goes_out(command: str, answer: str, expected: str) -> None:
    refused: list[str] = []

    def answers(asked: str, address: str) -> str | None:
        about = "bad@example.org" if asked != "MAIL" else "bad@example.test"
        if asked == command and address == about:
            refused.append(asked)
            return answer
        return None

    with sink(Sink(answer=answers)) as server:
        async with transport(plain(server.port, connections=1)) as out:
            assert isinstance(await out.send(message("first@example.org")), Sent)
            result = await out.send(message("bad@example.org", sender="bad@example.test"))
            assert failure(result) == expected
            if answer != Sink.DROP:
                assert isinstance(result, NotSent)
                assert answer in result.error
            assert isinstance(await out.send(message("last@example.org")), Sent)
    assert [taken.recipient for taken in server.taken] == ["first@example.org", "last@example.org"]
    # A refusal does not cost the connection; a connection that died at MAIL is renewed once, and later never.
    assert len(refused) == (2 if (command, answer) == ("MAIL", Sink.DROP) else 1)


async def test_a_mail_whose_answer_was_lost_is_not_sent_twice_here() -> None:
    def answers(command: str, address: str) -> str | None:
        return Sink.DROP_AFTER if (command, address) == ("DATA", "lost@example.org") else None

    with sink(Sink(answer=answers)) as server:
        async with transport(plain(server.port, connections=1)) as out:
            assert isinstance(await out.send(message("first@example.org")), Sent)
            assert failure(await out.send(message("lost@example.org"))) == "connection"
    assert [taken.recipient for taken in server.taken] == ["first@example.org", "lost@example.org"]


@pytest.mark.parametrize("to", ["", "@", "two@example.org>\r\nRCPT TO:<three@example.org", "a b@example.org", "a@é..x"])
async def test_an_address_that_cannot_be_written_is_refused_for_good(to: str) -> None:
    with sink() as server:
        async with transport(plain(server.port, connections=1)) as out:
            assert failure(await out.send(message(envelope_to=to))) == "permanent"
            assert isinstance(await out.send(message("good@example.org")), Sent)
    assert [taken.recipient for taken in server.taken] == ["good@example.org"]


# -- connections that end ------------------------------------------------------


async def test_a_connection_that_the_server_closed_between_two_mails_is_renewed() -> None:
    with sink() as server:
        async with transport(plain(server.port, connections=1)) as out:
            assert isinstance(await out.send(message("first@example.org")), Sent)
            server.hang_up()
            assert isinstance(await out.send(message("second@example.org")), Sent)
            await asyncio.sleep(0.05)
            server.hang_up()
            await asyncio.sleep(0.05)
            assert isinstance(await out.send(message("third@example.org")), Sent)
    assert server.connections == 3
    assert len(server.taken) == 3


async def test_a_server_that_is_down_and_comes_back() -> None:
    with sink() as server:
        port = server.port
    async with transport(plain(port)) as out:
        assert failure(await out.send(message())) == "connection"
        with sink(Sink(port=port)) as again:
            assert isinstance(await out.send(message()), Sent)
            assert len(again.taken) == 1
        assert failure(await out.send(message())) == "connection"


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (b"", "connection"),
        (b"554 go away\r\n", "connection"),
        (b"421 busy\r\n", "connection"),
        (b"?\r\n", "connection"),
    ],
)
async def test_a_strange_server_costs_no_more_than_the_timeout(greeting: bytes, expected: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    began = time.monotonic()
    async with server, transport(plain(server.sockets[0].getsockname()[1], timeout_seconds=0.5)) as out:
        assert failure(await out.send(message())) == expected
    assert time.monotonic() - began < 3


async def test_an_ehlo_that_is_refused_is_not_the_fault_of_the_mail() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while await reader.readline():
            writer.write(b"550 not for you\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, transport(plain(server.sockets[0].getsockname()[1])) as out:
        assert failure(await out.send(message())) == "connection"


async def test_a_cancelled_send_leaves_nothing_half_said() -> None:
    with sink(Sink(delay=0.3)) as server:
        async with transport(plain(server.port, connections=1)) as out:
            task = asyncio.create_task(out.send(message("cancelled@example.org")))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert isinstance(await out.send(message("next@example.org")), Sent)
    assert server.taken[-1].recipient == "next@example.org"
    assert server.connections == 2


async def test_closing_twice_is_fine() -> None:
    with sink() as server:
        out = SmtpTransport(plain(server.port))
        await out.close()
        await out.send(message())
        await out.close()
        await out.close()


# -- logging in ----------------------------------------------------------------


async def test_a_login_is_used_and_a_refused_one_has_its_class() -> None:
    with sink(Sink(user="bot", password="secret")) as server:
        for password, expected in (("secret", None), ("wrong", "authentication"), (None, "authentication")):
            user = "bot" if password else None
            async with transport(plain(server.port, user=user, password=password)) as out:
                result = await out.send(message())
            if expected is None:
                assert isinstance(result, Sent)
            else:
                assert failure(result) == expected
        assert await probe(plain(server.port, user="bot", password="secret")) == ()
        (finding,) = await probe(plain(server.port, user="bot", password="wrong"))
        assert finding.startswith("authentication: 535")
    assert len(server.taken) == 1


async def test_starttls_with_the_right_authority_and_not_without(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with sink(Sink(tls=context, user="bot", password="secret")) as server:
        account = {"host": "localhost", "security": "starttls", "user": "bot", "password": "secret"}
        async with transport(plain(server.port, ca_file=str(certificate), **account)) as out:
            assert isinstance(await out.send(message()), Sent)
        async with transport(plain(server.port, **account)) as out:
            assert failure(await out.send(message())) == "connection"
    assert len(server.taken) == 1
    with sink() as server:  # offers no STARTTLS: nothing is sent in the clear
        async with transport(plain(server.port, **account)) as out:
            assert failure(await out.send(message())) == "authentication"
    assert server.taken == []


async def test_a_password_does_not_travel_in_the_clear() -> None:
    server = SmtpServer(host="smtp.example.test", port=25, security="plain", user="bot", password="hidden")
    async with transport(server) as out:
        assert failure(await out.send(message())) == "authentication"
    assert "hidden" not in repr(server)


# -- addresses that are not ASCII ----------------------------------------------


@pytest.mark.parametrize(
    ("to", "smtputf8", "arrives"),
    [
        ("rené@example.org", True, "rené@example.org"),
        ("rené@example.org", False, None),
        ("rene@exämple.org", True, "rene@xn--exmple-cua.org"),
        ("rene@exämple.org", False, "rene@xn--exmple-cua.org"),
    ],
)
async def test_addresses_beyond_ascii(to: str, smtputf8: bool, arrives: str | None) -> None:
    with sink(Sink(smtputf8=smtputf8)) as server:
        async with transport(plain(server.port)) as out:
            result = await out.send(message(to))
            if arrives is None:
                assert failure(result) == "permanent"
            else:
                assert isinstance(result, Sent)
            assert isinstance(await out.send(message("plain@example.org")), Sent)
    assert [taken.recipient for taken in server.taken] == [*([arrives] if arrives else []), "plain@example.org"]
    for taken in server.taken:
        assert ("SMTPUTF8" in taken.mail_options) == (not taken.recipient.isascii())


# -- real servers --------------------------------------------------------------


async def eventually(look: Callable[[], Any], seconds: float = 5.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := await asyncio.to_thread(look)) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return found


def inbox(server: Dovecot, user: str) -> list[bytes]:
    mailbox = ImapMailbox(
        ImapServer(
            host="127.0.0.1",
            port=server.imap_port,
            security="plain",
            user=user,
            password=dovecot_rig.PASSWORD,
        ),
        account="main",
    )
    mailbox.select()
    try:
        return [raw.content for raw in mailbox.fetch(mailbox.new_uids(0), 1_000_000)]
    finally:
        mailbox.close()


@pytest.mark.parametrize("security", ["plain", "starttls"])
async def test_postfix_delivers(postfix: Postfix, dovecot: Dovecot, security: Any) -> None:
    server = SmtpServer(host="localhost", port=postfix.port, security=security, ca_file=str(postfix.ca_file))
    body = f"by {security}: été .\r\n.\r\n..\r\n".encode()
    content = b"From: desk@example.test\r\nTo: alice@example.test\r\nSubject: x\r\n\r\n" + body
    async with transport(server) as out:
        result = await out.send(message("alice@example.test", content=content))
    assert isinstance(result, Sent)
    assert "queued" in result.response
    assert await eventually(
        lambda: [mail for mail in inbox(dovecot, "alice@example.test") if mail.endswith(b"\r\n\r\n" + body)]
    )


async def test_postfix_refuses_for_good_for_now_and_for_size(postfix: Postfix) -> None:
    server = plain(postfix.port, connections=1, timeout_seconds=5.0)
    async with transport(server) as out:
        assert failure(await out.send(message("nobody@example.test"))) == "permanent"
        assert failure(await out.send(message("somebody@outside.test"))) == "permanent"
        assert failure(await out.send(message("busy@example.test"))) == "temporary"
        large = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" * 150_000
        assert failure(await out.send(message("bot@example.test", content=large))) == "permanent"
        assert isinstance(await out.send(message("bot@example.test")), Sent)
    assert await probe(server) == ()


async def test_postfix_hangs_up_on_an_idle_connection_and_the_next_mail_goes_out(postfix: Postfix) -> None:
    async with transport(plain(postfix.impatient_port, connections=1, timeout_seconds=5.0)) as out:
        assert isinstance(await out.send(message("bot@example.test")), Sent)
        await asyncio.sleep(1.3)  # it says 421 and closes after a second
        assert isinstance(await out.send(message("bot@example.test")), Sent)


async def test_postfix_takes_many_over_several_connections(postfix: Postfix, dovecot: Dovecot) -> None:
    async with transport(plain(postfix.port, connections=4, timeout_seconds=10.0)) as out:
        results = await asyncio.gather(*(out.send(message("desk@example.test", id=f"{n}")) for n in range(20)))
    assert all(isinstance(result, Sent) for result in results)
    assert await eventually(lambda: len(inbox(dovecot, "desk@example.test")) == 20)


async def test_the_embedded_server_takes_mail_and_shows_it(embedded: EmbeddedServer) -> None:
    async with transport(plain(embedded.smtp_port)) as out:
        assert isinstance(await out.send(message("grace@example.org")), Sent)
        assert isinstance(await out.send(message("bot+a-token@example.test")), Sent)
        assert isinstance(await out.send(message("bot@example.test", sender="")), Sent)
    (content,) = embedded.messages_for("grace@example.org")
    assert content == message("grace@example.org").content
    mailbox = ImapMailbox(
        ImapServer(
            host="127.0.0.1",
            port=embedded.imap_port,
            security="plain",
            user="bot@example.test",
            password="secret",
        ),
        account="main",
    )
    mailbox.select()
    raw, bounce = mailbox.fetch(mailbox.new_uids(0), 10_000)
    mailbox.close()
    assert bounce.content.startswith(b"Return-Path: <>\r\n")
    assert raw.content.startswith(b"Return-Path: <desk@example.test>\r\n")
    assert raw.content.endswith(message("bot+a-token@example.test").content)


def test_a_taken_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        EmbeddedServer({"bot@example.test": "secret"}, smtp_port=taken.getsockname()[1]).__enter__()

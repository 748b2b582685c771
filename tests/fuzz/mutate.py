"""Sound mails made into broken ones, the same way every time: input N of a seed is always the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

#: what breaks readers of mail: each stands in some standard, or in some mail that broke somebody
TOKENS: tuple[bytes, ...] = (
    b"\x00", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xc3\xa9", b"\xe9", b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xc2\xa0", b"\xc3\x83\xc2\xa9", b"\x1b$B", b"+AGE-", b"=?", b"?=",
    b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", b"=?utf-8?b?w6k?=", b"=?x-unknown?q?abc?=", b"=?utf-8*fr?Q?=E9", b"=00", b"=\n", b"=C3=A9",
    b"> ", b">> ", b"\n> > > ", b"-- \n", b"--\n", b"(" * 40, b")" * 40, b'"', b"\\", b"<", b">", b"<" * 60, b"@", b"a@b.example",
    b"<[x@y.example]>", b"group: a@b.example, c@d.example;", b",,,,;;;;", b"\nTo: (c):\n", b"\nCc: \"\n", b"\nDate: 99 Foo 0000 99:99:99 +9999\n",
    b"\nDate: Mon, 31 Dec 9999 23:59:59 -2359\n", b"\nDate: Thu, 01 Jan 0001 00:00:00 +1400\n", b"\nMessage-ID: <[b378@x.example]>\n",
    b"\nContent-Type: text/plain; name*\n", b"\nContent-Type: text/plain; charset=\"x-none\"\n", b"\nContent-Type: text/plain; charset=utf-16\n",
    b"\nContent-Type: text/plain; charset=utf-7\n", b"\nContent-Type: text/plain; charset=hz-gb-2312\n", b"\nContent-Type: text/plain; charset=idna\n",
    b"\nContent-Type: text/plain; charset*0*=x'y'%ff; charset*1=z\n", b"\nContent-Type: multipart/mixed; boundary=\"\"\n", b"\nContent-Type: multipart/mixed; boundary=b\n",
    b"\nContent-Type: multipart/alternative; boundary=b\n", b"\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    b"\nContent-Type: multipart/signed; boundary=b\n", b"\nContent-Type: multipart/encrypted; boundary=b\n", b"\nContent-Type: message/rfc822\n", b"\nContent-Type: message/delivery-status\n",
    b"\nContent-Type: text/html\n", b"\nContent-Type: text/calendar; method=REPLY\n", b"\nContent-Type: application/ms-tnef; name=winmail.dat\n",
    b"\nContent-Type: text/plain; format=flowed; delsp=yes\n", b"\nContent-Transfer-Encoding: base64\n", b"\nContent-Transfer-Encoding: quoted-printable\n",
    b"\nContent-Transfer-Encoding: x-uuencode\n", b"\nContent-Disposition: attachment; filename*=utf-8''%e9%00\n", b"\n--b\n", b"\n--b--\n", b"\n--b\n\n",
    b"\nbegin 644 a.bin\n#0V%T\n`\nend\n", b"\n=ybegin line=128 size=9 name=a\n)*+,-\n=yend size=9\n", b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n", b"\n-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n",
    b"\n-----BEGIN PGP MESSAGE-----\n", b"<div class=\"gmail_quote\">", b"<blockquote type=\"cite\">", b"<div id=\"divRplyFwdMsg\">", b"<table><tr><td>", b"</div>" * 9, b"<div>" * 50,
    b"<style>", b"<!--", b"-->", b"&#x110000;", b"&#0;", b"&nbsp;", b"<br>" * 30, b"<p style=\"display:none\">", b"<pre>", b"<![CDATA[", b"<meta charset=x-none>",
    "\nLe lun. 4 janv. 2021 à 09:12, A <a@b.example> a écrit :\n".encode(), b"\nOn 4 Jan 2021, at 09:12, A wrote:\n", b"\nOp 4 jan. 2021 om 09:12 schreef A <a@b.example>:\n",
    b"\nAm 04.01.2021 um 09:12 schrieb A:\n", b"\n-----Original Message-----\n", "\nDe : A\nEnvoyé : lundi\nÀ : B\nObjet : C\n".encode(), b"\nVan: A\nVerzonden: B\nAan: C\nOnderwerp: D\n",
    b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:x\nDTSTART;TZID=Nowhere/Land:00000000T999999\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example\nEND:VEVENT\n",
    b"\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n", b"\nAuto-Submitted: (x) auto-replied; owner=\"a\\\"\n", b"\nAuthentication-Results: mx; dmarc=pass (\n",
    b"\nReturn-Path: <>\n", b"\nX-Mailbot: 1\n", b"\nList-Id: <x>\n", b"\nReply-To: \xe9\n", b"\nSubject: =?utf-8?q?", b"\nReferences: <a@b> <c@d>\n",
)  # fmt: skip


def mutated(base: Sequence[bytes], seed: str) -> bytes:
    """One broken mail. ``base``: sound ones; ``seed``: any text, the same text gives the same mail."""
    random = Random(seed)
    data = bytearray(random.choice(base))
    for _ in range(random.choice((1, 1, 2, 2, 3, 4, 6, 10))):
        random.choice(_CHANGES)(data, random, base)
    return bytes(data)


def _somewhere(data: bytearray, random: Random) -> int:
    """Half of all changes in the header, where most of what can break stands."""
    end = data.find(b"\n\n")
    within = end if end > 0 and random.random() < 0.5 else len(data)
    return random.randint(0, max(0, within))


def _span(data: bytearray, random: Random) -> tuple[int, int]:
    start = _somewhere(data, random)
    return start, min(len(data), start + random.choice((1, 2, 5, 20, 100, 1000)))


def _change_bytes(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    start, end = _span(data, random)
    for i in range(start, min(end, start + 8)):
        data[i] = random.randrange(256)


def _drop(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    start, end = _span(data, random)
    del data[start:end]


def _cut(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    del data[_somewhere(data, random) :]


def _repeat(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    start, end = _span(data, random)
    data[start:start] = data[start:end] * min(random.choice((1, 2, 10, 300)), 20_000 // max(1, end - start))


def _insert(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    at = _somewhere(data, random)
    data[at:at] = random.choice(TOKENS) * random.choice((1, 1, 1, 2, 5, 50))


def _insert_line(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    """A token at the beginning of a line, where most have their meaning."""
    at = data.find(b"\n", _somewhere(data, random)) + 1
    data[at:at] = random.choice(TOKENS).lstrip(b"\n")


def _splice(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    other = random.choice(base)
    start = random.randint(0, len(other))
    at = _somewhere(data, random)
    data[at : at + random.choice((0, 0, 200))] = other[start : start + random.choice((20, 200, 2000))]


def _shuffle_lines(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    lines = bytes(data).split(b"\n")
    for _ in range(3):
        a, b = random.randrange(len(lines)), random.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    data[:] = b"\n".join(lines)


def _wrap(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    kind = random.choice((b"multipart/mixed", b"multipart/alternative", b"multipart/report", b"multipart/signed"))
    for depth in range(random.choice((1, 2, 5, 40))):
        mark = b"w%d" % depth
        data[:] = (
            b"Content-Type: " + kind + b"; boundary=" + mark + b"\n\n--" + mark + b"\n" + data + b"\n--" + mark + b"--"
        )


def _line_ends(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    data[:] = bytes(data).replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n")))


def _encode(data: bytearray, random: Random, base: Sequence[bytes]) -> None:
    try:
        text = bytes(data).decode("utf-8")
        data[:] = text.encode(random.choice(("latin-1", "utf-16", "utf-8", "cp1252")), "replace")
    except UnicodeError:
        data[:] = bytes(data).decode("latin-1").encode("utf-8")


Change = Callable[[bytearray, Random, Sequence[bytes]], None]
_CHANGES: tuple[Change, ...] = (
    _change_bytes, _drop, _cut, _repeat, _insert, _insert, _insert, _insert_line, _insert_line, _insert_line, _splice, _splice,
    _shuffle_lines, _wrap, _line_ends, _encode,
)  # fmt: skip

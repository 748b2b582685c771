"""Mails as participants write them: four languages, each from somebody else, and every one clear enough to be confirmed."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr

#: when they were all written
WRITTEN = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)

#: the mailbox that everything is written to
DESK = "desk@example.test"

_FIRST = [
    "Anna",
    "Bram",
    "Chloé",
    "Dirk",
    "Elise",
    "Finn",
    "Gwen",
    "Hugo",
    "Inès",
    "Jürgen",
    "Käthe",
    "Lars",
    "Maud",
    "Noël",
    "Olga",
    "Piet",
    "Quinten",
    "Renée",
    "Sofie",
    "Théo",
]
_LAST = [
    "Jansen",
    "Peeters",
    "Dupont",
    "Müller",
    "Smith",
    "Lefèvre",
    "Maes",
    "Wouters",
    "Schmidt",
    "Dubois",
    "Claes",
    "Weiß",
    "Mertens",
    "Laurent",
    "Brown",
    "Fischer",
]

#: language -> (greeting, ways to say it, remarks, closing)
_WORDS = {
    "fr": (
        "Bonjour,",
        (
            "Je souhaite m'inscrire à la formation « Premiers secours au quotidien » du 14 mars.",
            "Merci de m'inscrire à la formation premiers secours.",
            "Pourriez-vous m'inscrire à la soirée apiculture du 11 mai ?",
            "Je m'inscris volontiers aux trois soirées apiculture.",
        ),
        (
            "J'ai trouvé votre annonce dans le journal de la commune et elle m'a donné très envie.",
            "Cela fait longtemps que le sujet m'intéresse, et l'horaire me convient tout à fait.",
            "Votre maison de quartier est un lieu que j'apprécie beaucoup.",
        ),
        "Bien à vous,",
    ),
    "nl": (
        "Beste,",
        (
            "Graag schrijf ik me in voor de vorming 'Eerste hulp in het dagelijks leven' op 14 maart.",
            "Ik wil me graag inschrijven voor de vorming eerste hulp.",
            "Kunt u mij inschrijven voor de avond over bijen van 11 mei?",
            "Ik schrijf me in voor alle drie de avonden over bijen.",
        ),
        (
            "Ik vond uw aankondiging in het gemeenteblad en ze sprak me meteen aan.",
            "Het onderwerp boeit me al lang en het uur past me goed.",
            "Uw wijkhuis is een plek waar ik graag kom.",
        ),
        "Met vriendelijke groeten,",
    ),
    "en": (
        "Hello,",
        (
            "I would like to register for the training First aid in everyday life on 14 March.",
            "Please register me for the first aid training.",
            "Could you sign me up for the beekeeping evening of 11 May?",
            "I would like to attend all three beekeeping evenings, please sign me up.",
        ),
        (
            "I found your announcement in the local paper and it caught my eye at once.",
            "The subject has interested me for a long time, and the hours suit me well.",
            "Your neighbourhood house is a place that I am fond of.",
        ),
        "Kind regards,",
    ),
    "de": (
        "Guten Tag,",
        (
            "Hiermit melde ich mich zur Fortbildung „Erste Hilfe im Alltag“ am 14. März an.",
            "Bitte melden Sie mich für die Fortbildung Erste Hilfe an.",
            "Bitte melden Sie mich für den Abend über Bienen am 11. Mai an.",
            "Ich möchte mich für alle drei Abende über Bienen anmelden.",
        ),
        (
            "Ihre Ankündigung habe ich im Gemeindeblatt gefunden, und sie hat mich sofort angesprochen.",
            "Das Thema beschäftigt mich seit langem, und die Uhrzeit passt mir gut.",
            "Ihr Nachbarschaftshaus ist ein Ort, den ich sehr schätze.",
        ),
        "Mit freundlichen Grüßen",
    ),
}

_SUBJECTS = {"fr": "Inscription", "nl": "Inschrijving", "en": "Registration", "de": "Anmeldung"}

#: what many answer to: quoted below their own words
_FLYER = (
    "Programme du printemps / Lenteprogramma / Spring programme / Frühlingsprogramm",
    "",
    "14/03 Premiers secours au quotidien - Eerste hulp in het dagelijks leven",
    "04/05, 11/05, 18/05 Soirées apiculture - Avonden over bijen",
    "",
    "Inscription par courriel / Inschrijven per e-mail / Registration by e-mail / Anmeldung per E-Mail",
    "Place du Marché 3, 1000 Bruxelles - 02 555 01 00 - https://town.example/printemps",
    "",
)


def mail(number: int, *, to: str = DESK) -> bytes:
    """The mail of participant ``number``: always the same bytes. 1.4 to 4 kB; half of them with an HTML alternative."""
    chance = random.Random(number)
    language = ("fr", "nl", "en", "de")[number % 4]
    greeting, asking, remarks, closing = _WORDS[language]
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    address = f"{first[0].lower()}{number:06d}@outside.example".encode("ascii", "replace").decode().replace("?", "x")
    said = chance.choice(asking)
    lines = [greeting, "", said, *chance.sample(remarks, chance.randint(0, 3)), "", closing, f"{first} {last}"]
    if number % 3 == 0:
        lines += ["", "-- ", f"{first} {last}", f"Tel. +32 2 555 {number % 100:02d} {number // 100 % 100:02d}"]
    plain, page = (
        "\n".join(lines) + "\n",
        "".join(f'<p style="margin:0 0 .5em 0;font-family:Calibri,sans-serif">{line}</p>\n' for line in lines),
    )
    if number % 5 == 0:
        plain += "\nOn Sun, 22 Nov 2026 at 10:00, Desk <desk@example.test> wrote:\n" + "".join(
            f"> {x}\n" for x in _FLYER
        )
        page += "<div class=gmail_quote>On Sun, 22 Nov 2026 at 10:00, Desk &lt;desk@example.test&gt; wrote:<blockquote>"
        page += "<br>\n".join(_FLYER) + "</blockquote></div>\n"
    subject = f"{_SUBJECTS[language]} {first} {last}"
    head = [
        f"Return-Path: <{address}>",
        f"Received: from mx{number % 7}.outside.example (mx{number % 7}.outside.example [192.0.2.{number % 250}])",
        f"\tby mail.example.test with ESMTPS id {number:08x}\n\tfor <{to}>; Sun, 22 Nov 2026 10:00:00 +0000",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=outside.example; s=s1; t={number};",
        f"\th=from:to:subject:date:message-id:mime-version; bh={_signature(chance, 44)};",
        f"\tb={_signature(chance, 344)}",
        "X-Spam-Status: No, score=-0.2 required=5.0 tests=DKIM_SIGNED,DKIM_VALID,SPF_PASS autolearn=ham",
        f"From: {formataddr((f'{first} {last}', address))}",
        f"To: {to}",
        f"Subject: {subject if subject.isascii() else Header(subject, 'utf-8').encode()}",
        f"Date: {format_datetime(WRITTEN)}",
        f"Message-ID: <{number:06d}.{chance.getrandbits(64):016x}@outside.example>",
        "User-Agent: Mozilla Thunderbird",
        "MIME-Version: 1.0",
    ]
    return "\n".join(head).replace("\n", "\r\n").encode() + _body(number, plain, page).replace("\n", "\r\n").encode()


def _signature(chance: random.Random, length: int) -> str:
    text = base64.b64encode(chance.randbytes(length * 3 // 4)).decode()
    return "\n\t ".join(text[start : start + 64] for start in range(0, length, 64))


def _body(number: int, plain: str, page: str) -> str:
    text = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + plain
    if number % 2:
        return "\n" + text
    mark = f"b{number:020d}"
    html = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<html><body>\n{page}</body></html>\n"
    return (
        f'\nContent-Type: multipart/alternative; boundary="{mark}"\n\n--{mark}\n{text}\n--{mark}\n{html}\n--{mark}--\n'
    )

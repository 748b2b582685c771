"""Whom a mail is about: tests/data/reading/mails.toml, and names as display names and signatures write them."""

from __future__ import annotations

import tomllib
from email.utils import getaddresses, parseaddr
from pathlib import Path

import pytest

from mailbot.core.language import LANGUAGES
from mailbot.core.language_of import language_of
from mailbot.core.lexicon_files import lexicon_from
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.names import as_person, checked_email, name_words_of, same_name
from mailbot.core.people import People, people_of
from mailbot.core.phrases import Words, passage, used_lexicons

ROOT = Path(__file__).resolve().parents[2]
FOUND, _ = lexicon_from(
    {f"{x}.toml": tomllib.loads((ROOT / f"rules/lexicon/{x}.toml").read_text("utf-8")) for x in LANGUAGES}
)
assert FOUND is not None
LEXICONS = FOUND
NAMES = name_words_of(tuple(LEXICONS.values()))
MAILS = tomllib.loads((ROOT / "tests/data/reading/mails.toml").read_text("utf-8"))["mail"]


def people_in(
    sender: str,
    text: str,
    cc: str = "",
    signature: str = "",
    reply_to: str = "",
    hosts: tuple[str, ...] = (),
    announced: frozenset[str] = frozenset(),
) -> People:
    name, email = parseaddr(sender)
    message = IncomingMessage(
        content_hash="x",
        sender=Address(name=name, email=email),
        reply_to=tuple(Address(name=n, email=e) for n, e in getaddresses([reply_to]) if e),
        cc=tuple(Address(name=n, email=e) for n, e in getaddresses([cc]) if e),
        new_text=text,
        signature=signature,
    )
    used = used_lexicons(language_of(text, LEXICONS), LEXICONS)
    empty = passage("", used)
    words = Words(
        lexicons=used,
        body=passage(text, used),
        subject=empty,
        subject_only=False,
        is_reply=False,
        to_confirmation=False,
    )
    return people_of(message, words, NAMES, own_addresses=("desk@town.example",), hosts=hosts, announced=announced)


@pytest.mark.parametrize("mail", [m for m in MAILS if m["kind"] == "register"], ids=lambda m: str(m["text"])[:40])
def test_who_is_named_and_whether_the_sender_takes_part(mail: dict[str, str]) -> None:
    found = people_in(mail["from"], mail["text"], mail.get("cc", ""))
    people = [n.person.name for n in found.others]
    if found.with_sender and not found.form:
        people.append(found.sender.name)
    assert sorted(map(str, people)) == sorted(mail["people"])
    if "emails" in mail:
        assert [n.person.email for n in found.others] == mail["emails"]
    more = (found.number or 0) > len(people) or (found.unnamed and not found.others) or found.untold > 0
    assert more == ("group-without-names" in mail.get("doubts", ()))


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Inscription de La Halle et de Zoé Van Damme.", ["Zoé Van Damme"]),
        ("Inscription de Zoé Halle.", ["Zoé Halle"]),
    ],
)
def test_what_the_announcement_names_is_nobody(text: str, others: list[str]) -> None:
    found = people_in("Marie Dupont <marie.dupont@ville.example>", text, announced=frozenset({"halle"}))
    assert [n.person.name for n in found.others] == others


@pytest.mark.parametrize(
    ("shown", "email", "name"),
    [
        ("Marie Dupont", "marie.dupont@x.example", "Marie Dupont"),
        ("DUPONT Marie", "", "Marie Dupont"),
        ("Dupont, Marie", "", "Marie Dupont"),
        ("Dupont Marie", "marie.dupont@x.example", "Marie Dupont"),
        ("VAN DEN BROECK Liesbeth", "", "Liesbeth Van den Broeck"),
        ("marie dupont", "marie.dupont@x.example", "Marie Dupont"),
        ("Mme Marie Dupont (Ville)", "", "Marie Dupont"),
        ("Dr. Anna Weiß", "", "Anna Weiß"),
        ("Service des Sports", "sports@x.example", None),
        ("Onthaal De Kring", "onthaal@x.example", None),
        ("info", "info@x.example", None),
        ("Stadt Eupen", "", None),
        ("Ressources humaines", "", None),
        ("marie.dupont@x.example", "", None),
        ("", "", None),
    ],
)
def test_a_display_name_is_a_person_or_it_is_not(shown: str, email: str, name: str | None) -> None:
    assert as_person(shown, NAMES, email) == name


@pytest.mark.parametrize(
    ("sender", "text", "signature", "name"),
    [
        ("Ben <ben.adriaens@x.example>", "schrijf mij in aub\nBen Adriaens", "", "Ben Adriaens"),
        ("Dienst Jeugd <jeugd@x.example>", "Graag inschrijven.\n\nGroeten\nLies Cools", "", "Lies Cools"),
        ("Accueil <accueil@x.example>", "Inscrivez-moi svp", "Paul Petit\nVille de Test", "Paul Petit"),
        ("Accueil <accueil@x.example>", "Inscrivez-moi svp", "", None),
        ("<p.petit@x.example>", "Inscrivez-moi.\nCordialement,\nPaul Petit", "", "Paul Petit"),
    ],
)
def test_the_name_of_a_role_mailbox_comes_from_under_the_text(
    sender: str, text: str, signature: str, name: str | None
) -> None:
    assert people_in(sender, text, signature=signature).sender.name == name


def test_answers_go_to_reply_to() -> None:
    found = people_in("Paul Petit <old@x.example>", "inscrivez-moi", reply_to="paul@y.example")
    assert found.sender.email == "paul@y.example"
    assert found.sender.name == "Paul Petit"


def test_a_speaker_is_no_participant() -> None:
    text = "Je m'inscris, et j'ai hâte d'entendre Mme Claire Dubois."
    assert people_in("Paul Petit <p@x.example>", text, hosts=("Claire Dubois",)).others == ()
    assert people_in("Paul Petit <p@x.example>", text).others != ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Nous serons trois.", 3),
        ("On sera 5 de l'équipe", 5),
        ("We komen met z'n vieren.", 4),
        ("Wir kommen zu zweit.", 2),
        ("There will be 6 of us.", 6),
        ("Nous serons là à 9 h", None),
        ("Je viens le 16", None),
    ],
)
def test_how_many_are_told_to_come(text: str, number: int | None) -> None:
    assert people_in("Paul Petit <p@x.example>", text).number == number


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("a.b@ville.example", "a.b@ville.example"),
        ("a.b@ville.example.", "a.b@ville.example"),
        ("x@y@z.example", None),
        ("@ville.example", None),
        ("a b@ville.example", None),
        ("a@ville", None),
        ("a@-ville.example", None),
        ("a..b@ville.example", None),
        ("INFO@Ville.Example", "info@ville.example"),
        ("Jan.Maes@Ville.Example", "Jan.Maes@ville.example"),
        ("jan.maes@xn--bcher-kva.example", "jan.maes@bücher.example"),
        ("jan@bücher.example", "jan@bücher.example"),
        ("jan <a@ville.example>", None),
    ],
)
def test_addresses_are_checked_without_asking_dns(written: str, address: str | None) -> None:
    assert checked_email(written) == address


def test_names_are_the_same_in_any_order_and_with_initials() -> None:
    assert same_name("Marie Dupont", "DUPONT Marie")
    assert same_name("M. Dupont", "Marie Dupont")
    assert same_name("Marie", "Marie Dupont")
    assert not same_name("Marie Dupont", "Paul Dupont")
    assert not same_name(None, "Paul")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "Veuillez inscrire :\n- Zoé Petit\n- Ali Haddad\nLeurs adresses : z.petit@ville.example et ahaddad@ville.example.",
            ["z.petit@ville.example", "ahaddad@ville.example"],
        ),
        ("Veuillez inscrire :\n- Zoé Petit\n- Zora Petit\nAdresse : z.petit@ville.example.", [None, None]),
        (
            "Inscrivez Owen Petit et Megan Petit (megan.petit@ville.example).",
            [None, "megan.petit@ville.example"],
        ),
    ],
)  # fmt: skip
def test_an_address_is_of_the_one_whose_name_it_is_made_of(text: str, addresses: list[str | None]) -> None:
    found = people_in("Marie Dupont <marie.dupont@ville.example>", text)
    assert [n.person.email for n in found.others] == addresses


def test_the_sender_is_known_again_in_another_spelling() -> None:
    text = "Angemeldet haben sich:\n1. GROSSMUELLER Jörg (ich)\n2. FREY Kurt\n\nMfG"
    found = people_in("Jörg Großmüller <joerg@x.example>", text)
    assert (found.sender.name, found.with_sender) == ("Jörg Großmüller", True)
    assert [n.person.name for n in found.others] == ["Kurt Frey"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jürgen Weiß", "JUERGEN WEISS", True),
        ("Zoé Müller", "Zoe Mueller", True),
        ("Zoé Müller", "Zoé Moeller", False),
    ],
)
def test_umlauts_are_spelt_in_two_ways(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) == same


def test_whoever_stays_registered_is_not_given_up() -> None:
    text = "Anna Wouters (anna@x.example) mag u schrappen. Ikzelf ben er wel bij."
    found = people_in("Jan Peeters <jan@x.example>", text)
    assert ([n.person.name for n in found.others], found.with_sender) == (["Anna Wouters"], False)

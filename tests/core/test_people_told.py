"""People told in one breath, by first names, by what they are, or only counted: who is read, and what is held."""

from __future__ import annotations

import pytest

from mailbot.core.doubts import doubts_of
from mailbot.core.intent import Intent, Kind
from mailbot.core.language_of import language_of
from mailbot.core.lexicon import Lexicon
from mailbot.core.message import IncomingMessage
from mailbot.core.people import People
from mailbot.core.phrases import Words, passage, used_lexicons
from mailbot.core.requests import Doubt, Evidence, Matched
from tests.core.test_people import LEXICONS, people_in


def held_for(text: str, kind: Kind, *read: Doubt, sender: str = "p@x.example") -> list[str]:
    """``read``: doubts about what of the catalogue is meant."""
    people = people_in(f"Paul Petit <{sender}>", text)
    used: tuple[Lexicon, ...] = used_lexicons(language_of(text, LEXICONS), LEXICONS)
    words = Words(
        lexicons=used,
        body=passage(text, used),
        subject=passage("", used),
        subject_only=False,
        is_reply=False,
        to_confirmation=False,
    )
    message = IncomingMessage(content_hash="x", new_text=text)
    found = tuple(f for f in words.body.found if f.meaning == f"intent.{kind}")
    intent = Intent(kind=kind, found=found)
    doubts = doubts_of(message, words, intent, people, Matched(event="album"), None, (), read, False)
    return [doubt.code for doubt in doubts]


def read(people: People) -> tuple[list[str], bool]:
    return [str(n.person.name) for n in people.others], people.with_sender


@pytest.mark.parametrize(
    ("text", "others", "with_sender"),
    [
        ("Je viens avec Inès et Rachid.\n\nPaul", ["Inès", "Rachid"], True),
        ("OK pour moi + Tarik Bensaïd.\nP. Petit", ["Tarik Bensaïd"], True),
        ("Nous viendrons : moi-même (Paul Petit) et ma femme Anne Roland.", ["Anne Roland"], True),
        ("Ma nièce Louise et moi aimerions participer.\nPaul Petit", ["Louise"], True),
        ("Je viens avec le docteur Anne Roland et l'inspectrice Leïla Amrani.\nPaul", ["Anne Roland", "Leïla Amrani"], True),
        ("Ik kom met mijn buurman Achmed.\nGroetjes\nPaul", ["Achmed"], True),
        ("Mieke en ik komen graag.\nPaul Petit", ["Mieke"], True),
        ("Wij komen: Lode, Griet en ikzelf.\nPaul", ["Lode", "Griet"], True),
        ("My boss, Priya Raman, and I would like to attend.\nPaul Petit", ["Priya Raman"], True),
        ("Mein Nachbar Horst und ich möchten gern teilnehmen.\nPaul Petit", ["Horst"], True),
        ("Ma collègue Anne Roland m'a parlé de la formation. Nous voudrions y être toutes les deux.\nPaul Petit", ["Anne Roland"], True),
        ("Mijn schoonbroer komt logeren. Noteert u ons beiden? Hij heet Ludo Maes.\nPaul Petit", ["Ludo Maes"], True),
        ("Ma collègue Anne Roland m'a parlé de la formation. Je voudrais y être.\nPaul Petit", [], True),
        ("Ma collègue Anne Roland m'a parlé de la formation, et Léa Wauters aussi. Nous viendrons toutes les deux.\nPaul Petit", [], True),
        ("Tu peux me mettre pour lundi ? Et ma mère aussi, Anne Roland.\nPaul Petit", ["Anne Roland"], True),
        ("Ons team wenst deel te nemen. Het gaat om Anna Wouters (zorg) en Piet Maes (brugfiguur).\nPaul Petit", ["Anna Wouters", "Piet Maes"], False),
        ("Neither Anna Wood nor I can come.\nPaul Petit", ["Anna Wood"], True),
        ("Mon collègue Jan Maes (jan@x.example) et moi-même voudrions participer à deux de vos ateliers. Pour les deux autres nous sommes en réunion.\nPaul Petit", ["Jan Maes"], True),
        ("Mijn collega Jan Maes en ik willen graag deelnemen. In juni zit ik in vergadering.\nPaul Petit", ["Jan Maes"], True),
        ("Anna Wood and I would like to attend. In June I am abroad.\nPaul Petit", ["Anna Wood"], True),
        ("Meine Kollegin Ilse Brandt und ich möchten teilnehmen. Im Juni bin ich im Urlaub.\nPaul Petit", ["Ilse Brandt"], True),
        ("Ma collègue Anne Roland et moi avons lu votre annonce. Inscrivez-la, je suis en congé.\nPaul Petit", ["Anne Roland"], False),
        ("Anne Roland (ma cheffe) et votre serviteur participeront à la formation.\nPaul Petit", ["Anne Roland"], True),
        ("Bert Maes en uw dienaar nemen graag deel aan de vorming.\nPaul Petit", ["Bert Maes"], True),
        ("Jane Wood (my line manager) and yours truly will attend the training.\nPaul Petit", ["Jane Wood"], True),
        ("Meine Wenigkeit und Ilse Brandt (Jugendamt) nehmen gerne teil.\nPaul Petit", ["Ilse Brandt"], True),
        ("Je réserve pour moi et mes deux garçons, Luc Petit-Body (14 ans) et Noé Petit-Body (12 ans tout juste).\nPaul Petit", ["Luc Petit-Body", "Noé Petit-Body"], True),
        ("I would like to book for me and my two boys, Lucas Wood (14) and Noah Wood (just turned 12).\nPaul Petit", ["Lucas Wood", "Noah Wood"], True),
        ("Ich möchte mich und meine beiden Jungs, Lukas Brandt (14 Jahre) und Noah Brandt (gerade 12), anmelden.\nPaul Petit", ["Lukas Brandt", "Noah Brandt"], True),
        ("Graag inschrijven: ikzelf en mijn twee jongens Lucas Maes (14) en Noah Maes (bijna 12).\nPaul Petit", ["Lucas Maes", "Noah Maes"], True),
        ("Ni Anne Roland ni moi ne pourrons venir.\nPaul Petit", ["Anne Roland"], True),
        ("Anna Wouters noch ik kunnen komen.\nPaul Petit", ["Anna Wouters"], True),
        ("Leider können weder ich noch Ilse Brandt kommen.\nPaul Petit", ["Ilse Brandt"], True),
        ("Inspektor Horst Kessel und Inspektorin Ilse Brandt und Inspektor Kurt Frey kommen.\nPaul Petit", ["Horst Kessel", "Ilse Brandt", "Kurt Frey"], False),
        ("Inscrivez svp :\nAnne Roland - anne.roland@x.example\nLeïla Amrani - pas d'adresse\n\nPaul Petit", ["Anne Roland", "Leïla Amrani"], False),
        ("Anna Wouters van ons team ligt ziek in bed en komt morgen niet.\nPaul Petit", ["Anna Wouters"], False),
        ("Bitte melden Sie Horst Kessel und Ilse Brandt an.\nPaul Petit", ["Horst Kessel", "Ilse Brandt"], False),
        ("Inscrivez svp :\nAnne Roland - infirmière\nLeïla Amrani - psychologue\n\nPaul Petit", ["Anne Roland", "Leïla Amrani"], False),
    ],
)  # fmt: skip
def test_those_told_in_one_breath_are_read(text: str, others: list[str], with_sender: bool) -> None:
    assert read(people_in("Paul Petit <p@x.example>", text)) == (others, with_sender)


@pytest.mark.parametrize(
    "text",
    [
        "Nous avons trouvé des papiers de mon arrière-arrière-grand-père Toussaint Grosjean. Je viendrais volontiers à la formation.\nPaul Petit",
        "Mijn overleden moeder Maria Claes sprak er altijd over. Ik schrijf mij graag in.\nPaul Petit",
        "We found letters of my great-grandfather Thomas Wood in the attic. I would like to attend.\nPaul Petit",
        "Wir haben Briefe meines Urgroßvaters Josef Brandt gefunden. Ich melde mich gerne an.\nPaul Petit",
        "Je m'inscris. Ma collègue Anne Roland est déjà inscrite.\nPaul Petit",
        "Ik schrijf mij in. Mijn collega Bert Maes heeft zich al ingeschreven.\nPaul Petit",
        "Please register me. My colleague Jane Wood has already signed up.\nPaul Petit",
        "Mein Kollege Hennes, der mir davon erzählt hat, hat sich bereits selbst angemeldet. Bitte tragen Sie mich ein.\nPaul Petit",
        "Je m'inscris. Ma cheffe Anne Roland voulait venir aussi mais elle est en congé ce jour-là.\nPaul Petit",
        "Ik schrijf mij in. Mijn chef Mia Claes was ook van plan te komen maar heeft die dag college.\nPaul Petit",
        "Please register me. My boss Jane Wood wanted to come too but she is teaching that day.\nPaul Petit",
        "Ich melde mich an. Meine Chefin Ilse Brandt wollte auch kommen, hat aber an dem Tag Unterricht.\nPaul Petit",
        "Je m'inscris à deux de vos ateliers.\nPaul Petit",
        "Ich melde mich zu zwei Ihrer Abende an.\nPaul Petit",
        "Je m'inscris à l'atelier Grands Espaces.\nPaul Petit",
        "Ich melde mich für den Kurs Erste Hilfe an.\nPaul Petit",
        "Ik schrijf mij in voor de Trefdag Bibliotheken.\nPaul Petit",
        "Sehr geehrte Frau Goor,\n\nich melde mich gern an.\nPaul Petit",
        "Count me in. I will come with my bike.\nPaul Petit",
        "Dag, dan kom ik graag.\nPaul Petit",
        "Inscrivez-moi, svp. Gérard ne vient pas.\nPaul Petit",
        "Je m'inscris. Ma sœur Zoé reste inscrite.\nPaul Petit",
        "Je m'inscris, j'habite à deux rues.\nPaul Petit",
        "Ik heb Dagmar-romans en zou graag een kraam hebben.\nPaul Petit",
        "Ik zorg voor mijn schoonvader en ik wil graag komen.\nPaul Petit",
        "Het kwam ter sprake op onze intervisie en ik ben er graag bij.\nPaul Petit",
        "Mijn vriendin Meryem was er zaterdag al een keer bij en zij zei dat het goed was. Ik kom ook.\nPaul Petit",
        "Ik kan niet, maar we houden onze plaatsen en die van Anna Wouters.\nPaul Petit",
    ],
)
def test_things_addressees_and_those_who_stay_away_are_nobody(text: str) -> None:
    found = people_in("Paul Petit <p@x.example>", text)
    assert read(found) == ([], True)
    assert (found.untold, found.number) == (0, None)


def test_a_name_in_two_halves_before_its_address_is_whole() -> None:
    text = "Mijn collega Koen (Maes, koen.maes@x.example) komt ook mee.\nPaul Petit"
    (other,) = people_in("Paul Petit <p@x.example>", text).others
    assert (other.person.name, other.person.email) == ("Koen Maes", "koen.maes@x.example")


def test_the_name_of_somebody_told_of_is_not_the_writers() -> None:
    text = "Mijn zoon heet Jan Maes en hij wil ook eens komen kijken. Schrijf mij in voor donderdag aub."
    assert people_in("<p@x.example>", text).sender.name != "Jan Maes"


def test_whoever_died_or_is_on_file_may_be_the_one_to_cancel() -> None:
    text = "Mon mari Albert Grosjean est décédé. Il était inscrit, merci d'annuler son inscription.\nPaul Petit"
    assert read(people_in("Paul Petit <p@x.example>", text)) == (["Albert Grosjean"], False)


@pytest.mark.parametrize(
    "text",
    [
        "Mon fils Lucas Petit est en deuxième primaire et il adore dessiner. Je m'inscris.\nPaul Petit",
        "Mijn zoon Lucas Petit zit in het tweede leerjaar en tekent graag. Ik schrijf mij in.\nPaul Petit",
        "My son Lucas Petit is in year two and he loves to draw. Please register me.\nPaul Petit",
        "Mein Sohn Lukas Petit ist im zweiten Schuljahr und malt gern. Ich melde mich an.\nPaul Petit",
    ],
)
def test_whoever_is_only_told_of_is_not_registered_and_a_person_looks(text: str) -> None:
    found = people_in("Paul Petit <p@x.example>", text)
    assert read(found) == ([], True)
    assert next(text[at:to] for at, to in found.unread).endswith(" Petit")


@pytest.mark.parametrize(
    ("text", "untold"),
    [
        ("Deux inscriptions svp : Zoé Ruelle, notre stagiaire (zoe@x.example), et moi.\nPaul Petit", 0),
        ("Twee plaatsen graag: Mia Claes, onze stagiaire (mia@x.example), en ik.\nPaul Petit", 0),
        ("Two places please: Jane Wood, our trainee (jane@x.example), and me.\nPaul Petit", 0),
        ("Mijn vriend en ik (Bert Maes) willen graag komen.\nPaul Petit", 0),
        ("My partner and I (Jane Wood) would like to come.\nPaul Petit", 0),
        ("Mon compagnon et moi (Paul Petit) viendrons.\nPaul Petit", 1),
        ("Je viendrai avec mon compagnon.\nPaul", 1),
        ("Mon compagnon et moi viendrons.\nPaul", 1),
        ("Ik kom met mijn maat en een vriendin.\nPaul", 2),
        ("Aanwezig! Met partner.\nPaul", 1),
        ("I'll come with my SENCO.\nPaul", 1),
        ("Meine Nichte und ich kommen.\nPaul", 1),
        ("Ich möchte unsere Kinder Finn und Lotta anmelden.\nPaul", 0),
    ],
)
def test_companions_without_a_name_are_counted(text: str, untold: int) -> None:
    found = people_in("Paul Petit <p@x.example>", text)
    assert found.untold == untold


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Je viens avec mes 22 élèves.", 22),
        ("We komen met z'n tweetjes.", 2),
        ("Both of us will be there.", 2),
        ("Wir zwei kommen gern.", 2),
        ("Reken op mij + 5 buren.", 6),
        ("Nous serons là tous les deux.", 2),
        ("Inscris-nous tous les 2 stp", 2),
    ],
)
def test_groups_are_counted(text: str, number: int) -> None:
    assert people_in("Paul Petit <p@x.example>", text).number == number


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Je m'inscris. Fatima Zahra El Idrissi a vu l'affiche ? Merci\nPaul Petit", ["Fatima Zahra El Idrissi"]),
        ("Je m'inscris, c'est la maman de Tiago qui m'a dit.\nPaul Petit", []),
        ("Je m'inscris. Merci, Lindsay", []),
        ("Je m'inscris, j'habite à Saint-Gilles.\nPaul Petit", []),
        ("One place on 21 Jan please.\nPaul Petit", []),
        ("Ik heb Dagmar-romans, schrijf mij in.\nPaul Petit", []),
        ("Ik schrijf mij in, spreekt u Frans?\nPaul Petit", []),
    ],
)
def test_names_that_nothing_was_read_of_are_told(text: str, names: list[str]) -> None:
    found = people_in("<p@x.example>", text)
    assert [text[start:end] for start, end in found.unread] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Inscrivez-moi et Anne Roland.\nmoi c'est Paul Petit", "Paul Petit"),
        ("Je soussigné, M. Paul Petit, m'inscris.", "Paul Petit"),
        ("Meine Kollegin Ilse Brandt und ich, Paul Petit, kommen.", "Paul Petit"),
        ("1. Ilse Brandt\n2. ikzelf, Paul", "Paul"),
        ("Graag inschrijven.\nLieve Claes\nSint-Truiden", "Lieve Claes"),
    ],
)
def test_the_writer_says_who_writes(text: str, name: str) -> None:
    assert people_in("<p@x.example>", text).sender.name == name


@pytest.mark.parametrize(
    ("text", "others", "with_sender"),
    [
        ("Inscrivez Hortense Mbala au cours svp.\nPaul Petit", ["Hortense Mbala"], False),
        ("Prévoyez une place pour Viviane Roland.\nPaul Petit", ["Viviane Roland"], False),
        ("Mijn directrice vroeg me haar in te schrijven: Griet Claes.\nPaul Petit", ["Griet Claes"], False),
        ("Je vous prie d'inscrire Anne Roland. Je l'accompagne.\nPaul Petit", ["Anne Roland"], True),
        ("Inscrivez Anne Roland. Moi je ne viens pas.\nPaul Petit", ["Anne Roland"], False),
        ("super, christoph und ich kommen.\nPaul Petit", ["Christoph"], True),
        ("Mein Kollege Herr Boemer und ich kommen.\nPaul Petit", ["Boemer"], True),
        ("Je viens avec mon cousin karim.\nPaul Petit", ["Karim"], True),
    ],
)
def test_whether_the_sender_comes_with_those_named(text: str, others: list[str], with_sender: bool) -> None:
    assert read(people_in("Paul Petit <p@x.example>", text)) == (others, with_sender)


@pytest.mark.parametrize(
    "text",
    [
        "INSCRIVEZ-MOI AVEC MON BEAU-FRERE ROGER STASSART. JE PREND LE STEAK",
        "Notez Anne Roland, Natagora Condroz.",
    ],
)
def test_names_that_may_be_none_are_left_to_a_person(text: str) -> None:
    assert people_in("Paul Petit <p@x.example>", text).unread != ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- Anne Roland\n- Lode Claes (secretaris, dit ben ik)\n\nVzw De Wissel", "Lode Claes"),
        ("Please book:\n\nStijn Claes (that's me)\nAnne Roland\n\nAny time is fine.", "Stijn Claes"),
        ("Register me: Gaurav Sen, Evere.", "Gaurav Sen"),
    ],
)
def test_who_writes_is_known_among_those_listed(text: str, name: str) -> None:
    found = people_in("<p@x.example>", text)
    assert (found.sender.name, found.with_sender) == (name, True)
    assert name not in [n.person.name for n in found.others]


@pytest.mark.parametrize(
    "text",
    [
        "Inscrivez-moi et mon collègue Driss (driss.alami@x.example), Driss Alami de son nom complet.\nPaul Petit",
        "Please register:\n\nPaul Petit, counsellor\nDriss Alami, psychologist (driss.alami@x.example)\n\nPaul Petit",
    ],
)
def test_the_address_goes_with_the_name_wherever_it_stands(text: str) -> None:
    (other,) = people_in("Paul Petit <p@x.example>", text).others
    assert (other.person.name, other.person.email) == ("Driss Alami", "driss.alami@x.example")


def test_a_name_behind_the_sender_and_a_comma_may_begin_another_thought() -> None:
    found = people_in("Paul Petit <p@x.example>", "Je viens. Rien que moi, Mathieu n'est pas prêt.")
    assert found.others == ()
    assert found.unread != ()


@pytest.mark.parametrize(
    ("text", "kind", "codes"),
    [
        ("Mon compagnon et moi viendrons.\nPaul Petit", "register", ["group-without-names"]),
        ("Je viens avec mes 22 élèves.\nPaul Petit", "register", ["group-without-names"]),
        ("Mon compagnon et moi ne viendrons pas.\nPaul Petit", "cancel", ["person-unclear"]),
        (
            "La directrice a changé de service, je vous saurais gré de retirer son nom.\nPaul Petit",
            "cancel",
            ["person-unclear"],
        ),
        (
            "Je suis la voisine. Elle m'a demandé de dire qu'elle ne viendra pas.\nPaul Petit",
            "cancel",
            ["person-unclear"],
        ),
        ("Ma fille a dit qu'elle est malade, je ne viendrai pas.\nPaul Petit", "cancel", []),
        ("Je m'inscris. Karim Alami pense que c'est bien.\nPaul Petit", "register", ["person-unclear"]),
        ("Mon compagnon Karim et moi viendrons.\nPaul Petit", "register", []),
        ("Je m'inscris.\nPaul Petit", "register", []),
    ],
)
def test_who_is_meant_and_not_known_holds_the_mail(text: str, kind: Kind, codes: list[str]) -> None:
    assert held_for(text, kind) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Please give my place at the table to somebody else.", []),
        ("Please cancel it. The table goes to somebody else.", ["choice-unclear"]),
    ],
)
def test_who_gives_a_place_away_leaves_no_doubt_of_what_it_is_at(text: str, codes: list[str]) -> None:
    at = text.index(" to somebody")
    told = Evidence(field="choice.table", text=text[at:], rule="match.choice.unread", start=at, end=len(text))
    assert held_for(text, "cancel", Doubt(code="choice-unclear", evidence=(told,))) == codes


@pytest.mark.parametrize(
    "text",
    [
        "Mon ex-femme Anne Roland est inscrite. Annulez son inscription.\nPaul",
        "Ma femme Anne Roland est inscrite. Annulez son inscription, et ne lui dites rien.\nPaul",
        "Mijn vrouw Mia Claes is ingeschreven. Schrap haar inschrijving en zeg haar niets.\nPaul",
        "My wife Jane Wood is registered. Please cancel her registration. Do not tell her I wrote.\nPaul",
        "Meine Frau Ilse Brandt ist angemeldet. Bitte stornieren Sie ihre Anmeldung, ohne ihr Wissen.\nPaul",
    ],
)
def test_who_acts_against_somebody_or_behind_her_back_is_a_stranger(text: str) -> None:
    assert "stranger-request" in held_for(text, "cancel")


@pytest.mark.parametrize(
    "text",
    [
        "Ma collègue Anne Roland est malade, merci d'annuler son inscription.\nPaul",
        "Je dois annuler mon inscription : mon ex ne peut pas garder les enfants.\nPaul",
    ],
)
def test_who_acts_for_somebody_or_speaks_of_an_ex_is_none(text: str) -> None:
    assert "stranger-request" not in held_for(text, "cancel")


@pytest.mark.parametrize(
    ("sender", "text", "held"),
    [
        ("paul@gmail.example", "My flatmate Greta Holm is ill, please cancel her registration.", True),
        ("paul@telenet.example", "Mijn buurman Jos Claes is ziek, gelieve zijn inschrijving te annuleren.", True),
        ("paul@rivage.example", "My colleague Greta Holm is ill, please cancel her registration.", False),
        ("paul@gmail.example", "My flatmate Greta Holm and I are ill, please cancel our registrations.", False),
        ("paul@gmail.example", "Please cancel the registration of Greta Holm, greta@gmail.example.", True),
        ("paul@mail.rivage.example", "Please cancel the registration of Greta Holm, greta@mail.rivage.example.", False),
    ],
)
def test_who_gives_up_the_place_of_another_from_anybodys_address_is_a_stranger(
    sender: str, text: str, held: bool
) -> None:
    assert ("stranger-request" in held_for(text, "cancel", sender=sender)) is held


@pytest.mark.parametrize(
    ("sender", "text", "others", "with_sender"),
    [
        (
            "gitte@pleegzorg-haspengouw.example",
            "Inschrijving Gitte Haesevoets (Pleegzorg Haspengouw) - Album 16/9 - kom ter plaatse",
            [],
            True,
        ),
        ("gitte@thuiszorg.example", "Noteer ook Piet Thuis.", ["Piet Thuis"], False),
        (
            "pa@school.example",
            "On behalf of our director, Dr Blessing Okonjo, I should like to reserve a seat.",
            ["Blessing Okonjo"],
            False,
        ),
        (
            "pa@school.example",
            "Our director, Dr Blessing Okonjo, and I should like to reserve two seats.",
            ["Blessing Okonjo"],
            True,
        ),
    ],
)
def test_houses_and_those_who_write_for_others_take_no_part(
    sender: str, text: str, others: list[str], with_sender: bool
) -> None:
    assert read(people_in(f"Gitte Haesevoets <{sender}>", text)) == (others, with_sender)

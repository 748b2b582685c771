"""How a sentence takes part and where it picks up: ``street-stories``, in the museum or online, a booklet to fetch."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.language import Language
from tests.core.reading import BRUSSELS, read_in

NOW = datetime(2024, 9, 9, 12, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("language", "text", "mode"),
    [
        ("fr", "Je m'inscris, je le suivrai via le lien.", "online"),
        # switched from one to the other
        ("nl", "Ik zou naar de zaal komen. Zet mij alstublieft om naar online.", "online"),
        (
            "nl",
            "Ik zou online aansluiten. Of nee, wacht, ik moet toch in de stad zijn: ik kom ter plaatse.",
            "in-person",
        ),
        ("en", "I'll be there in person. Oh no, wait, that is my late shift: online then.", "online"),
        ("de", "Ich melde mich an und setze mich zu Hause vor den Laptop.", "online"),
        # how near home something is tells nothing; how far, and therefore how one takes part, does
        ("fr", "Je m'inscris. Le musée est à côté de chez moi.", None),
        ("nl", "Schrijf me in. Dat is dicht bij huis, vlak bij thuis dus.", None),
        ("fr", "Je m'inscris. C'est trop loin, donc en ligne pour moi.", "online"),
        ("fr", "Je participe depuis chez moi, je garde ma fille.", "online"),
        ("fr", "Inscrivez-moi, je me connecterai du bureau.", "online"),
        ("nl", "Schrijf me in, ik volg van thuis uit mee.", "online"),
        ("nl", "Ik neem deel, vanachter mijn bureau.", "online"),
        ("en", "Put me down please, I'll join from behind my screen.", "online"),
        ("en", "Please register me; I will log in from Ghent.", "online"),
        ("de", "Ich melde mich an und folge von zu Hause aus.", "online"),
        ("de", "Ich nehme teil und wähle mich ein.", "online"),
        ("fr", "Je m'inscris, je prends le train de 11h52 donc on se voit au musée !", "in-person"),
        ("fr", "Nous nous déplacerons tous les deux.", "in-person"),
        ("nl", "Schrijf me in, ik neem de trein.", "in-person"),
        ("nl", "Ik verplaats me graag tot bij u.", "in-person"),
        ("en", "Sign me up, I'm coming by train.", "in-person"),
        ("de", "Ich melde mich an und reise mit der Bahn an.", "in-person"),
        ("fr", "Je m'inscris mais je ne me déplacerai pas.", "online"),
        ("nl", "Toch liever in het echt dan via het scherm!", "in-person"),
        ("de", "Kann ich statt online doch vor Ort teilnehmen?", "in-person"),
        ("fr", "Je m'inscris. Peut-on payer sur place ?", None),
        ("nl", "Ik schrijf me in en betaal ter plaatse.", None),
        ("en", "If there is room I'd love to come in person, otherwise I'll watch the stream.", "in-person"),
        ("nl", "Schrijf me in. Mijn exemplaar haal ik zelf af.", None),
        ("fr", "Merci d'inscrire Mme Anne Dupont. Elle sera présente au musée.", "in-person"),
        ("de", "Ich melde mich an und komme ins Museum.", "in-person"),
        ("nl", "Schrijf me in, ik kom zelf af.", "in-person"),
        ("fr", "Je m'inscris, je suivrai le live depuis le kot.", "online"),
        ("en", "Two of us will attend the session in the museum.", "in-person"),
        ("fr", "Je viendrai au musée, tandis que mon collègue Omar Lahlou sera derrière son écran.", None),
        ("fr", "Je viendrai au musée, mais Omar Lahlou sera derrière son écran.", None),
        ("fr", "Mon collègue travaille au musée, je participe derrière mon écran.", "online"),
        ("nl", "Ik kom naar het museum en neem mijn exemplaar daar mee.", "in-person"),
        ("nl", "Schrijf me in, ik kom mijn exemplaar in het museum halen.", None),
        ("en", "I would collect my copy at the tourist office. Could you switch it to the museum for me?", None),
        ("fr", "Je m'inscris en présentiel. Si la séance en salle est annulée, je la suivrais en ligne.", "in-person"),
    ],
)
def test_mode(language: Language, text: str, mode: str | None) -> None:
    assert read_in("valmeer", language, text, now=NOW, subject="Raconte-moi ta rue").mode == mode


@pytest.mark.parametrize(
    ("language", "text", "pickup"),
    [
        ("de", "Das Heft hole ich im Museum ab, wenn ich am Verkehrsamt vorbeikomme.", "museum"),
        ("fr", "On se voit au musée le 17 !", None),
        # where one takes part, told by a word for there
        ("fr", "Réservez-moi une chaise au musée. Je passerai prendre le carnet au même endroit.", "museum"),
        ("de", "Ich komme ins Museum. Das Heft hole ich dann auch gleich dort ab.", "museum"),
        ("nl", "We komen naar het museum. De boekjes nemen we daar ineens mee.", "museum"),
        ("nl", "We komen graag. De boekjes nemen we daar ineens mee.", None),
        ("nl", "We komen naar het museum, en ik haal mijn boekje daar niet af.", None),
        # of two in a clause that denies, one is denied outright
        ("nl", "Mijn boekje haal ik af in het museum, niet in het Verkehrsamt, daar geraak ik niet.", "museum"),
        # the one left and the one wanted
        (
            "fr",
            "On avait choisi le musée pour le carnet mais on passera plutôt à l'office du tourisme.",
            "tourist-office",
        ),
        ("fr", "Je peux passer à l'office du tourisme de la ville pour le carnet.", "tourist-office"),
        ("fr", "Le carnet, je le prends au musée.", "museum"),
        ("de", "Abgeholt wird das Heft im Museum.", "museum"),
        ("nl", "Ik kom naar het museum en neem mijn exemplaar daar mee.", "museum"),
        ("fr", "Je participe au musée et je retire le carnet à l'office du tourisme.", "tourist-office"),
        # one that is closed is not wanted, whichever is named first; what is preferred is held against nothing
        ("fr", "L'office du tourisme est fermé quand je passe. Je préfère prendre le carnet au musée.", "museum"),
        ("nl", "Het boekje haal ik liever in het museum af. Het Verkehrsamt is gesloten als ik kom.", "museum"),
        (
            "en",
            "I'd rather collect the booklet at the museum. The tourist office is closed when I'm in town.",
            "museum",
        ),
        ("de", "Das Verkehrsamt ist geschlossen, wenn ich komme. Ich hole das Heft lieber im Museum ab.", "museum"),
        ("fr", "Je préfère prendre le carnet à l'office du tourisme.", "tourist-office"),
        # left for another in the part of the sentence behind it
        (
            "fr",
            "Je ne saurai pas aller jusqu'à l'office du tourisme pour le carnet, gardez-le plutôt pour moi au musée.",
            "museum",
        ),
        # the item is named, but it is told when and where the event is
        ("fr", "Je m'inscris pour le carnet que vous présentez le 17 septembre au musée.", None),
        ("fr", "Je m'inscris pour le carnet, je le prendrai le 17 septembre au musée.", "museum"),
    ],
)
def test_pickup(language: Language, text: str, pickup: str | None) -> None:
    assert read_in("valmeer", language, text, now=NOW, subject="Raconte-moi ta rue").pickup == pickup


def test_a_dash_in_a_quoted_title_parts_nothing() -> None:
    text = (
        "Je suivrai « Raconte - et écoute » du 17 septembre au musée, et je prendrai le carnet à l'office du tourisme."
    )
    found = read_in("valmeer", "fr", text, now=NOW, subject="Raconte-moi ta rue")
    assert (found.mode, found.pickup) == ("in-person", "tourist-office")


def test_where_somebody_comes_in_ones_place_is_no_answer_where_one_fetches() -> None:
    quote = "Votre carnet vous attend au musée ou à l'office du tourisme. Dites-nous où vous passerez le prendre."
    text = "Je suis malade, mais mon collègue Omar Lahlou (omar@x.example) prend ma place, au musée comme prévu."
    assert read_in("valmeer", "fr", text, now=NOW, subject="Raconte-moi ta rue", quote=quote).pickup is None


def test_the_presence_is_online_and_not_only_the_event() -> None:
    for text, mode in (
        ("Notez ma présence virtuelle à l'atelier.", "online"),
        ("Je suivrai l'atelier en ligne.", None),
    ):
        assert read_in("valmeer", "fr", text, now=NOW, subject="Numériser une petite collection").mode == mode


def test_where_the_answered_mail_asks_where_one_fetches() -> None:
    quote = "Uw boekje kan u afhalen in het museum of in het toerismekantoor. Laat ons weten waar."
    text = "In 't museum dan, tot zaterdag!"
    for asked, pickup in ((quote, "museum"), ("Wij zien u in het museum.", None)):
        found = read_in("valmeer", "nl", text, now=NOW, subject="Raconte-moi ta rue", quote=asked)
        assert found.pickup == pickup


@pytest.mark.parametrize(
    ("town", "language", "text", "pickup"),
    [
        # the street without its number, in another language than the event file's first
        ("hohenweiler", "fr", "Je m'inscris. La mallette, nous la prendrons rue Neuve.", "bibliothek"),
        ("hohenweiler", "fr", "Je m'inscris et je retirerai la mallette place du Marché.", "rathaus"),
        # what kind of house it is, in any word for it
        ("hohenweiler", "de", "Ich melde mich an. Den Koffer hole ich in der Bücherei ab.", "bibliothek"),
        ("hohenweiler", "nl", "Schrijf me in. De koffer haal ik in het gemeentehuis op.", "rathaus"),
        ("hohenweiler", "fr", "Je m'inscris. Je passerai prendre la mallette à la mairie.", "rathaus"),
        ("hohenweiler", "en", "Please register me. I will collect the kit at the library.", "bibliothek"),
        # who is there
        ("hohenweiler", "de", "Ich melde mich an. Den Koffer hole ich bei Herrn Hamers ab.", "bibliothek"),
        ("hohenweiler", "nl", "Schrijf me in. De koffer haal ik bij Karin.", "rathaus"),
        ("hohenweiler", "en", "Sign me up. I will pick up the kit from Ms Schyns.", "rathaus"),
        ("hohenweiler", "fr", "Je m'inscris. Ma collègue Luc Rensonnet prendra la mallette.", None),
        # the floor, beside a word for it or by itself
        ("rules", "nl", "Schrijf me in. Mijn exemplaar neem ik mee op 't vijfde.", "schaerbeek"),
        ("rules", "fr", "Je m'inscris et je prendrai l'outil au 5eme.", "schaerbeek"),
        ("rules", "fr", "Je m'inscris et je prendrai l'outil au 3eme.", None),
        # where somebody else is, and nothing is fetched
        ("rules", "en", "Count me in. I need no copy, my colleague in Molenbeek has one.", None),
    ],
)
def test_other_words_for_a_pickup_point(town: str, language: Language, text: str, pickup: str | None) -> None:
    subject, now = {
        "hohenweiler": ("Leichte Sprache, FALC, eenvoudige taal", datetime(2025, 4, 1, 12, tzinfo=BRUSSELS)),
        "rules": ("Album", datetime(2021, 9, 1, 12, tzinfo=BRUSSELS)),
    }[town]
    assert read_in(town, language, text, now=now, subject=subject).pickup == pickup


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Sign me up, I will come to the town hall."), ("nl", "Ik schrijf me in en kom naar het gemeentehuis.")],
)
def test_who_comes_to_the_house_comes_in_person(language: Language, text: str) -> None:
    now = datetime(2025, 4, 1, 12, tzinfo=BRUSSELS)
    assert read_in("hohenweiler", language, text, now=now, subject="Easy Language, eenvoudige taal").mode == "in-person"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes please sign me up for the sleep evening! I will come to the school"),
        ("fr", "Inscrivez-moi à la soirée sommeil, je viendrai à l'école."),
        ("nl", "Schrijf me in voor de avond over slapen, ik kom naar de school."),
        ("de", "Melden Sie mich für den Abend über Schlafen an, ich komme in die Schule."),
    ],
)
def test_one_comes_to_a_school(language: Language, text: str) -> None:
    now = datetime(2027, 11, 3, 12, tzinfo=BRUSSELS)
    assert read_in("moorsel", language, text, now=now, subject="Parents, screens, no panic").mode == "in-person"


def test_rather_behind_its_verb_compares_nothing() -> None:
    text = "La serre sera donc toujours fermée. Je retirerai plutôt mon kit à la Maison de l'Écluse le samedi."
    now = datetime(2027, 3, 30, 12, tzinfo=BRUSSELS)
    assert read_in("vlierbeke", "fr", text, now=now, subject="Devenir maître-composteur").pickup == "ecluse"

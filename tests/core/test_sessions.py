"""Which sessions of an event a sentence means: the four evenings of ``heirlooms``, by their number in the series.

1: 7 March, paper and photographs · 2: 21 March, textiles · 3: 18 April, furniture · 4: 16 May, clocks
"""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.language import Language
from tests.core.reading import BRUSSELS, index_of, read_in

EVENING = {key: str(n) for n, key in enumerate((s.key for s in index_of("valmeer").events["heirlooms"].sessions), 1)}
NOW = datetime(2024, 2, 20, 12, tzinfo=BRUSSELS)
FLYER = "1. 7 mars : papier\n2. 21 mars : textile\n3. 18 avril : meubles\n4. 16 mai : horloges"


def read(language: Language, text: str, quote: str = "", now: datetime = NOW) -> tuple[str, str, bool]:
    found = read_in("valmeer", language, text, now=now, subject="Trésors de famille", quote=quote)
    wanted, given = ("".join(EVENING[key] for key in keys) for keys in (found.sessions, found.sessions_given_up))
    return wanted, given, any(doubt.code == "session-unclear" for doubt in found.contradictions)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("de", "Ich nehme die Nummern 1 und 3.", "13"),
        ("nl", "Voor mij nummer 2 graag.", "2"),
        ("en", "Numbers 2 and 4 please.", "24"),
        ("fr", "Je viendrai aux numéros 1, 2 et 4.", "124"),
        ("nl", "Graag inschrijven voor nummer 2. Mijn huis is nummer 7.", "2"),
    ],
)
def test_what_the_answered_mail_numbers_is_picked_by_its_numbers(language: Language, text: str, wanted: str) -> None:
    assert read(language, text, FLYER)[0] == wanted
    assert read(language, text)[0] != wanted


def test_the_number_stands_for_the_line_and_not_for_the_order() -> None:
    turned = "1. 16 mai : horloges\n2. 18 avril : meubles\n3. 21 mars : textile\n4. 7 mars : papier"
    assert read("nl", "Nummers 1 en 2 graag.", turned)[0] == "34"
    assert read("nl", "Ik kom naar avond nummer 1.", turned)[0] == "4"
    assert read("nl", "Ik kom naar avond 2 en 4.", turned)[0] == "13"


def test_two_lists_that_are_numbered_alike_tell_nothing() -> None:
    wanted, _, unclear = read("nl", "Nummers 1 en 4 graag.", FLYER + "\n1. parking\n2. bus")
    assert (wanted, unclear) == ("", True)


def test_what_is_told_by_the_way_is_left_out_of_no_whole_series() -> None:
    text = (
        "Unsere Meubles-Sammlung, meubles und mehr, ist abgebrannt, und ich bin krank. Ich komme zu allen vier Abenden."
    )
    assert read("de", text)[:2] == ("1234", "")


def test_the_list_behind_a_colon_is_of_what_was_just_said() -> None:
    text = (
        "Je voudrais suivre deux ateliers seulement : celui qui traite des discours de haine, et celui sur la police."
    )
    found = read_in("rules", "fr", text, now=datetime(2021, 3, 5, 12, tzinfo=BRUSSELS), subject="Polarisation")
    assert found.sessions == ("polarisation/2021-04-01", "polarisation/2021-05-06")


def test_a_colon_may_follow_what_is_counted() -> None:
    assert read("nl", "Gelieve in te schrijven voor de eerste drie:\n\nJan Peeters\nAn Maes")[0] == "123"


@pytest.mark.parametrize(
    ("language", "text", "wanted", "given"),
    [
        # a topic that merely occurs says nothing once something surer does
        ("fr", "Fille d'un marchand de meubles, je m'inscris pour les textiles et pour les horloges.", "24", ""),
        ("fr", "Comme vu avec vous devant les photos de papa : ma soeur et moi venons le 18 avril.", "3", ""),
        ("nl", "Ik verzamel oude klokken en zou graag de avond over kant volgen.", "2", ""),
        ("en", "My house is full of furniture and I'd like to come on 7 March please.", "1", ""),
        ("de", "Ich habe viele Briefe von Oma, daher melde ich mich für den 16. Mai an.", "4", ""),
        ("nl", "Schrijf me in voor de meubelen.", "3", ""),
        ("fr", "Je m'inscris pour le 7 mars. Les horloges m'intéressent aussi.", "14", ""),
        # an ordinal that measures time is no session
        ("nl", "Ik kom naar de avond over meubelen, de eerste drie kwartier zeker.", "3", ""),
        ("fr", "Je viens à la soirée du 7 mars, les deux premières heures seulement.", "1", ""),
        ("en", "I will attend the evening on clocks, my first time at the museum.", "4", ""),
        ("de", "Ich komme zum Abend über Möbel, zum ersten Mal bei Ihnen.", "3", ""),
        ("nl", "Graag schrijf ik me in voor de eerste twee avonden.", "12", ""),
        ("nl", "Ik kom naar les 2 en 3.", "23", ""),
        ("de", "Bitte für Abend zwei eintragen.", "2", ""),
        # a part of a sentence that denies, and one that asks for another
        ("nl", "Ik kan op 7 maart niet, mag ik naar 21 maart?", "2", "1"),
        ("fr", "Finalement le 21 ne va plus, je viendrai le 18 avril à la place.", "3", "2"),
        ("nl", "Van 7 tot 21 maart ben ik met vakantie, ik kom graag naar de klokken.", "4", "12"),
        ("fr", "Pas le 7 mais le 21 mars.", "2", "1"),
        ("de", "Nicht am 7., sondern am 21. März möchte ich kommen.", "2", "1"),
        ("nl", "Kan ik overschakelen van papier op meubels?", "3", "1"),
        # a list of numbers; an ordinal alone
        ("fr", "Inscrivez-nous aux soirées 1, 2 et 4.", "124", ""),
        ("nl", "Enkel de laatste graag.", "4", ""),
        ("nl", "Ik schrijf me in voor de 2 laatste.", "34", ""),
        # a topic and a noun in one word; an item of a list
        ("de", "Ich nehme am Möbelabend teil.", "3", ""),
        ("nl", "In plaats van de meubelavond kom ik liever naar de klokken.", "4", "3"),
        ("fr", "Je voudrais m'inscrire à deux soirées : celle du papier et celle du textile.", "12", ""),
        # swaps
        ("fr", "Puis-je troquer mon 7 mars contre le 18 avril ?", "3", "1"),
        ("nl", "Ik zou 7 maart graag inruilen voor 21 maart.", "2", "1"),
        ("en", "Could I swap the furniture evening for the clocks one?", "4", "3"),
        ("de", "Ich möchte den 21. März gegen den 16. Mai tauschen.", "4", "2"),
        ("en", "Please replace 7 March by 16 May in my registration.", "4", "1"),
        ("nl", "Kan u mijn avond van 21 maart vervangen door die van 16 mei?", "4", "2"),
        # what registers moves nothing, whatever way of taking part or number of people follows
        ("fr", "Je souhaite m'inscrire à la soirée du 7 mars, en présentiel.", "1", ""),
        ("fr", "Pouvez-vous m'inscrire à la soirée du 7 mars pour deux personnes ?", "1", ""),
        ("de", "Buchen Sie mich bitte vom 7. März auf den 21. März um.", "2", "1"),
        # a denial that denies nothing of it
        ("nl", "Geen grap: op 7 maart wil ik erbij zijn.", "1", ""),
        ("fr", "Collectionneuse depuis 14 ans, je ne peux pas rater la soirée du 7 mars.", "1", ""),
        ("en", "I would not miss the evening on clocks for anything.", "4", ""),
        ("nl", "Ik wil de avond van 7 maart zeker niet missen.", "1", ""),
        ("fr", "Je ne pourrai pas venir le 7 mars.", "", "1"),
        # the one left and the one wanted
        ("nl", "Zet mij i.p.v. die over textiel op de avond van 18 april.", "3", "2"),
        ("nl", "Zet mij in plaats van de klokken maar bij de avond van 18 april.", "3", "4"),
        ("nl", "Laat die van 7 maart maar vallen.", "", "1"),
        ("fr", "Est-ce que je peux passer à la soirée du 21 à la place ?", "2", ""),
        ("nl", "Donderdagavond zal voor mij niet meer gaan.", "", ""),
        # what one meant to come to before
        ("de", "Eigentlich wollte ich am 7. März kommen. Melden Sie mich lieber für den 18. April an.", "3", "1"),
        ("nl", "Eigenlijk wou ik op 7 maart komen. Schrijf me in voor 18 april.", "3", "1"),
        ("en", "I was going to come on 7 March. Please register me for 18 April.", "3", "1"),
        ("fr", "Je devais venir le 7 mars. Inscrivez-moi le 18 avril.", "3", "1"),
        ("nl", "Ik zou eigenlijk graag op 7 maart komen.", "1", ""),
        # a part of a month, a topic with its month, one more
        ("fr", "Mettez-moi à la soirée de début mars.", "1", ""),
        ("en", "Put me down for the evening in late March.", "2", ""),
        ("nl", "Wij doen mee: het textiel in maart, de meubelen in april.", "23", ""),
        ("fr", "Je viendrai pour le papier et, si le coeur m'en dit, aussi à la dernière en mai.", "14", ""),
        ("fr", "Je viens le 7 mars s'il y a des places restantes.", "1", ""),
        # what merely occurs changes nothing of what is said of it before
        (
            "en",
            "I saw the poster about old paper. Count me in for that one, I have boxes of my father's letters.",
            "1",
            "",
        ),
        # the sender's own matters are no topic; a number of people before a weekday
        ("fr", "Je m'inscris le 7 mars et le 16 mai. Les deux autres dates tombent sur mes consultations.", "14", ""),
        ("fr", "On passe à 2 jeudi soir pour le papier.", "1", ""),
        # all is given up
        ("en", "So sorry, I must cancel all my evenings.", "", ""),
        # all
        ("fr", "Je souhaiterais suivre l'ensemble de votre cycle sur les objets anciens.", "1234", ""),
        ("nl", "Ik schrijf me graag in voor heel de reeks.", "1234", ""),
        ("de", "Ich möchte mich für sämtliche Termine anmelden.", "1234", ""),
        ("en", "I shall be glad to attend every evening.", "1234", ""),
        ("fr", "Merci de m'inscrire aux quatre soirées, je collectionne les montres.", "1234", ""),
        ("nl", "Wij schrijven ons in voor alle vier.", "1234", ""),
        # all but
        ("en", "With the exception of 18 April, when I am away, I would like to attend every evening.", "124", "3"),
        ("fr", "Je m'inscris à tous les ateliers, à l'exception de la soirée sur le textile.", "134", "2"),
        ("nl", "Ik kom graag naar alle avonden behalve 7 en 21 maart.", "34", "12"),
        ("nl", "Op 18 april na schrijf ik me in voor alle avonden.", "124", "3"),
        ("de", "Außer am 16. Mai möchte ich an allen Abenden teilnehmen.", "123", "4"),
        ("fr", "Inscrivez-moi à toutes les soirées sauf le 7 et le 21 mars.", "34", "12"),
        ("fr", "Tout sauf les horloges pour moi !", "123", "4"),
        ("nl", "Ik kom naar allemaal, behalve de tweede.", "134", "2"),
        # not all
        (
            "fr",
            "Vous m'avez confirmé tout le cycle, merci. Ma soeur veut s'inscrire uniquement pour le 18 avril.",
            "3",
            "",
        ),
        ("fr", "Bonjour à tous, je m'inscris pour le 7 mars.", "1", ""),
        ("nl", "Dag allemaal, ik kom graag op 16 mei, de hele avond.", "4", ""),
        ("fr", "Je viens avec les quatre enfants de ma soeur le 7 mars.", "1", ""),
        ("en", "All four of us would like to come on 21 March.", "2", ""),
        # days and months
        ("de", "Für die beiden Abende im März melde ich mich an.", "12", ""),
        ("nl", "Graag inschrijven voor de avonden in maart.", "12", ""),
        ("nl", "Ik schrijf me in voor de avond van mei.", "4", ""),
        ("en", "Put me down for 7 and 21 March, but not 18 April.", "12", "3"),
        # ordinals: "les" is no lesson in French; a pronoun at the end of a part; one of the sender's own
        ("fr", "Je m'inscris aux deux premières soirées.", "12", ""),
        ("fr", "Les trois premières soirées m'ont échappé, mais inscrivez-moi à la dernière.", "4", "123"),
        ("de", "Ich melde mich für den 7. März an. Mein letzter Abend bei Ihnen ist lange her.", "1", ""),
        # all but what is left out, by its month or topic
        ("nl", "Ik wil graag de reeks volgen, uitgezonderd die van mei.", "123", "4"),
        ("fr", "Notez-moi pour l'ensemble de vos jeudis au musée, hormis celui des meubles.", "124", "3"),
        ("en", "I'd like to join the series, bar the one in May.", "123", "4"),
        ("de", "Ich melde mich für die Reihe an, außer im Mai.", "123", "4"),
        ("nl", "De meubelen kan ik overslaan. Voor de overige drie avonden had ik graag een plaats.", "124", "3"),
        # left in one sentence, replaced in the next
        ("nl", "Op 7 maart moet ik werken. Kan ik in plaats daarvan naar 21 maart komen?", "2", "1"),
        ("de", "Am 7. März arbeite ich. Könnten Sie mich stattdessen für den 21. März eintragen?", "2", "1"),
        ("fr", "Le 7 mars je travaille. Puis-je venir le 21 mars à la place ?", "2", "1"),
        ("nl", "Streep mij door voor donderdag de 7de. 16 mei blijft gewoon staan.", "", "1"),
    ],
)
def test_which_sessions(language: Language, text: str, wanted: str, given: str) -> None:
    assert read(language, text) == (wanted, given, False)


@pytest.mark.parametrize(
    ("language", "text", "now"),
    [
        ("nl", "Morgenavond raak ik niet tot bij jullie.", datetime(2024, 4, 17, 12, tzinfo=BRUSSELS)),
        ("fr", "Je ne peux pas venir demain soir.", datetime(2024, 4, 17, 12, tzinfo=BRUSSELS)),
        ("en", "I can't make it tonight, sorry.", datetime(2024, 4, 18, 9, tzinfo=BRUSSELS)),
        ("de", "Heute Abend kann ich leider nicht kommen.", datetime(2024, 4, 18, 9, tzinfo=BRUSSELS)),
    ],
)
def test_days_told_from_today(language: Language, text: str, now: datetime) -> None:
    assert read(language, text, now=now) == ("", "3", False)


def test_those_that_are_left() -> None:
    text = "Voor mij graag de drie resterende avonden."
    assert read("nl", text, now=datetime(2024, 3, 10, 12, tzinfo=BRUSSELS)) == ("234", "", False)
    assert read("nl", text)[2]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Inscrivez-moi pour les trois qui restent."),
        ("nl", "Mag ik nog aansluiten voor de drie die nog moeten komen?"),
        ("en", "Please add me for the three still to come."),
        ("de", "Ich melde mich für die drei an, die noch kommen."),
    ],
)
def test_those_still_to_come(language: Language, text: str) -> None:
    assert read(language, text, now=datetime(2024, 3, 10, 12, tzinfo=BRUSSELS))[0] == "234"


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("nl", "Zet mij op voor 7 maart tot en met 18 april.", "123"),
        ("fr", "Inscrivez-moi du 7 mars jusqu'au 16 mai.", "1234"),
        ("de", "Ich melde mich an, vom 21. März bis 16. Mai.", "234"),
        ("fr", "Inscrivez-moi le 7 mars et le 18 avril.", "13"),
    ],
)
def test_from_one_to_another(language: Language, text: str, wanted: str) -> None:
    assert read(language, text)[0] == wanted


def test_an_evening_that_there_is_not() -> None:
    for language, text in (
        ("fr", "Inscrivez-moi plutôt à celle du 30 juin."),
        ("nl", "Schrijf mij in voor de avond van 30 juni."),
        ("de", "Ich melde mich für den Abend am 30. Juni an."),
    ):
        found = read_in("valmeer", language, text, now=NOW, subject="Trésors de famille")  # type: ignore[arg-type]
        assert [doubt.code for doubt in found.contradictions] == ["date-contradiction"], text
    found = read_in("valmeer", "fr", "Inscrivez-moi le 7 mars, je pars le 30 juin.", now=NOW, subject="Trésors")
    assert not found.contradictions


@pytest.mark.parametrize(
    ("language", "text", "doubted"),
    [
        ("fr", "Je m'inscris pour le 7 mars au matin.", True),
        ("nl", "Ik schrijf me in voor 7 maart 's ochtends.", True),
        ("en", "Please register me for 7 March in the afternoon.", True),
        ("fr", "Je m'inscris pour le 7 mars au soir.", False),
        ("de", "Ich melde mich für den 7. März abends an.", False),
    ],
)
def test_a_time_at_which_it_is_not_held(language: Language, text: str, doubted: bool) -> None:
    found = read_in("valmeer", language, text, now=NOW, subject="Trésors de famille")
    assert [doubt.code for doubt in found.contradictions] == (["date-contradiction"] if doubted else [])


def test_of_which_one_takes_one_the_one_in_the_words_that_register() -> None:
    now = datetime(2024, 9, 20, 12, tzinfo=BRUSSELS)
    text = "Je confirme mon inscription au yoga du 5 octobre. Nous sommes débordés, et le 9 nous avons exercice."
    assert read_in("vauxrive", "fr", text, now=now, subject="Yoga").sessions == ("yoga/2024-10-05",)


def test_what_puts_somebody_somewhere_moves_nothing() -> None:
    text = "Veuillez inscrire notre concierge, Monsieur Aldo Ferracci, à la soirée du 7 mars à la caserne."
    assert read("fr", text) == ("1", "", False)
    assert read("fr", "Pouvez-vous m'inscrire du 7 mars au 21 mars ?")[0] == "2"
    assert read("fr", "Veuillez basculer notre concierge du 7 mars à la soirée textile.")[0] == "2"


def test_numbers_of_an_announcement_that_numbers_its_sessions() -> None:
    text = "Je m'inscris pour le 2 et le 3 en ce qui me concerne (textile et meubles)."
    assert read("fr", text, FLYER) == ("23", "", False)
    assert read("fr", "Je m'inscris pour le 2 et le 3.")[0] == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can come on either the 7th or the 21st of March, whichever has room."),
        ("fr", "Inscrivez-moi le 7 mars ou le 18 avril, peu importe."),
        ("nl", "Ik kom op 7 of 21 maart."),
        ("fr", "Je m'inscris pour le 7 mars (les horloges)."),
        ("fr", "Je m'inscris pour le 7 mars et le 23 mars."),
        ("nl", "Ik wil graag drie avonden volgen: 7 maart en 16 mei."),
        ("en", "Two evenings would be enough for me, please register me for 7 March."),
        ("en", "I cannot come to all the evenings."),
        ("nl", "Ik zou op 7 maart komen. Schuif mij door naar die van 18 april."),
    ],
)
def test_what_does_not_fit_together_is_looked_at(language: Language, text: str) -> None:
    assert read(language, text)[2]


@pytest.mark.parametrize(
    ("language", "text", "wanted", "given"),
    [
        ("fr", "Je travaille le jeudi 9 au soir. Pouvez-vous me basculer sur la séance du samedi 18 ?", "18", "09"),
        ("en", "On the 9th I have to work. Could I come on the 18th instead?", "18", "09"),
        ("de", "Am 9. Oktober regnet es. Könnten Sie mich stattdessen für den 18. vormerken?", "18", "09"),
        ("fr", "Je viendrai le 9 ou bien le 18 octobre.", "0918", ""),
        # second thoughts, a weekday by itself, and one that only tells why
        ("nl", "Ik wou eerst de 9de nemen. Dan wordt het de 18de: schrijf mij daarvoor in.", "18", ""),
        ("fr", "J'hésitais à venir le 9 octobre. Ce sera le 18, inscrivez-moi.", "18", ""),
        ("fr", "C'est pour inscrire ma mère au cours du samedi, elle a 78 ans et tombe souvent.", "18", ""),
        ("de", "Ich möchte am Samstag mitmachen. Donnerstags gehe ich zum Chor.", "18", ""),
    ],
)
def test_of_sessions_of_which_one_takes_one_the_other_is_left(
    language: Language, text: str, wanted: str, given: str
) -> None:
    now = datetime(2025, 9, 24, 12, tzinfo=BRUSSELS)
    found = read_in("brakelmont", language, text, now=now, subject="Les gestes qui sauvent")
    assert tuple("".join(key[-2:] for key in keys) for keys in (found.sessions, found.sessions_given_up)) == (
        wanted,
        given,
    )


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Put me down for the evening session please.", ("reanimation/2025-10-09",)),
        ("nl", "Ik kom graag naar de avondles.", ("reanimation/2025-10-09",)),
        ("fr", "Inscrivez-moi à la séance du soir.", ("reanimation/2025-10-09",)),
        ("fr", "Je m'inscris, le soir je suis toujours libre.", ()),
    ],
)
def test_a_part_of_the_day_in_which_only_one_lies(language: Language, text: str, wanted: tuple[str, ...]) -> None:
    now = datetime(2025, 9, 24, 12, tzinfo=BRUSSELS)
    assert read_in("brakelmont", language, text, now=now, subject="Les gestes qui sauvent").sessions == wanted
    evenings = read_in("valmeer", language, text, now=NOW, subject="Trésors de famille")
    assert evenings.sessions == ()


def test_the_next_one_in_the_subject_alone() -> None:
    now = datetime(2024, 3, 10, 12, tzinfo=BRUSSELS)
    found = read_in("valmeer", "nl", "", now=now, subject="Familieschatten: eerstvolgende avond")
    assert found.sessions == ("heirlooms/2024-03-21",)
    assert {item.where for item in found.evidence} == {"subject"}


COURSE = ("valbrume", "vivre-diabete", datetime(2025, 10, 6, 12, tzinfo=BRUSSELS))


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("fr", "C'est l'annonce du 4 novembre. Notez-moi pour les quatre après-midi.", 4),
        ("nl", "Schrijf me in voor 4, 18 en 25 november en 2 december.", 4),
        ("fr", "Inscrivez-moi pour le cours qui commence le 4 novembre.", 0),
        ("fr", "Inscrivez-moi aux quatre après-midi, mais je ne pourrai pas venir le 18 novembre.", 0),
    ],
)
def test_a_whole_course_is_all_its_days_where_all_are_spoken_of(language: Language, text: str, number: int) -> None:
    town, subject, now = COURSE
    assert len(read_in(town, language, text, now=now, subject=subject).sessions) == number


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        # what is on file or given up leaves a month open that is told beside it
        (
            "de",
            "Für den 7. März bin ich angemeldet, da bin ich verreist. Tragen Sie mich stattdessen für Mai ein.",
            "4",
        ),
        ("fr", "Je ne suis plus libre le 7 mars. Serait-il possible de me reporter sur la soirée de mai ?", "4"),
    ],
)
def test_a_month_tells_where_a_day_is_left_for_it(language: Language, text: str, wanted: str) -> None:
    assert read(language, text)[0] == wanted


def test_so_many_of_a_weekday_are_all_of_them() -> None:
    now = datetime(2024, 9, 20, 12, tzinfo=BRUSSELS)
    found = read_in("vauxrive", "fr", "Ce sera les deux jeudis pour moi.", now=now, subject="Soirées nutrition")
    assert found.sessions == ("assiette/2024-10-03", "assiette/2024-10-17")


def test_a_date_on_another_weekday_is_a_contradiction() -> None:
    now = datetime(2024, 9, 20, 12, tzinfo=BRUSSELS)
    for text, doubts in (("dimanche 5 octobre", ["date-contradiction"]), ("samedi 5 octobre", [])):
        found = read_in("vauxrive", "fr", f"Merci de me réserver une place au yoga du {text}.", now=now, subject="Yoga")
        assert [doubt.code for doubt in found.contradictions] == doubts


def test_the_only_day_there_is_is_meant_whatever_the_weekday() -> None:
    now = datetime(2024, 9, 20, 12, tzinfo=BRUSSELS)
    found = read_in(
        "vauxrive", "fr", "Je viens à la conférence du mardi 21 novembre.", now=now, subject="Vieillir au bord"
    )
    assert [doubt.code for doubt in found.contradictions] == []


def test_each_of_two_told_by_what_they_are_about_has_its_own_words() -> None:
    now = datetime(2027, 4, 1, 12, tzinfo=BRUSSELS)
    text = "Please book me for the one about finding a flat and the one about work."
    found = read_in("duinwijk", "en", text, now=now, subject="Language-buddy evenings")
    assert [doubt.code for doubt in found.contradictions] == ["session-unclear"]


def test_where_somebody_is_on_a_day_registers_for_none() -> None:
    text = "Please book me for the second and the fourth evening. The first one I'm in Antwerp for work."
    assert read("en", text)[2] or read("en", text)[0] == "24"


def test_what_stands_outside_of_only_waits() -> None:
    assert read("fr", "Je viens, mais seulement à la dernière soirée. Les deux premières, j'ai cours.")[2]
    assert not read("fr", "Je viens, mais seulement à la dernière soirée. Les horloges, c'est mon métier.")[2]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("fr", "Le 7 mars nous avons notre mise au vert, donc pour moi ce sera uniquement les trois autres dates.", "234"),
        ("nl", "Op 7 maart hebben we teamdag, dus voor mij enkel de drie andere avonden.", "234"),
        ("en", "I am away on 7 March. Please sign me up for the other three.", "234"),
        ("de", "Am 7. März kann ich nicht, zu den anderen Abenden komme ich gerne.", "234"),
        ("nl", "Op 7 maart kan ik niet; voor de rest van de avonden schrijf ik me in.", "234"),
        ("de", "Die Möbel sind nichts für mich. Die anderen drei Abende gerne.", "124"),
        ("en", "I'm away on 7 and 21 March, so just the other two please.", "34"),
        # besides what is named
        ("fr", "Inscrivez-moi le 7 mars et aussi aux trois autres soirées.", "1234"),
        ("en", "I'm signed up for 7 March, please add me to the other three as well.", "234"),
        # not asked for
        ("fr", "Je m'inscris le 7 mars et le 16 mai, pour les deux autres nous sommes en réunion.", "14"),
        ("nl", "Ik kom op 7 maart. Over de andere avonden laat ik nog iets weten.", "1"),
        ("en", "Please register me for 7 March. The other three evenings I have meetings.", "1"),
        ("nl", "Op 7 maart mag u mij schrappen. Voor de drie andere blijf ik op de lijst staan.", ""),
        # what does not interest
        ("fr", "Inscrivez-moi pour le textile et les horloges, les meubles ne m'intéressent pas.", "24"),
        ("nl", "Schrijf me in voor textiel en klokken, de meubelen interesseren me niet.", "24"),
        ("en", "Sign me up for textiles and clocks, the furniture evening is not for me.", "24"),
        ("de", "Melden Sie mich für Textilien und Uhren an, Möbel interessieren mich nicht.", "24"),
        ("fr", "Je viendrai à la soirée papier, puis à celle des horloges. Le textile, très peu pour moi.", "14"),
    ],
)  # fmt: skip
def test_the_others_and_what_is_not_for_me(language: Language, text: str, wanted: str) -> None:
    found = read(language, text)
    assert (found[0], found[2]) == (wanted, False)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Inscrivez-moi le 7 mars. Inscrivez-moi aux deux autres."),
        ("en", "I am away on 7 March. Please sign me up for the other two."),
    ],
)
def test_others_that_do_not_fit_what_is_named_are_looked_at(language: Language, text: str) -> None:
    assert read(language, text)[2]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Graag inschrijven voor de avond van donderdag 7 maart over klokken en uurwerken."),
        ("fr", "Inscrivez-moi à la soirée du jeudi 7 mars consacrée aux meubles."),
        ("en", "I'd like to join the clocks evening on 7 March."),
        ("en", "Please put me on the list for your May evening, the one about textiles."),
        ("de", "Melden Sie mich für den Abend im Mai an, den über Textilien."),
        ("fr", "Je m'inscris à la première soirée, celle des horloges."),
        ("nl", "Ik kom naar de laatste avond, die over papier."),
    ],
)
def test_one_session_told_by_the_day_of_one_and_the_topic_of_another_waits(language: Language, text: str) -> None:
    assert read(language, text)[2]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "I'd like to attend the evenings of 7 March and on clocks.", "14"),
        ("nl", "Schrijf me in voor 7 maart en de avond over klokken.", "14"),
        ("fr", "Inscrivez-moi au 7 mars, à la soirée horloges aussi.", "14"),
        ("de", "Bitte 7. März, Möbel und Uhren.", "134"),
        ("en", "I'd like to come to the evening of 7 March about paper.", "1"),
    ],
)
def test_two_sessions_each_told_in_its_own_way_are_two(language: Language, text: str, wanted: str) -> None:
    found = read(language, text)
    assert (found[0], found[2]) == (wanted, False)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Please put me down for the evening in May, thanks.", "4"),
        ("Please put me down for the whole series. I may have to leave early now and then.", "1234"),
        ("I may come to the evening of 21 March, so put me down for that one.", "2"),
    ],
)
def test_a_verb_that_is_written_like_a_month_names_none(text: str, wanted: str) -> None:
    assert read("en", text)[:2] == (wanted, "")

"""What people get wrong in the files they edit: each is refused with the file, the key, what is wrong, what to write."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.adapters import certificate
from mailbot.adapters.event_files import load_events
from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import load_settings
from mailbot.cli.wiring import Places, check_everything
from mailbot.core.language import Localized
from mailbot.core.policy import Desk, Limits
from mailbot.core.problems import Problem

ROOT = Path(__file__).resolve().parents[2]

Break = tuple[str, str]  # the text that is there, what is written instead

#: what is done to config.toml -> key, and words of the message or the remedy
CONFIG: dict[str, tuple[Break, str, str]] = {
    "no quotes": (('host = "127.0.0.1"', "host = 127.0.0.1"), "", "is not valid TOML"),
    "a key that does not exist": (("idle = true", "idel = true"), "account[1].idel", "Did you mean 'idle'?"),
    "a port in quotes": (("port = 1143", 'port = "1143x"'), "account[1].port", "without quotes, such as 20"),
    "a port that is none": (("port = 1143", "port = 70000"), "account[1].port", "from 1 to 65535"),
    "a mailbox elsewhere without encryption": (
        ('host = "127.0.0.1"', 'host = "imap.town.example"'),
        "account[1].security",
        "would send the password in the clear",
    ),
    "an unknown way of encryption": (
        ('security = "plain"                 #', 'security = "ssl"  #'),
        "account[1].security",
        "Write one of 'tls', 'starttls' or 'plain'",
    ),
    "no password": (('password = "demo"', ""), "account[1].password", "Write password_file"),
    "two passwords": (
        ('password = "demo"', 'password = "demo"\npassword_env = "X"'),
        "account[1].password_env",
        "Keep one of them",
    ),
    "a password file that does not exist": (
        ('password = "demo"', 'password_file = "nowhere"'),
        "account[1].password_file",
        "Name a file that mailbot may read",
    ),
    "no address of the desk": (
        ('addresses = ["inscriptions@prevention.example", "inschrijvingen@prevention.example"]', "addresses = []"),
        "desk.addresses",
        "Write the address that people write to",
    ),
    "an address that is none": (
        ('coordinators = ["coordination@prevention.example"]', 'coordinators = ["coordination"]'),
        "desk.coordinators[1]",
        "name@example.org",
    ),
    "the desk as its own coordinator": (
        ('coordinators = ["coordination@prevention.example"]', 'coordinators = ["inscriptions@prevention.example"]'),
        "desk.coordinators[1]",
        "go round in circles",
    ),
    "an unknown language": (('bilingual = ["fr", "nl"]', 'bilingual = ["fr", "es"]'), "desk.bilingual[2]", "'nl'"),
    "a time in quotes": (("at = 07:30:00", 'at = "half past"'), "digest.at", "07:30:00"),
    "a time zone that does not exist": (
        ('timezone = "Europe/Brussels"', 'timezone = "Brussels"'),
        "digest.timezone",
        "Europe/Brussels",
    ),
    "two folders of one name": (('ignored = "Ignorés"', 'ignored = "Traités"'), "folders", "Give each its own name"),
    "a level that does not exist": (('level = "info"', 'level = "loud"'), "log.level", "'debug'"),
    "no outgoing server": (("\n[smtp]\n", "\n[smpt]\n"), "smtp", "is missing"),
}


@pytest.mark.parametrize("name", CONFIG)
def test_a_wrong_configuration_is_refused(name: str, tmp_path: Path) -> None:
    (old, new), key, words = CONFIG[name]
    text = (ROOT / "config.toml").read_text("utf-8")
    assert old in text
    file = tmp_path / "config.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    settings, problems = load_settings(file)
    assert settings is None
    assert_told(problems, "config.toml", key, words)


def assert_told(problems: tuple[Problem, ...], file: str, key: str, words: str) -> None:
    found = [p for p in problems if p.file.endswith(file) and p.key == key and words in f"{p.message}. {p.remedy}"]
    assert found, [str(problem) for problem in problems]
    assert all(problem.remedy for problem in problems)


#: what is done to album.toml -> key, words
EVENT: dict[str, tuple[Break, str, str]] = {
    "a moment in quotes": (
        ("starts = 2021-09-16T13:00:00", 'starts = "16 septembre"'),
        "sessions[1].starts",
        "2021-09-16T13:00:00",
    ),
    "an end before the start": (("T16:00:00", "T12:00:00"), "sessions[1].ends", "is not after its start"),
    "a session of another event": (
        ('[[sessions]]\nkey = "album"', '[[sessions]]\nkey = "other"'),
        "sessions[1].key",
        "album/",
    ),
    "several sessions expected": (('attend = "single"', 'attend = "any"'), "attend", "there is one session"),
    "an unknown way to attend": (('attend = "single"', 'attend = "some"'), "attend", "'single', 'any', 'one' or 'all'"),
    "an unknown mode": (('modes = ["in-person"', 'modes = ["here"'), "modes[1]", "'in-person' or 'online'"),
    "a text instead of languages": (
        ("[kind]\n", "[kindx]\n"),
        "kindx",
        "Did you mean 'kind'?",
    ),
    "no title": (("[title]", "[titel]"), "title", "is missing"),
    "an organiser's address that is none": (
        ('email = "satt@prevention.example"', 'email = "satt at prevention"'),
        "organiser.email",
        "name@example.org",
    ),
    "a list without brackets": (
        ('digest = ["organisation@prevention.example"]', 'digest = "x"'),
        "organiser.digest",
        "[",
    ),
    "elsewhere, but not where": (('by = "mail"', 'by = "elsewhere"'), "registration.url", "Write where one registers"),
    "closing before opening": (
        ('by = "mail"', 'by = "mail"\nopens = 2021-09-01T00:00:00\ncloses = 2021-08-01T00:00:00'),
        "registration.closes",
        "is not after registration.opens",
    ),
    "a detail nobody knows": (
        ('by = "mail"', 'by = "mail"\ndetails = ["shoe size"]'),
        "registration.details[1]",
        "'phone'",
    ),
    "members who are nobody": (
        ("[price]", "[registration.members]\n[price]"),
        "registration.members",
        "Add domains or addresses",
    ),
    "a domain that is none": (
        ("[price]", '[registration.members]\ndomains = ["our staff"]\n[price]'),
        "registration.members.domains[1]",
        "what stands after the @",
    ),
    "a price in words": (("amount = 0", 'amount = "free"'), "price.amount", "such as 12.50"),
    "a language by its name": (('spoken = ["fr"]', 'spoken = ["français"]'), "languages.spoken[1]", "Write its code"),
    "a web address that is none": (
        ("[organiser]\n", '[organiser]\nwebsite = "www.town.example"\n'),
        "organiser.website",
        "Write it whole",
    ),
    "a key with a space": (('key = "molenbeek"', 'key = "rue de Bonne"'), "pickup.points[1].key", "letters, digits"),
    "a key that means none": (('key = "molenbeek"', 'key = "none"'), "pickup.points[1].key", "what stands for people"),
    "one key twice": (('key = "schaerbeek"', 'key = "molenbeek"'), "pickup.points", "'molenbeek' is given 2 times"),
    "no place": (("[place]", "[plaza]"), "plaza", "Did you mean 'place'?"),
    "a time zone that does not exist": (
        ('key = "album"', 'key = "album"\ntimezone = "Bruxelles"'),
        "timezone",
        "Europe",
    ),
    "seats for nobody": (('key = "album"', 'key = "album"\ncapacity = 0'), "capacity", "how many people it holds"),
    "a question without an answer": (
        ("[organiser]\n", '[[answers]]\ntopics = ["parking"]\n[organiser]\n'),
        "answers[1].text",
        "is missing",
    ),
}


@pytest.mark.parametrize("name", EVENT)
def test_a_wrong_event_is_refused(name: str, tmp_path: Path) -> None:
    (old, new), key, words = EVENT[name]
    text = (ROOT / "rules" / "events" / "album.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "album.toml").write_text(text.replace(old, new, 1), "utf-8")
    _, problems = load_events(tmp_path)
    assert_told(problems, "album.toml", key, words)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "events" / "album.toml").read_text("utf-8")
    (tmp_path / "album.toml").write_bytes(text.encode("cp1252", "replace"))
    assert_told(load_events(tmp_path)[1], "album.toml", "line 3", "Save the file with the encoding UTF-8")


def test_two_files_with_one_key_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        shutil.copy(ROOT / "rules" / "events" / "album.toml", tmp_path / name)
    assert_told(load_events(tmp_path)[1], "b.toml", "key", "'album' is the key of")


def _swap(old: str, new: str) -> Callable[[str], str]:
    def swapped(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return swapped


#: file, what is done to it, the key, words: all at once
RULES: tuple[tuple[str, Callable[[str], str], str, str], ...] = (
    (
        "rules/events/album.toml",
        _swap('by = "mail"', 'by = "post"'),
        "registration.by",
        "'mail', 'elsewhere' or 'none'",
    ),
    ("rules/events/befus-25.toml", _swap("amount = 0", "amount = -1"), "price.amount", "Write 0 where it is free"),
    ("rules/chain.toml", _swap('then = "discard"', 'then = "delete"'), "rule[1].then", "'discard'"),
    ("rules/lexicon/fr.toml", _swap("\n[language]", "\n[[language]"), "", "is not valid TOML"),
    ("rules/reading/opinion.json", _swap('"bias":', '"bias"'), "", "is not valid JSON"),
    ("rules/reading/standing.json", _swap('"weights":', '"weight":'), "", "does not hold bias and weights"),
    ("templates/registrant-past/en.txt", _swap("{% endblock %}", "{% endblok %}"), "line 2", "endblok"),
    ("templates/reasons/nl.txt", _swap("spam =", "spam:"), "line 5", "Write: code = what it means"),
)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    for file, change, _, _ in RULES:
        path = tmp_path / file
        path.write_text(change(path.read_text("utf-8")), "utf-8")
    confirmed = tmp_path / "templates" / "registrant-confirmed" / "fr.txt"
    confirmed.write_text(confirmed.read_text("utf-8").replace("{{ desk.privacy }}", "{{ dsk.privacy }}"), "utf-8")
    (tmp_path / "templates" / "registrant-full" / "de.txt").unlink()
    policy, problems = load_policy(_desk(), Limits(), tmp_path / "rules", tmp_path / "templates")
    assert policy is None
    for file, _, key, words in RULES:
        assert_told(problems, file, key, words)
    assert_told(problems, "templates/registrant-full/de.txt", "", "Write it; the other languages show how")
    (undefined,) = [p for p in problems if p.file.endswith("registrant-confirmed/fr.txt")]
    assert undefined.key.startswith("line ")
    assert "'dsk' is undefined" in undefined.message


def test_a_wrong_chain_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = tmp_path / "rules" / "chain.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('name = "complaint"', 'name = "complain"', 1), "utf-8")
    _, problems = load_policy(_desk(), Limits(), tmp_path / "rules", ROOT / "templates", tried=False)
    index = [rule["name"] for rule in tomllib.loads(text)["rule"]].index("complaint") + 1
    assert_told(problems, "chain.toml", f"rule[{index}].name", "Did you mean 'complaint'?")
    assert_told(problems, "chain.toml", "rule", "no line speaks of 'complaint'")


def test_a_problem_in_a_shared_piece_is_told_once_a_language(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / "shared" / "fr" / "layout.txt"
    path.write_text(path.read_text("utf-8").replace("{{ note }}", "{{ nota }}"), "utf-8")
    _, problems = load_policy(_desk(), Limits(), ROOT / "rules", tmp_path / "templates")
    (problem,) = problems
    assert problem.file.endswith("shared/fr/layout.txt")
    assert problem.key == "line 7"
    assert "'nota' is undefined" in problem.message


def test_a_page_for_the_door_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / "list" / "door.html"
    path.write_text(path.read_text("utf-8").replace("{{ heading|e }}", "{{ headin|e }}"), "utf-8")
    _, problems = load_policy(_desk(), Limits(), ROOT / "rules", tmp_path / "templates")
    (problem,) = problems
    assert problem.file.endswith("list/door.html")
    assert problem.key == "line 30"
    assert "'headin' is undefined" in problem.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("data.heading", "data.headng"), "headng"),
        (("#set text(", "#set txt("), "txt"),
        (('rgb("#1f4e5f")', 'rgb("#1f4e5'), "unclosed delimiter"),
        (None, "is missing"),
    ],
)
def test_a_certificate_that_cannot_be_made_is_told_by_check(
    tmp_path: Path, change: tuple[str, str] | None, words: str
) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "config.toml", tmp_path)
    path = tmp_path / "templates" / "certificate" / "certificate.typ"
    if change is None:
        path.unlink()
    else:
        assert change[0] in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(*change), "utf-8")
    where = Places(config=tmp_path / "config.toml", rules=ROOT / "rules", templates=tmp_path / "templates")
    problems = check_everything(where, offline=True)
    assert [problem.key for problem in problems] == ["fr", "nl", "en", "de"]
    for problem in problems:
        assert problem.file.endswith("certificate/certificate.typ")
        assert words in problem.message
        assert problem.remedy


def test_without_typst_it_is_told_where_certificates_are_offered_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "installed", lambda: False)
    shutil.copy(ROOT / "config.toml", tmp_path)
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    where = Places(config=tmp_path / "config.toml", rules=tmp_path / "rules", templates=ROOT / "templates")
    path = tmp_path / "rules" / "events" / "album.toml"
    text = path.read_text("utf-8")
    if "[certificate]" not in text:
        assert check_everything(where, offline=True) == ()
        path.write_text(text + '\n[certificate]\nsignatory = "Ann Person"\n', "utf-8")
    (problem,) = check_everything(where, offline=True)
    assert problem.remedy == "Run: pip install 'mailbot[certificates]'"
    assert "album" in problem.message


def _desk() -> Desk:
    words = Localized(fr="Accueil")
    return replace(Desk(name=words, addresses=("desk@town.example",), signature=words), secret=b"x" * 32)

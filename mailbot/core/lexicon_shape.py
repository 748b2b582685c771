"""What a lexicon file may say: every meaning with an explanation for whoever adds words, and what contradicts what."""

from __future__ import annotations

from collections.abc import Mapping

#: the topics that people ask about; templates answer them from the event file
TOPICS: Mapping[str, str] = {
    "when": "asks for the day or the hour",
    "where": "asks for the place",
    "access": "asks how to get there, for parking, lifts, step-free access",
    "language": "asks in which language it is held",
    "interpretation": "asks whether it is interpreted or subtitled",
    "price": "asks what it costs",
    "how-to-register": "asks how one registers, or whether one must",
    "opening": "asks from when one can register",
    "deadline": "asks until when one can register",
    "replay": "asks for a recording",
    "slides": "asks for slides or documents shown",
    "minutes": "asks for a report of what was said",
    "photos": "asks for pictures",
    "survey": "asks for the survey",
    "pickup-where": "asks where the item can be picked up",
    "pickup-hours": "asks when the item can be picked up",
    "pickup-what": "asks what the item is",
    "online-link": "asks for the link",
    "mode": "asks whether it is online or in person",
    "speakers": "asks who speaks",
    "programme": "asks what is on the programme",
    "conditions": "asks what one must fulfil",
    "members": "asks whether it is for members only",
    "organiser": "asks who organises it, or whom to call",
    "certificate": "asks for a certificate of attendance",
    "technical": "asks about programs and devices: a person answers",
}

#: the words for small numbers, which ``#`` in a phrase stands for
NUMBERS: tuple[str, ...] = tuple(f"number.{n}" for n in range(2, 11))

#: lists that phrases may name in braces: "je … {attend}"
GROUPS: Mapping[str, str] = {
    "group.attend": "verbs for taking part, as they stand after a subject: 'attend', 'teilnehmen'",
}

#: the names of languages, to see whether one that is asked about is offered
TONGUES: tuple[str, ...] = ("fr", "nl", "en", "de")

MEANINGS: Mapping[str, str] = {
    **GROUPS,
    **{f"tongue.{code}": f"single words for the language {code}" for code in TONGUES},
    "language.words": "frequent single words that only, or mostly, this language has",
    "language.greetings": "how a mail begins",
    "language.closings": "how a mail ends, before the name",
    "clause.but": "words that begin a new thought: 'but', 'because'",
    "clause.then": "words that begin a new thought only after a comma or a line: 'so', 'however'",
    "clause.or": "or, between two things that are asked",
    "clause.negation": "words that deny: 'not', 'no', 'never'",
    "clause.giving-up": "says that what stands beside it is given up or not possible: 'I cannot come'",
    "clause.instead": "begins what is given up for something else: 'instead of', 'rather than'",
    "clause.hypothesis": "begins a condition or an idea: 'if I', 'supposing', 'before I'",
    "clause.past": "speaks of what was: 'last year', 'I took part'",
    "clause.unchanged": "says that what stands beside it stays as it is: 'nothing changes for'",
    "clause.of-others": "speaks of one of the sender's own people, not of the sender: 'my son', 'my partner'",
    "clause.nobody": "a pronoun that means nobody: 'il y a', 'es ist'",
    "clause.reported": "gives somebody else's words: 'she told me that'",
    "intent.register": "the sender wants to take part: 'sign me up'",
    "intent.register-other": "somebody is to take part, not said who: 'would like to attend', 'please register'",
    "intent.comes": "says of somebody named that he or she comes: 'comes', 'will attend'",
    "intent.register-noun": "the bare word for a registration, enough in a subject or a form",
    "intent.not-register": "looks like taking part and is not: 'I come from', 'I attended'",
    "intent.present": "says yes to an invitation: 'count me in', 'I'll be there'",
    "intent.cancel": "gives up a registration: 'cancel my registration', 'take me off the list'",
    "intent.not-cancel": "looks like giving up a registration and is not: 'nothing to cancel', 'I cancelled my meeting'",
    "intent.absent": "cannot come: 'I can't make it', 'I am ill'",
    "intent.decline": "does not register: 'I won't register this time'",
    "intent.later": "does not decide yet: 'I still have to ask', 'nothing to note for now'",
    "intent.change": "wants something of a registration to be otherwise: 'move me to', 'rather than'",
    "intent.correct": "corrects a detail: 'my name is misspelt', 'new address'",
    "intent.replace": "somebody else comes: 'in my place'",
    "intent.registered": "speaks of a registration that exists: 'I am registered for'",
    "intent.confirmation": "words in the subject of our own confirmations",
    "intent.ask": "asks without a question mark: 'I would like to know'",
    "intent.impersonal": "asks what anybody may or must do: 'can one', 'does one have to'",
    "intent.polite": "a request in the form of a question: 'could you please'",
    "intent.thanks": "thanks for something that was done or sent",
    "intent.noted": "acknowledges: 'well received', 'noted', 'see you on Thursday'",
    "intent.rhetorical": "a question that wants no answer: 'how are you?'",
    "doubt.complaint": "complains",
    "doubt.privacy": "wants personal data erased, shown or corrected by law",
    "doubt.press": "a journalist",
    "doubt.legal": "threatens with, or comes from, the law",
    "doubt.suspicious": "phishing and the like",
    "doubt.exception": "asks for an exception",
    "doubt.condition": "registers only under a condition",
    "doubt.needs": "tells a need that a person must arrange: wheelchair, allergy, sign language",
    "person.me": "the sender too: 'myself', 'and me'",
    "person.i-myself": "the sender set apart from those named: 'I myself', 'as for me'",
    "person.done-before": "with 'I myself': has taken part already",
    "person.self": "single words for the sender inside a phrase: 'me', 'us'",
    "person.first": "single words for the sender as a subject: 'I', 'we'",
    "person.third": "single words for somebody else: 'she', 'his'",
    "person.we": "single words for the sender with others: 'we', 'our'",
    "person.and": "single words that tie names together: 'and'",
    "person.relation": "what somebody is to the sender: 'my colleague', 'our director'",
    "person.with": "says that somebody comes along: 'together with'",
    "person.in-copy": "says that somebody meant stands in copy: 'in cc'",
    "person.behalf": "for somebody else: 'on behalf of'",
    "person.group": "how many come; # stands for a number: 'we will be #'",
    "person.unnamed": "companions who are not named: 'and a colleague'",
    "person.source": "somebody who only told about it: 'advised by'",
    "person.speaker": "after a name: its owner only told or writes: 'mentioned', 'who writes'",
    "person.name-is": "says a name: 'my name is'",
    "person.honorific": "single words before a name: 'Mrs', 'Dr', ranks",
    "person.organisation": "single words that organisations have in their names",
    "person.function": "single words for somebody's work, which are no names",
    "person.no-name": "single words that begin with a capital and are no names",
    "person.particle": "small words inside family names: 'van', 'de'",
    "form.name": "the label of a name in a form",
    "form.first-name": "the label of a first name",
    "form.last-name": "the label of a family name",
    "form.email": "the label of an address",
    "form.organisation": "the label of an organisation",
    "form.phone": "the label of a telephone number",
    "form.message": "the label of free text",
    **{f"number.{n}": f"the word for {n}" for n in range(2, 11)},
    **{f"question.{topic}": told for topic, told in TOPICS.items()},
}

#: meanings whose entries are looked up as single words
WORD_LISTS: frozenset[str] = frozenset(
    {
        "language.words",
        "person.self",
        "person.and",
        "person.we",
        "person.third",
        "person.first",
        "person.honorific",
        "person.organisation",
        "person.function",
        "person.no-name",
        "person.particle",
        *(f"number.{n}" for n in range(2, 11)),
        *(f"tongue.{code}" for code in TONGUES),
    }
)

#: groups of meanings of which one phrase may have only one
CONTRADICTING: tuple[tuple[str, ...], ...] = (
    (
        "intent.register",
        "intent.register-other",
        "intent.not-register",
        "intent.present",
        "intent.cancel",
        "intent.not-cancel",
        "intent.absent",
        "intent.decline",
        "intent.later",
        "intent.registered",
        "intent.thanks",
        "intent.rhetorical",
    ),
    ("intent.change", "intent.not-cancel", "intent.cancel", "intent.decline"),
    ("person.honorific", "person.organisation"),
    tuple(f"number.{n}" for n in range(2, 11)),
    tuple(f"question.{topic}" for topic in TOPICS),
)

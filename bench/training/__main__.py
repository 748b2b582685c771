"""``make model``: teach the models from all labelled mails, texts and mentions; ``make model ARGS=--measure``: tell what they are worth.

Exit codes: 0 done, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bench.training.fit import fit
from bench.training.lessons import lessons
from bench.training.mails import ROOT, Labelled, author_of, labelled_mails
from bench.training.measure import Judged, judge, read, table
from bench.training.standing import Mentioned, mentioned
from bench.training.standing import fit as fit_standing
from mailbot.core.opinion import NO_OPINION, opinion_model_from
from mailbot.core.standing import NO_STANDING, StandingModel, standing_model_from

OPINION = ROOT / "rules" / "reading" / "opinion.json"
STANDING = ROOT / "rules" / "reading" / "standing.json"


def written(model: Mapping[str, object]) -> str:
    """One feature a line, so that two models can be compared."""

    values = []
    for name, value in model.items():
        rows = ",\n".join(_row(*row) for row in value.items()) if isinstance(value, dict) else ""
        values.append(f'"{name}":{{\n{rows}\n}}' if rows else f'"{name}":{json.dumps(value)}')
    return "{" + ",\n".join(values) + "}\n"


def _row(key: str, row: Sequence[int]) -> str:
    return f"{json.dumps(key, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}"


def measure(mails: Sequence[Labelled], authors: Collection[str]) -> None:
    mentions = tuple(mentioned())
    taught = tuple(lessons(_standing(mentions)))
    rows: dict[str, list[tuple[Judged, Judged]]] = defaultdict(list)
    for author in sorted({author_of(mail.folder) for mail in mails}):
        if authors and author not in authors:
            continue
        standing = _standing([each for each in mentions if each.author != author])
        opinion, problems = opinion_model_from(fit([lesson for lesson in taught if lesson.author != author]), author)
        assert opinion is not None, problems
        for mail in mails:
            if author_of(mail.folder) == author:
                before = judge(mail.label, read(mail, NO_OPINION, NO_STANDING))
                rows[mail.folder].append((before, judge(mail.label, read(mail, opinion, standing))))
    print("\n".join(table(rows)))


def _standing(taught: Sequence[Mentioned]) -> StandingModel:
    model, problems = standing_model_from(fit_standing(taught), STANDING.name)
    assert model is not None, problems
    return model


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.training", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="write nothing; leave out one author at a time")
    parser.add_argument("--author", action="append", default=[], help="with --measure: this one only")
    given = parser.parse_args()
    if given.measure:
        measure(tuple(labelled_mails()), given.author)
        return
    OPINION.parent.mkdir(exist_ok=True)
    mentions = tuple(mentioned())
    STANDING.write_text(written(fit_standing(mentions)), "utf-8")
    print(f"{STANDING.relative_to(ROOT)}: taught from {len(mentions)} mentions, {STANDING.stat().st_size} bytes")
    taught = tuple(lessons(_standing(mentions)))
    OPINION.write_text(written(fit(taught)), "utf-8")
    print(f"{OPINION.relative_to(ROOT)}: taught from {len(taught)} texts, {OPINION.stat().st_size} bytes")


if __name__ == "__main__":
    main()

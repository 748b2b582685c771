"""``make model``: teach the models from all labelled mails and texts; ``make model ARGS=--measure``: tell what they are worth.

Exit codes: 0 done, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bench.training.fit import fit
from bench.training.lessons import Lesson, lessons
from bench.training.mails import ROOT, Labelled, author_of, labelled_mails
from bench.training.measure import Judged, judge, read, table
from mailbot.core.opinion import NO_OPINION, OpinionModel, opinion_model_from

MODEL = ROOT / "rules" / "reading" / "opinion.json"


def written(model: Mapping[str, object]) -> str:
    """One feature a line, so that two models can be compared."""

    def table(name: str) -> str:
        rows = model[name]
        assert isinstance(rows, dict)
        return ",\n".join(
            f"{json.dumps(key, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}"
            for key, row in rows.items()
        )

    return (
        f'{{"columns":{json.dumps(model["columns"])},\n"bias":{json.dumps(model["bias"])},\n'
        f'"signs":{{\n{table("signs")}\n}},\n"features":{{\n{table("features")}\n}}}}\n'
    )


def measure(mails: Sequence[Labelled], taught: Sequence[Lesson], authors: Collection[str]) -> None:
    rows: dict[str, list[tuple[Judged, Judged]]] = defaultdict(list)
    for author in sorted({author_of(mail.folder) for mail in mails}):
        if authors and author not in authors:
            continue
        model, problems = opinion_model_from(fit([lesson for lesson in taught if lesson.author != author]), author)
        assert model is not None, problems
        for mail in mails:
            if author_of(mail.folder) == author:
                rows[mail.folder].append((_judged(mail, NO_OPINION), _judged(mail, model)))
    print("\n".join(table(rows)))


def _judged(mail: Labelled, model: OpinionModel) -> Judged:
    return judge(mail.label, read(mail, model))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.training", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="write nothing; leave out one author at a time")
    parser.add_argument("--author", action="append", default=[], help="with --measure: this one only")
    given = parser.parse_args()
    taught = tuple(lessons())
    if given.measure:
        measure(tuple(labelled_mails()), taught, given.author)
        return
    MODEL.parent.mkdir(exist_ok=True)
    MODEL.write_text(written(fit(taught)), "utf-8")
    print(f"{MODEL.relative_to(ROOT)}: taught from {len(taught)} texts, {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""``make model``: teach the second opinion from all labelled mails; ``make model ARGS=--measure``: tell its worth.

Exit codes: 0 done, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bench.training.fit import fit
from bench.training.mails import ROOT, Labelled, author_of, counts_of, is_taught, labelled_mails
from bench.training.measure import NEUTRAL, Judged, judge, read, table
from mailbot.core.second_opinion import KindModel, kind_model_from

MODEL = ROOT / "rules" / "reading" / "kinds.json"


def taught(mails: Sequence[Labelled]) -> dict[str, object]:
    lessons = [mail for mail in mails if is_taught(mail)]
    return fit([counts_of(mail) for mail in lessons], [mail.label["kind"] for mail in lessons])


def written(model: Mapping[str, object]) -> str:
    """One feature a line, so that two models can be compared."""
    features = model["features"]
    assert isinstance(features, dict)
    lines = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}"
        for name, row in features.items()
    )
    return (
        f'{{"kinds":{json.dumps(model["kinds"])},\n"bias":{json.dumps(model["bias"])},\n"features":{{\n{lines}\n}}}}\n'
    )


def measure(mails: Sequence[Labelled], authors: Collection[str]) -> None:
    rows: dict[str, list[tuple[Judged, Judged]]] = defaultdict(list)
    for author in sorted({author_of(mail.folder) for mail in mails}):
        if authors and author not in authors:
            continue
        data = taught([mail for mail in mails if author_of(mail.folder) != author])
        model, problems = kind_model_from(data, author)
        assert model is not None, problems
        for mail in mails:
            if author_of(mail.folder) == author:
                rows[mail.folder].append((_judged(mail, NEUTRAL), _judged(mail, model)))
    print("\n".join(table(rows)))


def _judged(mail: Labelled, model: KindModel) -> Judged:
    return judge(mail.label, read(mail, model))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.training", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="write nothing; leave out one author at a time")
    parser.add_argument("--author", action="append", default=[], help="with --measure: this one only")
    given = parser.parse_args()
    mails = tuple(labelled_mails())
    if given.measure:
        measure(mails, given.author)
        return
    MODEL.parent.mkdir(exist_ok=True)
    MODEL.write_text(written(taught(mails)), "utf-8")
    print(
        f"{MODEL.relative_to(Path.cwd()) if MODEL.is_relative_to(Path.cwd()) else MODEL}: {MODEL.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()

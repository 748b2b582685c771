"""The command line: one line a command, each in the module of its subject."""

from __future__ import annotations

import typer

from mailbot.cli import explaining, lists, review, running

app = typer.Typer(
    name="mailbot",
    help="A registration desk that lives in a mailbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(running.run)
app.command()(running.once)
app.command()(running.demo)
app.command()(explaining.explain)
app.command()(explaining.replay)
app.command()(lists.check)
app.command()(lists.events)
app.command()(lists.digest)
app.command()(lists.status)
app.add_typer(review.holds, name="holds")
app.add_typer(lists.registrations, name="registrations")

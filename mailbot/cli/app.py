"""The command line: one line a command, each in the module of its subject.

A command's module is imported when the command is named: together they bring a database, a calendar and a mail library,
1.5 s of CPU, which ``--help`` and the other commands do not need.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

#: name -> (module of ``mailbot.cli``, function or group in it, what it does in one line)
COMMANDS = {
    "run": ("running", "run", "The daemon: read, decide, record, answer."),
    "once": ("running", "once", "One poll of every mailbox and everything that is due."),
    "demo": ("running", "demo", "Sample mails, a mail server in memory, the real daemon."),
    "explain": ("explaining", "explain", "How saved mails are read and would be answered."),
    "replay": ("explaining", "replay", "Saved mails, in order, through the whole decision."),
    "check": ("lists", "check", "Every problem of the files and servers, with its remedy."),
    "events": ("catalogue", "events", "The events; what changed of them, and telling people."),
    "moments": ("moments", "moments", "What goes out by itself next: reminders, thanks."),
    "digest": ("lists", "digest", "The organisers' digests as they would go out now."),
    "status": ("lists", "status", "What is on file, what waits, what is wrong."),
    "holds": ("review", "holds", "What waits for a coordinator."),
    "attendance": ("attendance", "attendance", "The list for the door, who came, certificates."),
    "registrations": ("duplicating", "registrations", "Who is registered for what."),
    "pickups": ("pickups", "pickups", "Who collects what where."),
}


class Commands(TyperGroup):
    """The commands by name, each made when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        names: Any = dict.fromkeys(COMMANDS)
        self.commands = names  # typer looks here for "Did you mean 'holds'?"

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        found = getattr(import_module(f"mailbot.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(cmd_name)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])


app = typer.Typer(
    name="mailbot",
    cls=Commands,
    help="A registration desk that lives in a mailbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"mailbot {version('mailbot')}\n")
        raise typer.Exit


@app.callback()
def _group(
    shown: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A callback makes it a group, though no command is registered with it."""

"""``service.ports.Transaction`` on one connection: the parts put together, and what spans them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from mailbot.adapters.store.asking import Asking
from mailbot.adapters.store.errors import translated
from mailbot.adapters.store.event_changes import EventChanges
from mailbot.adapters.store.incoming import Incoming
from mailbot.adapters.store.inviting import Inviting
from mailbot.adapters.store.merging import Merging
from mailbot.adapters.store.outgoing import Outgoing
from mailbot.adapters.store.remembering import Remembering
from mailbot.adapters.store.reviewing import Reviewing
from mailbot.adapters.store.telling import TellingOf
from mailbot.core.decisions import (
    CloseHold,
    Effect,
    Enqueue,
    OpenHold,
    Processed,
    PutConfirmation,
    PutInvitation,
    PutRegistration,
    PutReservation,
    RecordBounce,
    SilenceReminders,
)


class SqlTransaction(Incoming, Inviting, EventChanges, Outgoing, Reviewing, Remembering, Asking, TellingOf, Merging):
    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with translated(self._dbapi):
            self._run("SAVEPOINT mailbot", {})
            try:
                yield
            except BaseException:
                # An inner savepoint of the same name hides the outer one until it is released.
                self._run("ROLLBACK TO SAVEPOINT mailbot", {})
                self._run("RELEASE SAVEPOINT mailbot", {})
                raise
            self._run("RELEASE SAVEPOINT mailbot", {})

    def apply(self, processed: Processed) -> int:
        """Raises ``RuleViolated`` for a key that is in the ledger already."""
        with translated(self._dbapi):
            mail_id, at = self._store_mail(processed), processed.processed_at
            for effect in processed.decision.effects:
                if isinstance(effect, OpenHold):
                    self._open_hold(effect, mail_id, at)
                elif isinstance(effect, RecordBounce):
                    self._record_bounce(effect, mail_id, at)
            self.carry_out(processed.decision.effects, at)
            return mail_id

    def carry_out(self, effects: Iterable[Effect], at: datetime) -> None:
        with translated(self._dbapi):
            for effect in effects:
                match effect:
                    case PutRegistration(registration=registration, change=change, limits=limits):
                        self.put_registration(registration, change, at, limits)
                    case PutReservation(reservation=reservation, stock=stock):
                        self.put_reservation(reservation, stock)
                    case PutConfirmation(confirmation=confirmation):
                        self.put_confirmation(confirmation)
                    case CloseHold(id=id):
                        self._settle_hold(id, at)
                    case PutInvitation(invitation=invitation):
                        self.put_invitation(invitation)
                    case Enqueue(message=message):
                        self.enqueue(message, at)
                    case SilenceReminders(addresses=addresses):
                        for address in addresses:
                            self.stop_reminders(address, at)

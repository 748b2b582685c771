"""The store on SQL: everything that the desk knows, in one database."""

from mailbot.adapters.store.errors import ForbiddenTransition, Overbooked, RuleViolated
from mailbot.adapters.store.store import SqlStore, open_store
from mailbot.adapters.store.transaction import SqlTransaction

__all__ = ["ForbiddenTransition", "Overbooked", "RuleViolated", "SqlStore", "SqlTransaction", "open_store"]

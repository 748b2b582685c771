"""Makes ``rules/reading/kinds.json`` from labelled mails, and measures what it is worth: ``make model``."""

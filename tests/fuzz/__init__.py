"""``make fuzz``: broken mail by the million. Not part of the program, and not run by ``make test``."""

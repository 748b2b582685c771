"""A revision that landed is never edited: desks have run it. What is to change goes into a new one, and ``HEAD`` of
``store/migrate.py`` names it.
"""

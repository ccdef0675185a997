"""Invented people, organisations and challenges, carried through the real steps to the stage each is to show."""

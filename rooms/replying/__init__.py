"""Answers to e-mails: read, freed of what they quote, and said in the room they belong to."""

"""A sample team, for trying Rooms out: who is in it, what they say, and when."""

"""Finding what was said: an index of the pieces of words, kept by the message's verbs in their transaction.

Which messages may be meant, newest first, the database says from the index; whether they are is looked at in their own
rows, through what the person may read. So nothing depends on the index but the time it takes: what it has too much of
is not shown, and erased text goes with its row.
"""

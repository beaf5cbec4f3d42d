"""What the installation is doing: figures of every server process, for Prometheus and for administrators.

Knows the live layer and nothing of the chat: the second kind of feed there is, beside it.
"""

"""What a third party makes live. Nothing in here knows of the chat."""

"""What reaches people who are not looking: e-mail, pushes, webhooks, a feed of their own."""

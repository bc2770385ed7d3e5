"""Staff: accounts, log-in, sessions, tokens and what each role may do."""

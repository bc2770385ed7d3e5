"""E-mail: a mailbox of the city, read over IMAP and answered over SMTP."""

"""The whole product from outside: real processes, real browsers, real kills."""

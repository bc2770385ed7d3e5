"""Weekly markets: their days, what holidays do to them, and the answers about them."""

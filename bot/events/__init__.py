"""Events: what changed, in the same transaction as the change; they feed the live pages."""

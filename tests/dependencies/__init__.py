"""What the product is made of: licences, and known vulnerabilities. `make audit` prints both."""

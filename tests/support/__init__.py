"""What tests are made from: databases, servers, citizens."""

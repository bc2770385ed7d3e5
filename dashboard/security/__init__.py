"""The web's guards: headers, body limits, request ids, cookies, forgery protection."""

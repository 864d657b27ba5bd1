"""Messages to people: the inbox of the app, web push, e-mail, SMS."""

"""The door for holders of one-time links: one notice, read and answered without an account.

Everything here asks for the link's token and key in headers, and nothing else in the house accepts them.
"""

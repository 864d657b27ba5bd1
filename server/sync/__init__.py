"""Commands pushed by phones and changes pulled by them."""

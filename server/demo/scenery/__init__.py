"""The drawn photographs: a painter, the things it can paint, and the scenes made of them."""

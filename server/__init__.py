"""Xunjian 巡检: field inspection of residential property management. `server.app` is the way in."""

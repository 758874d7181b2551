"""The doors: the only HTTP, WebSocket and HTML."""

"""The world that we call, and never trust."""

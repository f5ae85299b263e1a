"""Other programs are told of what happens: signed calls, made again until they arrive, in a log."""

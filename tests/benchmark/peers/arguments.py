"""Arguments that the peers' programs have in common."""
import argparse


def positive(kind):
    """A number of this kind above 0."""
    def parsed(text):
        value = kind(text)
        if not 0 < value < 1e15:
            raise argparse.ArgumentTypeError(f"must be > 0, got {text}")
        return value
    parsed.__name__ = "whole number" if kind is int else "number"
    return parsed

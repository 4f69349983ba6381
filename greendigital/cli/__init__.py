"""The command line: it parses, calls the library and prints. The only place with Typer, printing and exit codes."""

from greendigital.cli.app import main

__all__ = ["main"]

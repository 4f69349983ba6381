"""The formulae: resolution tables and one body each for hardware and cloud."""

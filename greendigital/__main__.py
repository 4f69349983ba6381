"""``python -m greendigital``."""

from greendigital.cli import main

if __name__ == "__main__":
    main()

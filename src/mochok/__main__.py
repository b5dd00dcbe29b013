"""``python -m mochok``."""

from mochok.cli import main

if __name__ == "__main__":
    main()

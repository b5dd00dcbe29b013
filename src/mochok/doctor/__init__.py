"""The checks of ``mochok install``: what a scheduled run needs. Every result is a value."""

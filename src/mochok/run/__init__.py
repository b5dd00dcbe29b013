"""The use case: bring one configuration's folder to its prefix, and do so for all of them."""

"""One suite for every implementation of the hospital port."""

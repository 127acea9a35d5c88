"""The messaging edge: what comes in is checked and handed over, what goes out is rendered."""

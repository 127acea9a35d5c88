"""Which entry, or which other label, a message means: vectors, a trained scorer, a live index."""

"""The library: reads the staff's folder `knowledge/`, checks it, and answers look-ups from it."""

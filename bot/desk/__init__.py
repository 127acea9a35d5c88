"""The staff's side: what is delivered outside a turn, and, later, the pages staff work with."""

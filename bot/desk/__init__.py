"""The staff's side: what is delivered outside a turn, and the commands that staff give."""

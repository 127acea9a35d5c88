"""The platforms' own side, played over real HTTP on the loopback address."""

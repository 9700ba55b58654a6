"""Ways to learn, one file a family: `rule(own, other, key)` is a direction."""

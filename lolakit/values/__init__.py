"""What play is worth: `values(own, other, key) -> [mine, theirs]`, exact or sampled."""

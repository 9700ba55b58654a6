"""A rule with a step and a start, learners with a model; play, and tournaments."""

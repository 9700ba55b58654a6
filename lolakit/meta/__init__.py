"""Learning to shape learners: the meta-game, M-FOS and M-MAML."""

"""Ten rounds, and what four learners make of them: worked out apart from the library.

The fractions come from a plain loop over dictionaries, with the policy steps in the form of
Bowling and Veloso for any number of actions. Rewards are 3, 0, 5, 1; alpha and gamma are 1/2,
tables begin at 0, policies at 1/2. One line by hand: in round 5 the state is CD and play is
DC, which earns 5 and leads to DC, worth 1/2 so far: (1/2)(5 + (1/2)(1/2)) = 21/8.
"""

from fractions import Fraction

import jax
import jax.numpy as jnp

from lolakit import STATES, Round

OWN, OTHER = "CDDCDCCDDC", "CCDDCDCCDC"
PAYOFF = {"CC": 3.0, "CD": 0.0, "DC": 5.0, "DD": 1.0}
WROTE = "3/2 5/2 1/2 0 21/8 21/32 17/8 501/128 3/4 1269/512"
"""What each round wrote into the cell of its state and action: the same in all four."""


def numbers(text):
    return [float(Fraction(x)) for x in text.split()]


def rounds():
    """The ten rounds as the player in the first seat saw them."""
    played = [a + b for a, b in zip(OWN, OTHER, strict=True)]
    before = ["start", *played[:-1]]
    for state, pair in zip(before, played, strict=True):
        a, b = ("CD".index(x) for x in pair)
        where, after = STATES.index(state), STATES.index(pair)
        seen = (where, a, b, PAYOFF[pair], after)
        yield Round(*(jnp.asarray(x) for x in seen))


def learn(learner):
    """Yield (round, theta, state) after each of the ten updates."""
    key = jax.random.key(0)
    theta, state = learner.init(key)
    for seen in rounds():
        theta, state = learner.update(key, theta, seen, state)
        yield seen, theta, state

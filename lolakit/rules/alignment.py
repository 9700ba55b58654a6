"""Advantage Alignment and LOQA: shaping with first derivatives only.

LOLA asks how my parameters turn the other's *step*, which is a second derivative. These two
ask how they turn the other's *preferences*. Say the other plays softmax(beta q), q what its
actions are worth to it. Then what I will do later moves q now, and with it the other's play::

    grad_own log pi_other(b_k)  =  beta grad_own q(s_k, b_k)  +  what does not depend on b_k
    grad_own q(s_k, b_k)        =  E sum_{t > k} gamma^(t-k) A_other,t grad_own log pi_own(a_t)

Weighed with gamma^k A_own,k, as in any policy gradient, and summed over k::

    gamma^t [ A_own,t  +  beta A_other,t sum_{k < t} A_own,k ] grad_own log pi_own(a_t)

In words: where things went well for me, do what is good for the other, else what is bad.
Duque et al. (2025), "Advantage Alignment Algorithms"; Aghajohari et al. (2024), "LOQA".
"""

from collections.abc import Callable

import jax
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, World
from lolakit.values.advantages import (
    Critic,
    check_rounds,
    fitted_critic,
    gae,
    past_sum,
)
from lolakit.values.baselines import PerRound, discounts
from lolakit.values.rollouts import (
    LogProb,
    Sampler,
    Trajectory,
    log_prob,
    rollout,
    sampler_of,
)


def aligned(
    own: PerRound, other: PerRound, *, weight: Scalar, decay: Scalar
) -> PerRound:
    """Return advantages that look after the other where it has done well by me::

        A_t  =  own_t + weight * other_t * sum_{k < t} decay^(t - k) own_k

    Put it where a policy gradient, or PPO, has an advantage. If round t is to count gamma^t,
    as in the derivative of a discounted value, then decay = 1 and gamma^t goes before all of
    A_t; if every round counts alike, as in most code, then decay = gamma. The paper (and its
    code's README) has decay = gamma and weight = beta gamma.
    Duque et al. (2025), the equation of A*.

    Args:
        own: my advantages [batch, horizon].
        other: the other's [batch, horizon], of the same rounds.
        weight: beta, how sharply the other's play follows what it is worth to it.
        decay: from 0 to 1.

    Returns:
        A [batch, horizon].

    Raises:
        ValueError: for arrays of other shapes, a weight that is no finite number, or a decay
            outside [0, 1].

    >>> import jax.numpy as jnp
    >>> A_1, A_2 = jnp.array([[1.0, -1.0, 0.0]]), jnp.array([[1.0, 1.0, 2.0]])
    >>> aligned(A_1, A_2, weight=1.0, decay=0.5).tolist()
    [[1.0, -0.5, -0.5]]
    """
    weight = _validate.finite_scalar("weight", weight)
    check_rounds("own", own)
    past = past_sum(own, decay)
    _validate.float_array("other", other, own.shape, "It is that of `own`.")
    return own + _validate.as_dtype(weight, own.dtype) * past * other


def chosen(
    q: Float[Array, "batch horizon actions"],
    actions: Array,
    estimate: PerRound,
    temperature: Scalar = 1.0,
) -> PerRound:
    """Return how likely LOQA takes the other's actions to be::

        pi_t = softmax(q_t / temperature)[b_t],   with q_t[b_t] replaced by an estimate

    Aghajohari et al. (2024), equation of the approximated policy.

    Args:
        q: what a critic says that each action is worth to the other
            [batch, horizon, actions].
        actions: what it did [batch, horizon], integers.
        estimate: what that was worth in this game, its sampled return [batch, horizon].
        temperature: tau, above 0.

    Returns:
        pi [batch, horizon].

    Raises:
        ValueError: for arrays of other shapes, actions out of range, or a temperature that
            is not positive.
    """
    temperature = _validate.positive("temperature", temperature)
    if not hasattr(q, "dtype") or np.ndim(q) != 3:
        what = "an array [batch, horizon, actions]"
        raise ValueError(f"q: expected {what}, got {_validate.shown(q)}")
    _validate.float_array("q", q, q.shape)
    _validate.float_array("estimate", estimate, q.shape[:2])
    _validate.indices("actions", actions, q.shape[2])
    if np.shape(actions) != q.shape[:2]:
        raise ValueError(
            f"actions: expected shape {q.shape[:2]}, got {np.shape(actions)}"
        )
    did = jax.nn.one_hot(actions, q.shape[2], dtype=q.dtype)
    mixed = did * estimate[..., None] + (1 - did) * q
    pi = jax.nn.softmax(mixed / _validate.as_dtype(temperature, q.dtype))
    return (did * pi).sum(axis=-1)


def surrogate(log_pi: PerRound, weights: PerRound) -> Float[Array, ""]:
    """Return the mean over games of the sum over rounds of weights * log pi.

    Its value means nothing. Its gradient is the policy gradient with these weights, to be
    climbed; the weights themselves are not differentiated.

    Args:
        log_pi: of the actions that were drawn [batch, horizon].
        weights: such as `aligned` advantages [batch, horizon].

    Returns:
        One number.

    Raises:
        ValueError: for arrays of other shapes.
    """
    if not hasattr(log_pi, "dtype") or np.ndim(log_pi) != 2:
        what = "an array [batch, horizon]"
        raise ValueError(f"log_pi: expected {what}, got {_validate.shown(log_pi)}")
    _validate.float_array("log_pi", log_pi, log_pi.shape)
    _validate.float_array("weights", weights, log_pi.shape)
    weights = lax.stop_gradient(weights).astype(log_pi.dtype)
    return (weights * log_pi).sum() / len(log_pi)


def advantage_alignment(
    game: World,
    *,
    horizon: int,
    batch: int,
    weight: Scalar,
    decay: Scalar = 0.0,
    discounted: bool = True,
    critic: Critic = fitted_critic,
    sample: Sampler = rollout,
    log_prob: LogProb = log_prob,
) -> Rule:
    """Return Advantage Alignment: a policy gradient with `aligned` advantages::

        E sum_t gamma^t [ A_own,t + weight A_other,t sum_{k<t} A_own,k ] grad_own log pi_own(a_t)

    Both advantages are `gae` with this critic. The first term is the naive gradient. Of the
    other the rule needs its rewards and what it was in a position to see, but no derivative.

    Were A_own,k in the sum averaged over my own action of round k, this would be exactly the
    derivative for an other that plays softmax(beta q), the present round's action held fixed.
    As published it also holds the luck of my own draw, which the other is then repaid for.

    Args:
        game: what `sample` plays; the rule itself reads only `game.gamma`.
        horizon: rounds in a game, at least 2: of the last only the state is used.
        batch: games drawn for each update.
        weight: beta. With 0 it is the naive rule.
        decay: the lambda of `gae`. Above 0, what follows round t is part of the advantages
            before it, and their product with A_other,t biased; 0 keeps them apart.
        discounted: False leaves gamma^t away and puts gamma^(t-k) into the sum, as the
            published code does: for games that do not begin anew.
        critic: `fitted_critic`, or one like it.
        sample: draws play, like `rollout`.
        log_prob: log-probabilities of the policies, like `lolakit.log_prob`.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    Raises:
        ValueError: for a horizon below 2, a batch below 1, a weight that is no finite number,
            or a decay outside [0, 1].

    >>> from lolakit import prisoners_dilemma, tit_for_tat
    >>> game = prisoners_dilemma()
    >>> rule = advantage_alignment(game, horizon=8, batch=4, weight=1.0)
    >>> rule(tit_for_tat(), tit_for_tat(), jax.random.key(0)).shape
    (5,)
    """
    weight = _validate.finite_scalar("weight", weight)
    decay = _validate.fraction("decay", decay)

    def weigh(play: Trajectory, gamma: Scalar) -> PerRound:
        own, other = (
            gae(r, v, gamma, decay=decay)
            for r, v, _ in (_judged(critic, play, seat, gamma) for seat in (0, 1))
        )
        past = 1.0 if discounted else gamma
        return aligned(own, other, weight=weight, decay=past)

    return _rule(game, horizon, batch, weigh, discounted, critic, sample, log_prob)


def loqa(
    game: World,
    *,
    horizon: int,
    batch: int,
    temperature: Scalar = 1.0,
    decay: Scalar = 0.9,
    discounted: bool = True,
    critic: Critic = fitted_critic,
    sample: Sampler = rollout,
    log_prob: LogProb = log_prob,
) -> Rule:
    """Return LOQA: a policy gradient, and the gradient of how likely the other's play is::

        grad_own sum_t gamma^t A_own,t [ log pi_own(a_t) + log pi_t ],   pi_t as in `chosen`

    where the sampled return in pi_t depends on my later play. Worked out, it is Advantage
    Alignment with weight (1 - pi_k) / temperature for round k, and A_other the whole return
    less the critic's value::

        A_own,t  +  A_other,t sum_{k<t} decay^(t-k-1) A_own,k (1 - pi_k) / temperature

    times gamma^t grad_own log pi_own(a_t). Only the chosen action's worth is differentiated,
    which is why 1 - pi_k is there. Aghajohari et al. (2024), Algorithm 2, with the decay of
    Loaded DiCE.

    Args:
        game: what `sample` plays; the rule itself reads only `game.gamma`.
        horizon: rounds in a game, at least 2: of the last only the state is used.
        batch: games drawn for each update.
        temperature: tau of the softmax, in units of value.
        decay: how much of later play counts, above 0 and at most 1 (the published 0.9).
        discounted: as in `advantage_alignment`; the published code has False.
        critic: `fitted_critic`, or one like it.
        sample: draws play, like `rollout`.
        log_prob: log-probabilities of the policies, like `lolakit.log_prob`.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    Raises:
        ValueError: for a horizon below 2, a batch below 1, a temperature that is not
            positive, or a decay outside (0, 1].

    >>> from lolakit import prisoners_dilemma, tit_for_tat
    >>> rule = loqa(prisoners_dilemma(), horizon=8, batch=4)
    >>> rule(tit_for_tat(), tit_for_tat(), jax.random.key(0)).shape
    (5,)
    """
    temperature = _validate.positive("temperature", temperature)
    decay = _validate.positive("decay", _validate.fraction("decay", decay))

    def weigh(play: Trajectory, gamma: Scalar) -> PerRound:
        r, v, _ = _judged(critic, play, 0, gamma)
        own = gae(r, v, gamma)
        r, v, q = _judged(critic, play, 1, gamma)
        other = gae(r, v, gamma, decay=1.0)
        pi = chosen(q, play.actions[1][:, :-1], v[:, :-1] + other, temperature)
        past = past_sum(own * (1 - pi), decay if discounted else gamma * decay)
        return own + past * other / (decay * temperature)

    return _rule(game, horizon, batch, weigh, discounted, critic, sample, log_prob)


def _judged(
    critic: Critic, play: Trajectory, seat: int, gamma: Scalar
) -> tuple[Array, Array, Array]:
    """Return rewards and q of all rounds but the last, and v of all, of one seat."""
    states, actions, r = play.states[seat], play.actions[seat], play.rewards[seat]
    v, q = critic(states, actions, r, gamma)
    _validate.float_array("critic", v, r.shape, "It is the v that `critic` returned.")
    v, q = lax.stop_gradient((v, q))
    return r[:, :-1], v, q[:, :-1]


def _rule(
    game: World,
    horizon: int,
    batch: int,
    weigh: Callable[[Trajectory, Scalar], PerRound],
    discounted: bool,
    critic: Critic,
    sample: Sampler,
    log_prob: LogProb,
) -> Rule:
    """Return the policy gradient with the weights of `weigh`."""
    draw = sampler_of(game, horizon, batch, sample)
    _validate.whole("horizon", horizon, least=2)
    for name, function in (("critic", critic), ("log_prob", log_prob)):
        _validate.function(name, function)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        play = draw(own, other, key)
        weights = weigh(play, game.gamma)
        if discounted:
            weights = discounts(weights, game.gamma) * weights
        s, a = jax.tree.map(lambda x: x[:, :-1], (play.states[0], play.actions[0]))
        return jax.grad(lambda own: surrogate(log_prob(own, s, a), weights))(own)

    remember_game(rule, game)
    return rule

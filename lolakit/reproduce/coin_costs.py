"""What one step of two published trainings in the Coin Game costs, at their sizes.

Neither can be had whole in an hour, so one step of each is run and timed:

- LOLA-DiCE with GRUs: one update of both players. Zhao et al. (2022), the README of their code.
- M-FOS: one meta-episode, in which an opponent is born and learns, and the agent's PPO after
  it. Lu et al. (2022), the settings in their code.

The sizes are theirs. The networks are ours: theirs have convolutions (M-FOS), or a GRU for
the critic too (LOLA-DiCE).
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Float

from lolakit._field import dot
from lolakit.games.coin_game import VARIANTS, CoinGame, reset, rules
from lolakit.games.networks import (
    GRU,
    Layer,
    Policy,
    gru_policy,
    layer,
    mlp_policy,
    through,
    two_layers,
)
from lolakit.learners.actor_critic import ActorCritic, first_actor_critic
from lolakit.meta.ppo import clipped, normalised_returns
from lolakit.reproduce.coin import LOOKAHEAD, lola_dice
from lolakit.reproduce.storage import Run
from lolakit.types import Params, Scalar
from lolakit.values.baselines import returns
from lolakit.values.network_play import boards_played
from lolakit.values.rollouts import Trajectory

SIZES = {
    "LOLA-DiCE": {"updates": 50_000, "batch": 2000, "horizon": 50, "hidden": 64},
    "M-FOS": {"episodes": 1000, "batch": 512, "games": 16, "horizon": 15, "hidden": 16,
              "epochs": 16, "opponent_hidden": 8, "opponent_epochs": 80},
}  # fmt: skip
"""The published sizes. `updates` and `episodes` say how many steps the whole has."""

Step = Callable[[Any, Array], tuple[Any, Array]]
"""`step(state, key) -> (state, first)`; `first` is some number that shows what was done."""


def cost_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """One update of LOLA-DiCE, and one meta-episode of M-FOS."""
    del sizes
    lola, mfos = (
        {k: x for k, x in SIZES[name].items() if k not in ("updates", "episodes")}
        for name in SIZES
    )
    return {
        "LOLA-DiCE, one update": timed(*lola_update(**lola)),
        "M-FOS, one meta-episode": timed(*mfos_episode(**mfos)),
    }


def timed(start: Callable[[Array], Any], step: Step) -> Run:
    """Return the run of one step: `cost`, its seconds, compilation left out; and `first`."""
    programs: list[Any] = []

    def run(key: Array) -> dict[str, Any]:
        k_start, k_step = jax.random.split(key)
        state = start(k_start)
        if not programs:
            programs.append(jax.jit(step).lower(state, k_step).compile())
        begin = time.perf_counter()
        _, first = jax.block_until_ready(programs[0](state, k_step))
        return {"cost": jnp.float32(time.perf_counter() - begin), "first": first}

    return run


def lola_update(*, batch: int, horizon: int, hidden: int) -> tuple[Any, Step]:
    """Return (start, step) of LOLA-DiCE with GRUs: an update of both players at once.

    `first` is the length of both steps [2].
    """
    game = rules()
    policy = gru_policy(game.inputs, game.actions, hidden=hidden)
    one = lola_dice(game, policy, LOOKAHEAD, horizon=horizon, batch=batch)

    def step(both: Any, key: Array) -> tuple[Any, Array]:
        (theta_1, state_1), (theta_2, state_2) = both
        k_1, k_2 = jax.random.split(key)
        new_1 = one.update(k_1, theta_1, theta_2, state_1)
        new_2 = one.update(k_2, theta_2, theta_1, state_2)
        steps = [
            jax.tree.map(jnp.subtract, new[0], old)
            for new, old in ((new_1, theta_1), (new_2, theta_2))
        ]
        return (new_1, new_2), jnp.sqrt(jnp.stack([dot(x, x) for x in steps]))

    return lambda key: tuple(map(one.init, jax.random.split(key))), step


class Shaper(NamedTuple):
    """The agent of M-FOS: what acts, what guesses returns, and what looks back on games.

    After each game `look` has read all of it. What it remembers, mean over the batch, goes
    through `gate` and a sigmoid, and scales what `act` and `guess` remember in the next.
    """

    act: GRU
    guess: GRU
    look: GRU
    gate: Layer


class Shaping(NamedTuple):
    """What M-FOS is made of here: the game, the kinds of networks, and the sizes."""

    game: CoinGame
    acts: Policy
    guesses: Policy
    opponent: Policy
    start: Callable[[Array], ActorCritic]
    batch: int
    games: int
    horizon: int
    hidden: int
    epochs: int
    opponent_epochs: int


def shaping(
    *,
    batch: int,
    games: int,
    horizon: int,
    hidden: int,
    epochs: int,
    opponent_hidden: int,
    opponent_epochs: int,
) -> Shaping:
    """Return the meta-game of M-FOS, in its version of the Coin Game."""
    game = rules(**VARIANTS["M-FOS"])
    acts = gru_policy(game.inputs, game.actions, hidden=hidden)
    guesses = gru_policy(game.inputs, 1, hidden=hidden)
    opponent = mlp_policy(game.inputs, game.actions, hidden=opponent_hidden)
    start = first_actor_critic(game, opponent, hidden=opponent_hidden)
    return Shaping(game, acts, guesses, opponent, start, batch, games, horizon, hidden,
                   epochs, opponent_epochs)  # fmt: skip


def mfos_episode(**sizes: int) -> tuple[Any, Step]:
    """Return (start, step) of M-FOS: a meta-episode, and what the agent learns from it.

    `first` is R of both in the first game [2].
    """
    world, adam = shaping(**sizes), optax.adam(2e-4)

    def start(key: Array) -> Any:
        agent = fresh(world, key)
        return agent, adam.init(agent)

    def step(state: Any, key: Array) -> tuple[Any, Array]:
        play = meta_episode(world, state[0], key)
        G = standard(meta_returns(play.rewards[0], 0.995))
        acted = play.actions[0]
        old = lax.stop_gradient(judged(world, state[0], play.states[0], acted)[0])

        def loss(agent: Shaper) -> Array:
            return ppo_loss(*judged(world, agent, play.states[0], acted), old, G)

        R = jnp.stack([r[0].mean() for r in play.rewards])
        return descended(loss, adam, state, world.epochs), R

    return start, step


def fresh(world: Shaping, key: Array) -> Shaper:
    """Return an agent that has learned nothing."""
    k_act, k_guess, k_look, k_gate = jax.random.split(key, 4)
    act, look = world.acts.init(k_act), world.acts.init(k_look)
    gate = layer(k_gate, world.hidden, world.hidden, 0.3)
    return Shaper(act, world.guesses.init(k_guess), look, gate)


def meta_episode(world: Shaping, agent: Shaper, key: Array) -> Trajectory:
    """Play games against an opponent that begins anew, and learns by PPO after each.

    All games of the batch are against the one opponent. Returns the play, with leaves
    [games, batch, horizon, ...]; the agent sits in the first seat.
    """
    k_start, k_games = jax.random.split(key)
    rival, adam = world.start(k_start), optax.adam(0.005)

    def one(carry: Any, key: Array) -> tuple[Any, Trajectory]:
        (rival, state), gate = carry
        k_boards, k_play = jax.random.split(key)
        boards = jax.vmap(lambda k: reset(world.game, k))(
            jax.random.split(k_boards, world.batch)
        )
        thetas = gated(agent.act, gate), rival.policy
        play, _, _ = boards_played(world.game, (world.acts, world.opponent), thetas,
                                   boards, k_play, horizon=world.horizon)  # fmt: skip
        G = normalised_returns(play.rewards[1].T, 0.96).T
        loss = rival_loss(rival, play.states[1], play.actions[1], G)
        learned = descended(loss, adam, (rival, state), world.opponent_epochs)
        past = remembered(world.acts, agent.look, play.states[0])[:, -1].mean(axis=0)
        return (learned, jax.nn.sigmoid(through(agent.gate, past))), play

    first = (rival, adam.init(rival)), jnp.ones(world.hidden)
    return lax.scan(one, first, jax.random.split(k_games, world.games))[1]


def gated(net: GRU, gate: Float[Array, " hidden"]) -> GRU:
    """Return the network whose memory is scaled by `gate` before it is read out."""
    readout = net.readout
    return net._replace(readout=Layer(readout.W * gate[None], readout.b))


def remembered(
    policy: Policy, net: GRU, seen: Float[Array, "n horizon inputs"]
) -> Float[Array, "n horizon hidden"]:
    """Return what a network remembers after each round of each game."""

    def of_game(seen: Array) -> Array:
        def on(memory: Array, x: Array) -> tuple[Array, Array]:
            memory = policy.act(net, memory, x)[1]
            return memory, memory

        return lax.scan(on, policy.memory, seen)[1]

    return jax.vmap(of_game)(seen)


def judged(
    world: Shaping, agent: Shaper, seen: Array, acted: Array
) -> tuple[Array, Array]:
    """Return log-probabilities of what the agent did, and what it guesses will follow.

    Both [games, batch, horizon]; the gates are differentiated in the first alone.
    """
    flat = seen.reshape(-1, *seen.shape[2:])

    def all_of(policy: Policy, net: GRU) -> Array:
        return remembered(policy, net, flat).reshape(*seen.shape[:3], -1)

    past = all_of(world.acts, agent.look)[:, :, -1].mean(axis=1)
    after = jax.nn.sigmoid(through(agent.gate, past))
    gates = jnp.concatenate([jnp.ones_like(after[:1]), after[:-1]])[:, None, None]
    logits = through(agent.act.readout, gates * all_of(world.acts, agent.act))
    memory = lax.stop_gradient(gates) * all_of(world.guesses, agent.guess)
    v = through(agent.guess.readout, memory)[..., 0]
    return picked(jax.nn.log_softmax(logits), acted), v


def rival_loss(
    old: ActorCritic, seen: Array, acted: Array, G: Array
) -> Callable[[ActorCritic], Array]:
    """Return the opponent's loss: that of PPO, less 0.01 of its entropy."""
    log_pi = lambda theta: jax.nn.log_softmax(two_layers(theta.policy, seen))
    before = lax.stop_gradient(picked(log_pi(old), acted))

    def loss(theta: ActorCritic) -> Array:
        log_p = log_pi(theta)
        v = two_layers(theta.critic, seen)[..., 0]
        entropy = -(jnp.exp(log_p) * log_p).sum(axis=-1).mean()
        return ppo_loss(picked(log_p, acted), v, before, G) - 0.01 * entropy

    return loss


def picked(log_p: Array, acted: Array) -> Array:
    """Return the log-probabilities of the actions that were drawn."""
    return jnp.take_along_axis(log_p, acted[..., None], axis=-1)[..., 0]


def ppo_loss(log_p: Array, v: Array, old: Array, G: Array) -> Array:
    """Return the mean of (v - G)^2 / 2 less PPO's clipped gain, with a clip of 0.2."""
    gain = clipped(jnp.exp(log_p - old), G - lax.stop_gradient(v), 0.2)
    return (0.5 * (v - G) ** 2 - gain).mean()


def descended(
    loss: Callable[[Any], Array],
    adam: optax.GradientTransformation,
    state: tuple[Params, Any],
    epochs: int,
) -> tuple[Params, Any]:
    """Return (parameters, optimizer) after some steps down the gradient of a loss."""

    def epoch(state: tuple[Params, Any], _: None) -> tuple[tuple[Params, Any], None]:
        theta, memory = state
        step, memory = adam.update(jax.grad(loss)(theta), memory, theta)
        return (optax.apply_updates(theta, step), memory), None

    return lax.scan(epoch, state, None, length=epochs)[0]


def meta_returns(r: Float[Array, "games batch horizon"], gamma: Scalar) -> Array:
    """Return what follows each round, over all games of the meta-episode.

    What a board earns in later games is no longer its own: there the mean over the batch
    stands, since all meet the same opponent.
    """
    within = jax.vmap(returns, (0, None))(r, gamma)
    horizon = r.shape[2]

    def back(later: Array, mean: Array) -> tuple[Array, Array]:
        return mean + gamma**horizon * later, later

    means = within[:, :, 0].mean(axis=1)
    later = lax.scan(back, jnp.zeros_like(means[0]), means, reverse=True)[1]
    left = jnp.asarray(gamma, r.dtype) ** (horizon - jnp.arange(horizon)).astype(
        r.dtype
    )
    return within + later[:, None, None] * left[None, None]


def standard(G: Array) -> Array:
    """Return G less its mean, in units of its standard deviation."""
    return (G - G.mean()) / (G.std(ddof=1) + 1e-5)

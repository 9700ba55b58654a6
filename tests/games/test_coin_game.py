"""The Coin Game: its rules against a slow reference, and what must hold in every variant."""

import itertools
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lolakit.games import coin_game as coins
from lolakit.games import coin_players

GAMES = {name: coins.rules(**rules) for name, rules in coins.VARIANTS.items()} | {
    "plain": coins.rules(),
    "random colours": coins.rules(colour="random", memory=True),
    "4 x 4, blue's ties": coins.rules(size=4, tie="blue", stay=True, episode=7),
}


ROUNDS = 10_000


@pytest.fixture(params=GAMES)
def name(request):
    return request.param


@cache
def walk(name):
    """Return the boards before each of ROUNDS, all actions, rewards, and the boards after."""
    game = GAMES[name]

    def round_(state, key):
        k_act, k_step = jax.random.split(key)
        actions = jax.random.randint(k_act, (2,), 0, game.actions)
        new, rewards = coins.step(game, state, actions, k_step)
        return new, (state, actions, rewards, new)

    key = jax.random.key(3)
    start = coins.reset(game, jax.random.fold_in(key, 1))
    keys = jax.random.split(key, ROUNDS)
    told = jax.jit(lambda s, k: jax.lax.scan(round_, s, k)[1])(start, keys)
    return jax.tree.map(np.asarray, told)


def slow_step(game, agents, lying, took, actions):
    """Return where the players go, what they earn and what is left, by hand: NumPy only."""
    n, went, rewards, left, took = game.size, [], [0.0, 0.0], list(lying), list(took)
    for cell, action in zip(agents, actions, strict=True):
        row, column = divmod(int(cell), n)
        dr, dc = [(0, 1), (0, -1), (1, 0), (-1, 0), (0, 0)][action]
        went.append((row + dr) % n * n + (column + dc) % n)
    theft = [None, None]
    for colour in (0, 1):
        takers = [i for i in (0, 1) if went[i] == lying[colour]]
        if len(takers) == 2 and game.tie != "both":
            takers = [("red", "blue").index(game.tie)]
        for i in takers:
            rewards[i] += 1
            left[colour] = -1
            theft[i] = bool(theft[i]) or i != colour
            if i != colour:
                rewards[colour] -= 2
    took = [old if new is None else new for old, new in zip(took, theft, strict=True)]
    return went, rewards, left, took


def test_ten_thousand_rounds_are_the_reference_in_every_field(name):
    game, (boards, actions, rewards, after) = GAMES[name], walk(name)
    for t in range(ROUNDS):
        before = boards.agents[t], boards.coins[t], boards.took[t]
        went, paid, left, took = slow_step(game, *before, actions[t])
        assert rewards[t].tolist() == paid
        if game.episode and boards.age[t] + 1 >= game.episode:
            assert after.age[t] == 0 and not after.took[t].any()
            continue
        assert after.age[t] == boards.age[t] + 1
        assert after.agents[t].tolist() == went
        assert after.took[t].tolist() == took
        new, gone = (
            after.coins[t],
            [a != b for a, b in zip(left, boards.coins[t], strict=True)],
        )
        if game.coins == 2:
            appears = gone
        elif game.colour == "alternates":
            appears = gone[::-1]
        else:
            appears = (new >= 0) if any(gone) else [False, False]
        for c in (0, 1):
            if not appears[c]:
                assert new[c] == left[c]
            elif game.respawn == "free":
                assert new[c] not in went and new[c] != new[1 - c]
    assert (boards.coins >= 0).sum(axis=1).tolist() == [game.coins] * ROUNDS


def test_conservation(name):
    """A coin taken by its owner alone adds 1, one taken from the owner -1, a tie on it 0."""
    game, (boards, actions, rewards, _) = GAMES[name], walk(name)
    went = jax.vmap(lambda a, b: coins.moved(game, a, b))(boards.agents, actions)
    takes = np.asarray(
        jax.vmap(lambda a, c: coins.taken(game, a, c))(went, boards.coins)
    )
    own, all_picks = int(takes[:, [0, 1], [0, 1]].sum()), int(takes.sum())
    assert rewards.sum() == own - (all_picks - own)
    found = coins.picks(jnp.asarray(takes))
    assert tuple(map(int, found)) == (all_picks, own)


def mirrored(state):
    """The same board with colours, and so seats, renamed."""
    flip = lambda x: x[::-1]
    return state._replace(agents=flip(state.agents), coins=flip(state.coins),
                          took=flip(state.took))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.integers(0, 8)] * 3), st.integers(0, 1), st.tuples(*[st.integers(0, 3)] * 2),
    st.tuples(*[st.booleans()] * 2), st.sampled_from(["both", "red", "blue"]),
    st.sampled_from(["own", "shared", "egocentric"]),
)  # fmt: skip
def test_seats_and_colours_swapped(cells, colour, actions, took, tie, view):
    """What red earns and sees is what blue does on the mirrored board of `game.swap()`."""
    game = coins.rules(tie=tie, view=view, memory=True)
    lying = jnp.full(2, -1).at[colour].set(cells[2])
    state = coins.State(
        jnp.array(cells[:2]), lying, jnp.array(took), jnp.zeros((), int)
    )
    key = jax.random.key(0)
    one, r = coins.step(game, state, jnp.array(actions), key)
    two, s = coins.step(game.swap(), mirrored(state), jnp.array(actions[::-1]), key)
    np.testing.assert_array_equal(r, s[::-1])
    np.testing.assert_array_equal(one.agents, two.agents[::-1])
    np.testing.assert_array_equal(one.took, two.took[::-1])
    seen, other = (
        coins.observe(game, state),
        coins.observe(game.swap(), mirrored(state)),
    )
    if view == "shared":
        np.testing.assert_array_equal(seen[0], seen[1])
        planes = np.asarray(seen[0, :-2]).reshape(4, 9)[[1, 0, 3, 2]].ravel()
        np.testing.assert_array_equal(other[0, :-2], planes)
    else:
        np.testing.assert_array_equal(seen, other[::-1])


@pytest.mark.parametrize("respawn", ["free", "anywhere"])
def test_new_coins_are_uniform(respawn):
    """Chi-squared over the cells that may be: 6 to 8 degrees of freedom, 1e-5 above 38."""
    game, n = coins.rules(respawn=respawn), 20_000
    for cells in (
        (0, 4),
        (3, 3),
        (8, 7),
    ):  # red is on the red coin after it moves right
        state = coins.State(
            jnp.array(cells), jnp.array([coins.moved(game, jnp.array(cells), jnp.zeros(2, int))[0],
            -1]), jnp.zeros(2, bool), jnp.zeros((), int),
        )  # fmt: skip
        one = lambda k, s=state: coins.step(game, s, jnp.zeros(2, int), k)[0]
        after = jax.vmap(one)(jax.random.split(jax.random.key(1), n))
        count = np.bincount(after.coins[:, 1], minlength=9)
        free = np.ones(9, bool)
        if respawn == "free":
            free[np.asarray(after.agents[0])] = False
        assert count[~free].sum() == 0
        expected = n / free.sum()
        assert ((count[free] - expected) ** 2 / expected).sum() < 38


def test_fresh_boards_are_uniform_too():
    game, n = coins.rules(), 30_000
    boards = jax.vmap(lambda k: coins.reset(game, k))(
        jax.random.split(jax.random.key(2), n)
    )
    colour = np.asarray(boards.coins[:, 1] >= 0)
    cell = np.where(colour, boards.coins[:, 1], boards.coins[:, 0])
    assert abs(colour.mean() - 0.5) < 4.5 * 0.5 / np.sqrt(n)
    for cells in (boards.agents[:, 0], boards.agents[:, 1], cell):
        count = np.bincount(np.asarray(cells), minlength=9)
        assert ((count - n / 9) ** 2 / (n / 9)).sum() < 42  # 8 degrees: 1e-6
    a, b = np.asarray(boards.agents).T
    assert ((a != b) & (a != cell) & (b != cell)).all()


def test_the_tie_rule_of_the_original_favours_red():
    """All 9 x 9 x 9 x 2 boards and 16 pairs of moves, each once: a count, nothing drawn."""
    every = itertools.product(range(9), range(9), range(9), (0, 1), range(4), range(4))
    red, blue, cell, colour, a, b = np.array(list(every)).T
    lying = np.full((len(red), 2), -1)
    lying[np.arange(len(red)), colour] = cell
    mean = {}
    for tie in ("red", "both", "blue"):
        game = coins.rules(tie=tie)

        def one(agents, lying, actions, game=game):
            state = coins.State(agents, lying, jnp.zeros(2, bool), jnp.zeros((), int))
            return coins.step(game, state, actions, jax.random.key(0))[1]

        pairs = (np.stack(x, axis=1) for x in ((red, blue), (a, b)))
        agents, actions = map(jnp.asarray, pairs)
        rewards = jax.jit(jax.vmap(one))(agents, jnp.asarray(lying), actions)
        mean[tie] = np.asarray(rewards).sum(axis=0)
    # 9 cells x 16 pairs of moves for each: 144 ties on a red coin, 144 on a blue one.
    # Alone, red and blue take each of them 9 x 8 x 16 times (the other is elsewhere).
    alone = 9 * 8 * 16
    assert mean["both"].tolist() == [0 * alone, 0]
    assert mean["red"].tolist() == [288, -288]
    assert mean["blue"].tolist() == [-288, 288]


@pytest.mark.slow
def test_players_take_what_they_say():
    """In 2000 rounds: who never takes the other's coin, and who takes what it can."""
    from lolakit.values.network_play import boards_played

    game = coins.rules(memory=True)
    keys = jax.random.split(jax.random.key(5), 50)
    boards = jax.vmap(lambda k: coins.reset(game, k))(keys)

    def meet(one, two):
        _, before, _ = boards_played(
            game, (one, two), ((), ()), boards, jax.random.key(6), horizon=40
        )
        return before

    own, every = coin_players.own_coins(game), coin_players.every_coin(game)
    tit = coin_players.tit_for_tat_on_colour(game)
    assert not np.asarray(meet(own, own).took).any()
    assert not np.asarray(meet(tit, tit).took).any()
    assert not np.asarray(meet(own, every).took[..., 0]).any()
    assert np.asarray(meet(every, every).took).any(axis=(0, 1)).all()
    hit = np.asarray(meet(tit, every).took)
    assert hit[..., 0].any() and hit[..., 1].any()  # it answers


@pytest.mark.parametrize("name", ["nearest"])
def test_a_greedy_player_goes_the_shortest_way(name):
    """On each of the 9 x 9 boards the next cell is one nearer, unless on the coin itself."""
    game = coins.rules()
    every = coin_players.every_coin(game)
    distance = lambda a, b: sum(min(abs(x - y), 3 - abs(x - y)) for x, y in
                                zip(divmod(a, 3), divmod(b, 3), strict=True))  # fmt: skip
    for me, coin in itertools.product(range(9), range(9)):
        state = coins.State(jnp.array([me, 0]), jnp.array([coin, -1]), jnp.zeros(2, bool),
                            jnp.zeros((), int))  # fmt: skip
        log_p, _ = every.act((), (), coins.observe(game, state)[0])
        for action in np.flatnonzero(np.asarray(log_p) > -np.inf):
            to = coins.moved(game, state.agents, jnp.array([action, 0]))[0]
            if me != coin:
                assert distance(int(to), coin) == distance(me, coin) - 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": 1}, "size: expected an integer of at least 2"),
        ({"coins": 3}, "coins: expected 1 or 2"),
        ({"colour": "green"}, "colour: expected one of"),
        ({"tie": "none"}, "tie: expected one of"),
        ({"respawn": "x"}, "respawn: expected one of"),
        ({"view": 1}, "view: expected one of"),
        ({"stay": 1}, "stay: expected True or False"),
        ({"memory": None}, "memory: expected True or False"),
        ({"episode": -1}, "episode: expected an integer of at least 0"),
        ({"gamma": 1.5}, "gamma: expected"),
    ],
)
def test_bad_input(wrong, words, unchecked_shapes):
    with pytest.raises(ValueError, match=words):
        coins.rules(**wrong)

"""Answers to the exercises of Chapter 6, right and wrong."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk

HESSIAN = [[1.0, 1.0], [1.0, 1.0]]


def gradient(node, fixed=jax.lax.stop_gradient, weigh=True, sign=1.0):
    """Enumerate the four outcomes of the chapter's example, with a baseline of a node."""
    parents = {"x": [], "y": ["x"], "c1": ["x"], "c2": ["y"]}

    def mean(theta):
        total = jnp.zeros(())
        for x, y in itertools.product((0, 1), repeat=2):
            logits = {"x": theta[0], "y": theta[1] + x * theta[0]}
            log_p = {
                name: jax.nn.log_sigmoid(logits[name] if drawn else -logits[name])
                for name, drawn in (("x", x), ("y", y))
            }
            costs = {"c1": 2.0 * x, "c2": theta[1] * float(y)}
            baselines = {"x": {"x": sign * (5.0 + y)}, "y": {"y": sign * (5.0 + x)}}
            objective = lk.dice_objective(
                log_p, costs, parents, baselines.get(node, {})
            )
            P = fixed(jnp.exp(log_p["x"] + log_p["y"])) if weigh else 1.0
            total = total + P * objective
        return total

    return np.asarray(jax.grad(mean)(jnp.array([0.3, -0.7])))


TRUE, WITH_Y, WITH_X = (gradient(node) for node in ("none", "y", "x"))
ERRORS = [0.788, 0.092]


def boxed(
    whose=(1.0, 1.0), ends=0, centre="others", box=lk.magic_box, value="mean", late=True
):
    """Make a DiCE objective of a batch, right as it stands, wrong by one option."""

    def my_dice(theta_1, theta_2, states, actions, r, gamma):
        log_pi = jnp.zeros(r.shape)
        for i, theta in enumerate((theta_1, theta_2)):
            p = jax.nn.sigmoid(jnp.asarray(theta))[states[i]]
            log_pi += whose[i] * jnp.log(jnp.where(actions[i] == 0, p, 1 - p))
        r = jnp.asarray(r)
        t = jnp.arange(r.shape[1], dtype=r.dtype)[None]
        discount = gamma**t if late else 1.0
        up_to = jnp.cumsum(log_pi, axis=1) - ends * log_pi
        mean = r.mean(axis=0, keepdims=True)
        others = (len(r) * mean - r) / (len(r) - 1)
        b = {"others": others, "all": mean, "none": 0.0}[centre]
        per_round = (box(up_to) - 1) * (r - b) + (0.0 if value == "zero" else r)
        total = (per_round * discount).sum()
        return total if value == "sum" else total / len(r)

    return my_dice


def surrogate(x):  # 1 and the derivative of a box, once
    return 1 + x - jax.lax.stop_gradient(x)


RIGHT = {
    "ex6_1": [(HESSIAN, "a"), (np.ones((2, 2)), " A ")],
    "ex6_2": [(lambda B: 1 - 1 / B,), (lambda B: jnp.asarray((B - 1.0) / B),)],
    "ex6_3": [(WITH_Y, WITH_X), (WITH_Y.round(3), WITH_X.round(3).tolist())],
    "ex6_4": [(ERRORS, "b"), ([0.79, 0.09], "b")],
    "ex6_5": [(boxed(),)],
}

WRONG = {
    "ex6_1": [
        ((np.zeros((2, 2)), "a"), "not that of a constant"),
        ((np.eye(2), "a"), "mixed entries"),
        (([[0.0, 1.0], [1.0, 0.0]], "a"), "diagonal"),
        ((np.full((2, 2), np.exp(-0.2)), "a"), "e^(x - bar x)"),
        (([[2.0, 1.0], [1.0, 2.0]], "a"), "rule of the magic box"),
        ((np.ones(2), "a"), "shape"),
        ((HESSIAN, "b"), "twice too"),
        ((HESSIAN, "c"), "what is it times"),
        ((HESSIAN, "yes"), "expected one of"),
    ],
    "ex6_2": [
        ((lambda B: 1 / B,), "lost"),
        ((lambda B: B / (B - 1),), "repair"),
        ((lambda B: 1.0,), "own reward"),
        ((lambda B: (1 - 1 / B) ** 2,), "once"),
        ((lambda B: 1 - 1 / max(B - 1, 1),), "come from the others"),
        ((lambda B: 0.5,), "the more games"),
        ((lambda B: B,), "one B-th"),
        ((0.5,), "expected a function"),
    ],
    "ex6_3": [
        ((WITH_X, WITH_Y), "swapped"),
        ((WITH_Y, TRUE), "true gradient"),
        ((WITH_Y, WITH_X - TRUE), "this is the error"),
        ((WITH_Y - TRUE, WITH_X - TRUE), "this is the error"),
        ((WITH_Y, gradient("x", sign=-1.0)), "sign"),
        ((gradient("y", fixed=lambda P: P), WITH_X), "stop_gradient"),
        ((WITH_Y, gradient("x", weigh=False)), "weigh each outcome"),
        ((np.ones(2), WITH_X), "four outcomes"),
    ],
    "ex6_4": [
        (([0.0, 0.0], "b"), "the gradient's"),
        ((ERRORS[::-1], "b"), "swapped"),
        ((ERRORS, "a"), "in the gradient already"),
        ((ERRORS, "c"), "Which pairs"),
        (([0.788, 0.5], "b"), "from_library"),
        ((0.788, "b"), "shape"),
    ],
    "ex6_5": [
        ((boxed(box=jnp.ones_like),), "Is the reward behind a box"),
        ((boxed(box=surrogate),), "survive the first derivative"),
        ((boxed(whose=(1.0, 0.0)),), "what both of them did"),
        ((boxed(whose=(0.0, 1.0)),), "what both of them did"),
        ((boxed(ends=1),), "one round early"),
        ((boxed(centre="all"),), "half as long"),
        ((boxed(centre="none"),), "not centred"),
        ((boxed(value="sum"),), "mean over the games"),
        ((boxed(value="zero"),), "value is 0"),
        ((boxed(late=False),), "where is gamma"),
        (
            (boxed(box=lambda x: lk.magic_box(2 * x)),),
            "actions are in the box of round t",
        ),
        ((lambda *_: 1.0,), "Every box has the value 1"),
        ((1.0,), "expected a function"),
    ],
}

EMPTY = {"ex6_2": [(lambda B: None,)], "ex6_5": [(lambda *_: None,)]}

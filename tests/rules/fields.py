"""The directions of rules by the whole Jacobian of the simultaneous gradient, in NumPy.

The library never forms a matrix; here all are formed, with `jax.jacobian`, and the papers'
formulas are written down as they stand there: for losses, where a paper has losses.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk
from lolakit import differentiable

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf8"))
"""Directions in both seats, to 10 decimals, by a program of which lolakit has no line."""
POINT = (
    jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]),
    jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6]),
)
SMALL = jnp.array([0.3]), jnp.array([-0.2])

RULES = {
    "naive": lambda V, a: lk.naive(V),
    "look_ahead": lambda V, a: lk.look_ahead(V, lookahead=a),
    "lola": lambda V, a: lk.lola(V, lookahead=a),
    "lola_taylor": lambda V, a: lk.lola_taylor(V, lookahead=a),
    "sos": lambda V, a: lk.sos(V, lookahead=a),
    "cgd": lambda V, a: lk.cgd(V, lookahead=a),
    "symplectic_adjustment": lambda V, a: lk.symplectic_adjustment(V),
    "symplectic_adjustment, aligned": lambda V, a: lk.symplectic_adjustment(
        V, align=True
    ),
    "consensus": lambda V, a: lk.consensus(V, weight=1.0),
    "hola 1": lambda V, a: lk.hola(V, lookahead=a, order=1),
    "hola 2": lambda V, a: lk.hola(V, lookahead=a, order=2),
    "hola 3": lambda V, a: lk.hola(V, lookahead=a, order=3),
    "hola 4": lambda V, a: lk.hola(V, lookahead=a, order=4),
}


def of_two(name):
    """Return one of the games of one number each, by its name."""
    return getattr(differentiable, name)()


def derivatives(values, own, other):
    """Return v, its Jacobian, and (grad_own V_other, grad_other V_own), as flat arrays."""
    n = len(own)

    def v(z):
        mine = jax.grad(lambda x: values(x, z[n:])[0])(z[:n])
        theirs = jax.grad(lambda y: values(z[:n], y)[1])(z[n:])
        return jnp.concatenate([mine, theirs])

    both = jax.jacobian(lambda z: values(z[:n], z[n:]))
    z = jnp.concatenate([own, other])
    dV = both(z)
    return v(z), jax.jacobian(v)(z), jnp.concatenate([dV[1, :n], dV[0, n:]])


def by_jacobian(v, J, worth, n, a):
    """Return the own part of each rule, from the arrays that `derivatives` returns."""
    v, J, worth = (np.asarray(x) for x in (v, J, worth))
    N = len(v)
    H_o = J.copy()
    H_o[:n, :n], H_o[n:, n:] = 0, 0
    xi, H = -v, -J  # the papers' losses go down
    # SOS, Algorithm 1 of Letcher et al. (2019): xi_0 - p a chi, to be subtracted
    xi_0 = (np.eye(N) - a * -H_o) @ xi
    chi = -H_o.T @ -worth
    share = sos_share(xi, xi_0, chi, a)
    # SGA, Algorithm 1 of Balduzzi et al. (2018)
    A_t = (H - H.T).T / 2
    down = H.T @ xi
    sign = np.sign((xi @ down) * (A_t @ xi @ down) / N + 0.1)
    found = {
        "naive": v,
        "look_ahead": v + a * H_o @ v,
        "lola": v + a * H_o.T @ worth,
        "lola_taylor": v + a * H_o @ v + a * H_o.T @ worth,
        "sos": -(xi_0 - share * a * chi),
        "cgd": np.linalg.solve(np.eye(N) - a * H_o, v),
        "symplectic_adjustment": -(xi + A_t @ xi),
        "symplectic_adjustment, aligned": -(xi + sign * A_t @ xi),
        "consensus": -(xi + H.T @ xi),
    }
    return {name: x[:n] for name, x in found.items()}, share, sign


def sos_share(xi, xi_0, chi, alpha, a=0.5, b=0.1):
    """Return p of Letcher et al. (2019)."""
    along = -alpha * chi @ xi_0
    p_1 = 1.0 if -along <= a * xi_0 @ xi_0 else -a * xi_0 @ xi_0 / along
    p_2 = xi @ xi if np.sqrt(xi @ xi) < b else 1.0
    return min(p_1, p_2)

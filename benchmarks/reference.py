"""A fixed program that uses nothing of lolakit: what a chapter does, at one size for ever.

It compiles some programs of the kind that the chapters compile (scans, their gradients) and
runs one of them for a while. Its time is the unit in which run times of two machines, or of
two years, can be compared; so it is not to be changed.
"""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


def total(weights, steps):
    """A scan of `steps` steps over a small system, and a number at its end."""

    def step(state, _):
        state = jnp.tanh(weights @ state + 0.1)
        return state, state.sum()

    return jax.lax.scan(step, jnp.ones(weights.shape[0]), None, steps)[1].mean()


if __name__ == "__main__":
    for n in range(4, 20):  # 16 sizes: two programs each
        weights = 0.1 * jax.random.normal(jax.random.key(n), (n, n))
        jax.jit(jax.grad(total), static_argnums=1)(weights, 50)
        jax.jit(jax.hessian(total), static_argnums=1)(weights, 50)
    many = 0.1 * jax.random.normal(jax.random.key(0), (2000, 16, 16))
    descend = jax.jit(jax.vmap(lambda w: w - 0.1 * jax.grad(total)(w, 200)))
    for _ in range(5):
        many = descend(many)
    print(float(many.mean()))

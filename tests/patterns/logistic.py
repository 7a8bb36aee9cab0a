"""Fits a logistic regression by Newton's method. Needs numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from mappings.pattern_words import Weights

_ROUNDS = 30
_ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Sample:
    """Features, what is right (from 0 to 1), and how much the sample counts."""

    features: Mapping[str, float]
    right: float
    weight: float


def fit_logistic(samples: Sequence[Sample], names: Sequence[str], penalty: float) -> Weights:
    """The weights of the named features, with a quadratic penalty on the standardised ones."""
    table = numpy.array([[sample.features[name] for name in names] for sample in samples])
    right = numpy.array([sample.right for sample in samples])
    counts = numpy.array([sample.weight for sample in samples])
    means, spreads = table.mean(axis=0), table.std(axis=0)
    spreads[spreads == 0] = 1.0
    rows = numpy.hstack([numpy.ones((len(table), 1)), (table - means) / spreads])
    ridge = numpy.diag([1e-9, *[penalty] * len(names)])
    beta = numpy.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + numpy.exp(-numpy.clip(rows @ beta, -30, 30)))
        gradient = rows.T @ (counts * (chance - right)) + ridge @ beta
        curve = (rows * (counts * chance * (1 - chance))[:, None]).T @ rows + ridge
        step = numpy.linalg.solve(curve, gradient)
        beta -= step
        if abs(step).max() < _ENOUGH:
            break
    scaled = beta[1:] / spreads
    bias = float(beta[0] - scaled @ means)
    return Weights(bias=bias, features=dict(zip(names, map(float, scaled), strict=True)))

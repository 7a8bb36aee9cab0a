"""Fits a logistic regression by Newton's method, in plain Python: the data are small."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.pattern_words import Weights

_ROUNDS = 30
_ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Sample:
    """Features, what is right (1 or 0), and how much the sample counts."""

    features: Mapping[str, float]
    right: float
    weight: float


def fit_logistic(samples: Sequence[Sample], names: Sequence[str], penalty: float) -> Weights:
    """The weights of the named features, with a quadratic penalty on the standardised ones."""
    means, spreads = _standardise(samples, names)
    rows = [[1.0, *((s.features[n] - m) / d for n, m, d in zip(names, means, spreads, strict=True))] for s in samples]
    size = len(names) + 1
    beta = [0.0] * size
    for _ in range(_ROUNDS):
        gradient = [0.0 if i == 0 else penalty * beta[i] for i in range(size)]
        hessian = [[(penalty if i == j and i else 1e-9 if i == j else 0.0) for j in range(size)] for i in range(size)]
        for row, sample in zip(rows, samples, strict=True):
            chance = 1.0 / (
                1.0 + math.exp(-max(-30.0, min(30.0, sum(b * x for b, x in zip(beta, row, strict=True)))))
            )
            error, curve = sample.weight * (chance - sample.right), sample.weight * chance * (1 - chance)
            for i, x in enumerate(row):
                gradient[i] += error * x
                scaled, line = curve * x, hessian[i]
                for j in range(i + 1):
                    line[j] += scaled * row[j]
        step = _solve([[hessian[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)], gradient)
        beta = [b - s for b, s in zip(beta, step, strict=True)]
        if max(map(abs, step)) < _ENOUGH:
            break
    scaled_back = [b / d for b, d in zip(beta[1:], spreads, strict=True)]
    bias = beta[0] - sum(w * m for w, m in zip(scaled_back, means, strict=True))
    return Weights(bias=bias, features=dict(zip(names, scaled_back, strict=True)))


def _standardise(samples: Sequence[Sample], names: Sequence[str]) -> tuple[list[float], list[float]]:
    means = [sum(s.features[name] for s in samples) / len(samples) for name in names]
    squares = [
        sum((s.features[name] - mean) ** 2 for s in samples) / len(samples)
        for name, mean in zip(names, means, strict=True)
    ]
    return means, [math.sqrt(square) or 1.0 for square in squares]


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda j: abs(rows[j][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(i + 1, size):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        solution[i] = (rows[i][size] - sum(rows[i][j] * solution[j] for j in range(i + 1, size))) / rows[i][i]
    return solution

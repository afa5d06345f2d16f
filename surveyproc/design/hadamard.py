"""Hadamard matrices: rows of ±1, every two orthogonal, the first row and column all ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LARGEST = 8192  # order looked for at most


def hadamard(least: int) -> NDArray[np.int8]:
    """The smallest matrix made here of order `least` or more, normalised; (n, n) of ±1.

    By Sylvester's doubling of orders 1, 2, q + 1 (prime q ≡ 3 mod 4) and 2(q + 1) (prime q ≡ 1 mod 4; Paley 1933).
    Orders that are not of this kind (the first is 52) are passed over for the next. Raises ValueError above 8,192.
    """
    for order in (1, 2, *range(4, LARGEST + 1, 4)):
        if order < least:
            continue
        made = _of_order(order)
        if made is not None:
            return _normalised(made)
    raise ValueError(f"a Hadamard matrix of order {least} or more is not offered; the largest is {LARGEST}")


def _of_order(order: int) -> NDArray[np.int8] | None:
    if order == 1:
        return np.ones((1, 1), dtype=np.int8)
    if _prime(order - 1) and order % 4 == 0:
        return _paley_first(order - 1)
    if order % 4 == 0 and _prime(order // 2 - 1) and (order // 2 - 1) % 4 == 1:
        return _paley_second(order // 2 - 1)
    half = _of_order(order // 2) if order % 2 == 0 else None
    return None if half is None else np.kron(np.array([[1, 1], [1, -1]], dtype=np.int8), half)


def _prime(number: int) -> bool:
    return number > 2 and all(number % d for d in range(2, int(number**0.5) + 1))


def _jacobsthal(q: int) -> NDArray[np.int8]:
    """χ(i − j) mod a prime: 1 for squares, −1 for others, 0 on the diagonal; (q, q)."""
    character = np.full(q, -1, dtype=np.int8)
    character[np.arange(1, q, dtype=np.int64) ** 2 % q] = 1
    character[0] = 0
    table: NDArray[np.int8] = character[(np.arange(q)[:, None] - np.arange(q)) % q]
    return table


def _bordered(q: int, sign: int) -> NDArray[np.int8]:
    made = np.ones((q + 1, q + 1), dtype=np.int8)
    made[0, 0] = 0
    made[1:, 0] = sign
    made[1:, 1:] = _jacobsthal(q)
    return made


def _paley_first(q: int) -> NDArray[np.int8]:
    return _bordered(q, -1) + np.eye(q + 1, dtype=np.int8)


def _paley_second(q: int) -> NDArray[np.int8]:
    plus = np.array([[1, 1], [1, -1]], dtype=np.int8)
    minus = np.array([[1, -1], [-1, -1]], dtype=np.int8)
    return np.kron(_bordered(q, 1), plus) + np.kron(np.eye(q + 1, dtype=np.int8), minus)


def _normalised(made: NDArray[np.int8]) -> NDArray[np.int8]:
    rows = made * made[0]
    normal: NDArray[np.int8] = rows * rows[:, :1]
    return normal

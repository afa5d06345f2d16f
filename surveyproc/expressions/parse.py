"""Reads an expression's text into a tree, by operator precedence, in time linear in its length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from surveyproc.expressions.faults import fault, listed, meant, quoted
from surveyproc.expressions.functions import ACROSS_FUNCTIONS, FUNCTIONS, Function
from surveyproc.expressions.tokens import KEYWORDS, Token, cut
from surveyproc.expressions.tree import (
    Absent,
    Across,
    Arithmetic,
    Between,
    Call,
    Compare,
    Conditional,
    Expression,
    Implies,
    Junction,
    Membership,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Parameter,
    State,
    Text,
    Truth,
    children,
)
from surveyproc.problems import Place, SurveyprocError, counted

MAX_LENGTH = 2_000
MAX_DEPTH = 50

# How tightly operators bind, from loose to tight.
IMPLIES, CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS, ATOM = range(1, 11)

_POWERS = {
    "implies": IMPLIES,
    "if": CONDITIONAL,
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not", "between", "is"), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
}


def parse(text: str, place: Place, *, functions: Mapping[str, Function] = FUNCTIONS) -> Expression:
    """Read an expression. `place` is where its first character stands (after an opening quote of YAML).

    functions: the closed list that it may call; SMOOTH_FUNCTIONS for formulas of totals.

    Raises SurveyprocError with one problem: expression.syntax, expression.too-long (over 2,000 characters or nested
    deeper than 50), or expression.unknown-name for a function outside the closed list.
    """
    if len(text) > MAX_LENGTH:
        raise SurveyprocError(
            [
                fault(
                    text,
                    place,
                    code="expression.too-long",
                    at=MAX_LENGTH,
                    what="the expression is too long",
                    got=f"{len(text)} characters, the first too many",
                    expected=f"at most {MAX_LENGTH}",
                    hint="Split it into derived variables.",
                )
            ]
        )
    reader = _Reader(text, place, cut(text, place), functions)
    if reader.token.kind == "end":
        raise reader.error(reader.token, "the expression is empty", hint="Write true for all records.")
    root = reader.climb(IMPLIES)
    if reader.token.kind != "end":
        raise reader.unexpected("an operator or the end")
    _refuse_deep(reader, root)
    return Expression(root, text, place)


def _refuse_deep(reader: _Reader, root: Node) -> None:
    pending = [(root, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise reader.too_deep(node.at)
        pending.extend((child, depth + 1) for child in children(node))


@dataclass(slots=True)
class _Reader:
    """Tokens and the next one's index; every method takes tokens off the front."""

    text: str
    place: Place
    tokens: tuple[Token, ...]
    functions: Mapping[str, Function]
    index: int = 0
    nesting: int = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def next(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def sees(self, *words: str) -> bool:
        return self.token.kind in ("word", "mark") and self.token.text in words

    def take(self, word: str, *, after: str) -> Token:
        if not self.sees(word):
            raise self.unexpected(f"{word} {after}")
        return self.next()

    def error(self, token: Token, what: str, *, got: str = "", expected: str = "", hint: str = "") -> SurveyprocError:
        problem = fault(
            self.text,
            self.place,
            code="expression.syntax",
            at=token.at,
            what=what,
            got=got or _shown(token),
            expected=expected,
            hint=hint,
        )
        return SurveyprocError([problem])

    def unexpected(self, expected: str) -> SurveyprocError:
        token = self.token
        hint = ""
        if token.kind == "name" and token.text.casefold() in KEYWORDS:
            hint = f"Words of the language are in small letters: {token.text.casefold()}."
        elif token.text == "," and self.tokens[self.index - 1].kind == "number":
            hint = "Decimals are written with a point, as in 0.05."
        elif token.kind == "word" and token.text == "not":
            hint = "Put it in parentheses: (not x)."
        elif token.kind == "mark" and token.text == "(" and self.tokens[self.index - 1].kind in ("name", "text"):
            hint = "Only the functions of the language can be called."
        return self.error(token, "the expression cannot be read", expected=expected, hint=hint)

    def too_deep(self, at: int) -> SurveyprocError:
        problem = fault(
            self.text,
            self.place,
            code="expression.too-long",
            at=at,
            what="the expression is nested too deeply",
            expected=f"at most {MAX_DEPTH} levels",
            hint="Split it into derived variables.",
        )
        return SurveyprocError([problem])

    def climb(self, floor: int) -> Node:
        """An expression of operators that bind at least as tightly as `floor`."""
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise self.too_deep(self.token.at)
        left, ceiling = self.prefix(floor)
        while floor <= (power := self.power()) <= ceiling:
            left = self.infix(left, power)
            ceiling = power - 1
        if power == COMPARISON and ceiling == COMPARISON - 1:
            raise self.chained()
        self.nesting -= 1
        return left

    def power(self) -> int:
        return _POWERS.get(self.token.text, 0) if self.token.kind in ("word", "mark") else 0

    def chained(self) -> SurveyprocError:
        return self.error(
            self.token,
            "comparisons cannot be chained",
            hint="Write x between a and b (both ends included), or join two comparisons with and.",
        )

    def prefix(self, floor: int) -> tuple[Node, int]:
        """A value, and how tightly an operator after it may bind."""
        token = self.token
        if self.sees("not") and floor <= NOT:
            self.next()
            return Not(self.climb(NOT), token.at), NOT - 1
        if self.sees("-"):
            self.next()
            return Negate(self.climb(MINUS), token.at), MINUS - 1
        return self.atom(), ATOM

    def infix(self, left: Node, power: int) -> Node:
        token = self.token
        if power == IMPLIES:
            self.next()
            return Implies(left, self.climb(IMPLIES), token.at)
        if power == CONDITIONAL:
            self.next()
            condition = self.climb(IMPLIES)
            self.take("else", after="after the condition of if")
            return Conditional(left, condition, self.climb(CONDITIONAL), token.at)
        if power == COMPARISON:
            return self.comparison(left)
        operands, operators = [left], []
        while self.power() == power:
            operators.append(self.next().text)
            operands.append(self.climb(power + 1))
        if power in (OR, AND):
            return Junction(operators[0], tuple(operands), token.at)
        return Arithmetic(tuple(operators), tuple(operands), token.at)

    def comparison(self, left: Node) -> Node:
        token = self.next()
        if token.text == "in":
            return Membership("in", left, self.items(), token.at)
        if token.text == "not":
            if self.sees("between"):
                raise self.error(self.token, "there is no not between", hint="Write not (x between a and b).")
            self.take("in", after="after not")
            return Membership("not in", left, self.items(), token.at)
        if token.text == "between":
            low = self.climb(SUM)
            self.take("and", after="between the two ends of between")
            return Between(left, low, self.climb(SUM), token.at)
        if token.text == "is":
            if not self.sees("known", "missing"):
                raise self.error(
                    self.token, "is goes with known or missing", expected="known or missing", hint="Compare with ==."
                )
            return State(self.next().text, left, token.at)
        return Compare(token.text, left, self.climb(SUM), token.at)

    def items(self) -> tuple[Node, ...]:
        if not self.sees("["):
            raise self.error(self.token, "in goes with a list", expected="[", hint="Write x in ['a', 'b'].")
        self.next()
        if self.sees("]"):
            raise self.error(self.token, "the list is empty", expected="a literal")
        items = [self.item()]
        while self.sees(","):
            self.next()
            items.append(self.item())
        self.take("]", after="at the end of the list")
        return tuple(items)

    def item(self) -> Node:
        token = self.token
        if token.kind in ("number", "text", "parameter") or self.sees("true", "false"):
            return self.atom()
        if self.sees("-") and self.tokens[self.index + 1].kind == "number":
            self.next()
            return Negate(self.atom(), token.at)
        hint = "Codes are written in quotes, as in 'abroad'." if token.kind == "name" else ""
        if self.sees("missing"):
            hint = "Write x is missing."
        raise self.error(token, "a list holds numbers, texts and parameters", expected="a literal", hint=hint)

    def atom(self) -> Node:
        token = self.token
        make = _LITERALS.get(token.text if token.kind == "word" else token.kind)
        if make is not None:
            self.next()
            return make(token)
        following = self.tokens[min(self.index + 1, len(self.tokens) - 1)]
        called = following.kind == "mark" and following.text == "("
        if called and (token.kind == "name" or self.sees("known")):
            return self.call()
        if token.kind == "name":
            self.next()
            return Name(token.text, token.at)
        if self.sees("("):
            self.next()
            inner = self.climb(IMPLIES)
            self.take(")", after="to close the parenthesis")
            return inner
        raise self.unexpected("a value")

    def call(self) -> Node:
        name = self.next()
        self.next()
        function = self.functions.get(name.text)
        if function is None:
            problem = fault(
                self.text,
                self.place,
                code="expression.unknown-name",
                at=name.at,
                what="there is no such function",
                got=quoted(name.text),
                expected=listed(sorted(self.functions)),
                hint=meant(name.text, self.functions),
            )
            raise SurveyprocError([problem])
        arguments: list[Node] = []
        while not self.sees(")"):
            if arguments:
                self.take(",", after=f"or ) in {function.usage}")
            arguments.append(self.climb(IMPLIES))
        self.next()
        return self.called(name, function, arguments)

    def called(self, name: Token, function: Function, arguments: list[Node]) -> Node:
        count = len(arguments)
        if count < function.least or (function.most is not None and count > function.most):
            raise self.error(
                name,
                f"{function.name} does not take {counted(count, 'argument')}",
                expected=function.usage,
                hint="Join conditions with and." if function.name == "count" and count else "",
            )
        if function.name == "known":
            return State("known", arguments[0], name.at)
        if function.name not in ACROSS_FUNCTIONS:
            return Call(function.name, tuple(arguments), name.at)
        level = arguments[0]
        if not isinstance(level, Name):
            raise self.error(name, f"the first argument of {name.text} is a record level", expected=function.usage)
        value, where = [*arguments[1:], None, None][:2]
        return Across(function.name, level.name, value, where, name.at, level.at)


_LITERALS: dict[str, Callable[[Token], Node]] = {
    "number": lambda token: Number(token.value, token.at),
    "text": lambda token: Text(token.text, token.at),
    "parameter": lambda token: Parameter(token.text, token.at),
    "true": lambda token: Truth(True, token.at),
    "false": lambda token: Truth(False, token.at),
    "missing": lambda token: Absent(token.at),
}


def _shown(token: Token) -> str:
    if token.kind == "end":
        return "the end"
    return f"the text {quoted(token.text)}" if token.kind == "text" else quoted(token.text)

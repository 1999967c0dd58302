"""Steps a NESTML model as NEST does: Model(text, n_instances, dt_ms, random_uniform).

Of NESTML it knows what Spikewell's exports are written in, and refuses anything else: state, parameters, internals, linear ODEs of one
variable each, `update`, `onReceive`, `onCondition`, `if`/`else`, assignments, `emit_spike`. Numbers are in ms; a spike port times s
is the weight of the spike. All instances are stepped together, as arrays. Order within a step, as the code that NESTML
generates for NEST has it: update, what arrives, conditions.
"""
import ast
import operator
import re

import numpy as np

UNITS = {"s": 1.0, "ms": 1.0}  # `spikes * s` is a weight, `0 ms` the number
TYPES = ("real", "integer", "ms")
BLOCKS = ("state", "equations", "parameters", "internals", "input", "output", "update", "onReceive", "onCondition")
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
             ast.And: np.logical_and, ast.Or: np.logical_or}


def tree(lines):
    """[(line, [its children])] of [(indent, line)]"""
    nodes = []
    while lines:
        indent, line = lines.pop(0)
        inner = []
        while lines and lines[0][0] > indent:
            inner.append(lines.pop(0))
        nodes.append((line, tree(inner)))
    return nodes


def lines_of(text):
    for line in text.splitlines():
        line = line.split("#")[0].rstrip()
        if line:
            yield len(line) - len(line.lstrip()), line.strip()


def expression(text):
    return ast.parse(re.sub(r"(?<=[0-9])\s+ms\b", "", text), mode="eval").body


class Model:
    def __init__(self, text, n, dt_ms, random_uniform):
        (head, blocks), = tree(list(lines_of(text)))
        self.name = re.fullmatch(r"model (\w+):", head)[1]
        self.n, self.dt_ms, self.random_uniform = n, dt_ms, random_uniform
        self.parameters, self.state, self.ports, self.odes = {}, {}, {}, {}
        self.update, self.receive, self.conditions, self.sent = [], {}, [], []
        found = {}
        for line, children in blocks:
            kind = re.match(r"\w+", line)[0]
            if kind not in BLOCKS:
                raise ValueError(f"{self.name}: {line!r} is not of the subset")
            found.setdefault(kind, []).append((line, children))
        for kind in ("parameters", "internals", "state"):
            for line, _ in [row for _, rows in found.get(kind, []) for row in rows]:
                self.declare(self.state if kind == "state" else self.parameters, line)
        for line, _ in [row for _, rows in found.get("equations", []) for row in rows]:
            name, right = re.fullmatch(r"(\w+)' = (.*)", line).groups()
            self.odes[name] = expression(right)
        for line, _ in [row for _, rows in found.get("input", []) for row in rows]:
            self.ports[re.match(r"\w+", line)[0]] = 0.0
        for line, rows in found.get("update", []):
            self.update += self.statements(rows)
        for line, rows in found.get("onReceive", []):
            self.receive[re.fullmatch(r"onReceive\((\w+)\):", line)[1]] = self.statements(rows)
        for line, rows in found.get("onCondition", []):
            self.conditions.append((expression(re.fullmatch(r"onCondition\((.*)\):", line)[1]), self.statements(rows)))

    def declare(self, where, line):
        name, kind, right = re.fullmatch(r"(\w+) (\w+) = (.*)", line).groups()
        if kind not in TYPES:
            raise ValueError(f"{self.name}: type of {line!r} is not of the subset")
        where[name] = np.full(self.n, self.value(expression(right)), float)

    def statements(self, rows):
        out = []
        for line, children in rows:
            if match := re.fullmatch(r"if (.*):", line):
                out.append(("if", expression(match[1]), self.statements(children), []))
            elif line == "else:":
                out[-1][3].extend(self.statements(children))
            elif match := re.fullmatch(r"integrate_odes\((.*)\)", line):
                out.append(("integrate", [name.strip() for name in match[1].split(",")]))
            elif match := re.fullmatch(r"emit_spike\((.*)\)", line):
                out.append(("emit", expression(match[1]) if match[1] else None))
            elif match := re.fullmatch(r"(\w+) ([-+]?)= (.*)", line):
                out.append(("assign", match[1], match[2], expression(match[3])))
            else:
                raise ValueError(f"{self.name}: {line!r} is not of the subset")
        return out

    def value(self, node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            for names in (self.state, self.parameters, self.ports, UNITS):
                if node.id in names:
                    return names[node.id]
            raise ValueError(f"{self.name}: {node.id} is not declared")
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](self.value(node.left), self.value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.value(node.operand)
        if isinstance(node, ast.BoolOp):
            return OPERATORS[type(node.op)](*map(self.value, node.values))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return OPERATORS[type(node.ops[0])](self.value(node.left), self.value(node.comparators[0]))
        if isinstance(node, ast.Call):
            return self.called(node.func.id, [self.value(a) for a in node.args])
        raise ValueError(f"{self.name}: {ast.unparse(node)!r} is not of the subset")

    def called(self, name, arguments):
        if name == "random_uniform":
            low, width = arguments
            return low + width * self.random_uniform(self.n)
        functions = {"exp": np.exp, "min": np.minimum, "max": np.maximum, "timestep": lambda: self.dt_ms}
        return functions[name](*arguments)

    def integrate(self, name, mask):
        """x' = a x + b, exactly."""
        old = self.state[name]
        at = []
        for x in (0.0, 1.0, 2.0):
            self.state[name] = np.full(self.n, x)
            at.append(self.value(self.odes[name]) + np.zeros(self.n))
        self.state[name] = old
        b, a = at[0], at[1] - at[0]
        if not np.allclose(at[2], b + 2 * a, rtol=1e-12):
            raise ValueError(f"{self.name}: {name}' is not linear in {name}")
        self.state[name] = np.where(mask, old + (old + b / a) * np.expm1(a * self.dt_ms), old)

    def run(self, statements, mask):
        for kind, *what in statements:
            if kind == "if":
                condition, then, otherwise = what
                holds = np.logical_and(mask, self.value(condition))
                self.run(then, holds)
                self.run(otherwise, np.logical_and(mask, np.logical_not(holds)))
            elif kind == "integrate":
                for name in what[0]:
                    self.integrate(name, mask)
            elif kind == "emit":
                self.sent.append((mask, 1.0 if what[0] is None else self.value(what[0])))
            else:
                name, sign, right = what
                old = self.state[name]
                value = self.value(right)
                self.state[name] = np.where(mask, {"": value, "+": old + value, "-": old - value}[sign], old)

    def receive_at(self, port, weight, mask):
        self.ports[port] = weight
        self.run(self.receive[port], mask)
        self.ports[port] = 0.0

    def take_sent(self):
        """Who sent in what was done since the last call, and how much; an instance sends once a step."""
        who, how_much = np.zeros(self.n, bool), np.zeros(self.n)
        for mask, weight in self.sent:
            if np.logical_and(who, mask).any():
                raise ValueError(f"{self.name}: two spikes at once")
            how_much = np.where(mask, weight, how_much)
            who = np.logical_or(who, mask)
        self.sent = []
        return who, how_much

    def step(self, arriving=None):
        """A step of a neuron; `arriving` is {port: weight of each instance, 0: none}."""
        everyone = np.ones(self.n, bool)
        self.run(self.update, everyone)
        for port, weight in (arriving or {}).items():
            if np.any(weight != 0):
                self.receive_at(port, weight, weight != 0)
        for condition, statements in self.conditions:
            self.run(statements, np.logical_and(everyone, self.value(condition)))
        return self.take_sent()[0]

"""How a policy that cannot be used is told, apart from the loader so that whoever only tells it need not load it."""


class PolicyProblem(Exception):
    """The policy cannot be used; `problems` lists every mistake with its file and key."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

"""Small decision models written by the tests."""

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def model(*elements: str, namespace: str = MODEL, head: str = "") -> bytes:
    body = "".join(elements)
    start = f'<?xml version="1.0" encoding="UTF-8"?>{head}<definitions xmlns="{namespace}" name="m">'
    return f"{start}{body}</definitions>".encode()


def knowledge(name: str, logic: str, variable: str = "") -> str:
    inner = f"<encapsulatedLogic>{logic}</encapsulatedLogic>"
    return f'<businessKnowledgeModel id="{name}" name="{name}">{variable}{inner}</businessKnowledgeModel>'


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str, kind: str = "") -> str:
    reference = f' typeRef="{kind}"' if kind else ""
    return f"<literalExpression{reference}><text>{escaped(text)}</text></literalExpression>"


def decision(name: str, logic: str, kind: str = "", requires: tuple[str, ...] = (), knows: tuple[str, ...] = ()) -> str:
    variable = f'<variable name="{name}" typeRef="{kind}"/>' if kind else ""
    needs = "".join(
        f'<informationRequirement><requiredDecision href="#{r}"/></informationRequirement>' for r in requires
    )
    needs += "".join(f'<knowledgeRequirement><requiredKnowledge href="#{k}"/></knowledgeRequirement>' for k in knows)
    return f'<decision id="{name}" name="{name}">{variable}{needs}{logic}</decision>'


def entry(tag: str, text: str) -> str:
    return f"<{tag}><text>{escaped(text)}</text></{tag}>"


def table(policy, inputs, outputs, rules, attributes=""):
    """inputs: (expression, allowed values or ''); outputs: (name, values or '', default or '')."""
    columns = "".join(
        f'<input id="i{n}" label="{expression}"><inputExpression><text>{expression}</text></inputExpression>'
        + (entry("inputValues", allowed) if allowed else "")
        + "</input>"
        for n, (expression, allowed) in enumerate(inputs, 1)
    )
    columns += "".join(
        f'<output name="{name}">'
        + (entry("outputValues", values) if values else "")
        + (entry("defaultOutputEntry", default) if default else "")
        + "</output>"
        for name, values, default in outputs
    )
    rows = "".join(
        f'<rule id="r{n}">'
        + "".join(entry("inputEntry", t) for t in tests)
        + "".join(entry("outputEntry", a) for a in answers)
        + "</rule>"
        for n, (tests, answers) in enumerate(rules, 1)
    )
    return f'<decisionTable id="t" hitPolicy="{policy}" {attributes}>{columns}{rows}</decisionTable>'

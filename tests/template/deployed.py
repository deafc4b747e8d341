"""What a deployment with given parameters consists of: conditions, rules and `Fn::If` decided."""

from typing import Any

from tests.template.stack import Json, translated, written

NOTHING = {"Ref": "AWS::NoValue"}


class Deployment:
    """The stack as CloudFormation sees it once the parameters are known."""

    def __init__(self, region: str = "eu-west-1", **parameters: str) -> None:
        self._region = region
        self._template = translated()
        given = {name: spec["Default"] for name, spec in written()["Parameters"].items()}
        assert parameters.keys() <= given.keys()
        self._parameters = given | parameters

    def refusals(self) -> list[str]:
        """What the rules say against the parameters, before anything is made."""
        return [
            assertion["AssertDescription"]
            for rule in self._template["Rules"].values()
            if self._true(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}))
            for assertion in rule["Assertions"]
            if not self._true(assertion["Assert"])
        ]

    def resources(self) -> dict[str, Json]:
        """Every resource that is made, by logical name."""
        return {
            name: self._resolved(resource)
            for name, resource in self._template["Resources"].items()
            if self._holds(resource.get("Condition"))
        }

    def outputs(self) -> dict[str, Any]:
        """The value of every output that there is."""
        return {
            name: self._resolved(output["Value"])
            for name, output in self._template["Outputs"].items()
            if self._holds(output.get("Condition"))
        }

    def output(self, name: str) -> Any:
        """The value of an output."""
        return self.outputs()[name]

    def _holds(self, condition: str | None) -> bool:
        return condition is None or self._true(self._template["Conditions"][condition])

    def _true(self, expression: Any) -> bool:
        [(function, operands)] = expression.items()
        match function:
            case "Fn::Equals":
                left, right = (self._value(operand) for operand in operands)
                return bool(left == right)
            case "Fn::Not":
                return not self._true(operands[0])
            case "Fn::And":
                return all(map(self._true, operands))
            case "Fn::Or":
                return any(map(self._true, operands))
            case "Fn::Contains":
                listed, wanted = operands
                return self._value(wanted) in listed
            case "Condition":
                return self._holds(operands)
        raise AssertionError(f"no such condition function: {function}")

    def _value(self, operand: Any) -> Any:
        if not isinstance(operand, dict):
            return operand
        if operand == {"Ref": "AWS::Region"}:
            return self._region
        if operand.keys() == {"Fn::Join"}:
            separator, joined = operand["Fn::Join"]
            return str(separator).join(self._value(joined).split(","))
        return self._parameters[operand["Ref"]]

    def _resolved(self, part: Any) -> Any:
        """The same with every `Fn::If` decided and every parameter in its place."""
        if isinstance(part, list):
            found = [self._resolved(inner) for inner in part]
            return [inner for inner in found if inner != NOTHING]
        if not isinstance(part, dict):
            return part
        if part.keys() == {"Fn::If"}:
            condition, yes, no = part["Fn::If"]
            return self._resolved(yes if self._holds(condition) else no)
        if part.keys() == {"Ref"}:
            return self._parameters.get(part["Ref"], part)
        found = {name: self._resolved(inner) for name, inner in part.items()}
        return {name: inner for name, inner in found.items() if inner != NOTHING}

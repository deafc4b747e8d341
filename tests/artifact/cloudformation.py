"""moto's server with what CloudFormation does and moto does not: the SAM transform, the types of
this template that moto passes over, and changes that it forgets. AwsServer starts it.

What is added is made through moto's own APIs, so that moto checks the properties and answers for
what came of them. A type that neither knows makes the deployment fail.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters
from moto.awslambda.models import LambdaFunction, LayerVersion
from moto.cloudformation import models, parsing
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException
from moto.dynamodb.models.table import Table
from moto.iam.models import Role
from moto.sqs.models import Queue
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from werkzeug.exceptions import HTTPException

from local import aws_moto

Json = dict[str, Any]
Made = tuple[str, Mapping[str, str]]

# SAM's own bucket has one; nothing of this project does.
PASSED_OVER = {"AWS::S3::BucketPolicy"}

_endpoint: list[str] = []


def main() -> None:
    """Serve until the parent is gone."""
    parsing.resource_class_from_type = _strict(parsing.resource_class_from_type)
    parsing.parse_and_update_resource = _keeping(parsing.parse_and_update_resource)
    models.CloudFormationBackend.create_change_set = _transforming(
        models.CloudFormationBackend.create_change_set
    )
    models.CloudFormationBackend.execute_change_set = _rolling_back(
        _with_outputs(models.CloudFormationBackend.execute_change_set)
    )
    parsing.parse_and_create_resource = _named(parsing.parse_and_create_resource)
    parsing.ResourceMap.update = _conditional(parsing.ResourceMap.update)
    models.Stack.stack_parameters = property(_parameters)
    models.Stack.parameter_list = property(_described)
    _mend_lambda()
    _mend_roles()
    _mend_tables()
    _mend_queues()
    aws_moto.main(lambda port: _endpoint.append(f"http://127.0.0.1:{port}"))


def _strict(lookup: Callable[[str], Any]) -> Callable[[str], Any]:
    def found(resource_type: str) -> Any:
        model = lookup(resource_type)
        if model is None and resource_type not in PASSED_OVER:
            raise NotImplementedError(f"{resource_type} is not emulated: add it to {__file__}")
        return model

    return found


def _keeping(update: Callable[..., Any]) -> Callable[..., Any]:
    """moto forgets a resource of which it knows no update, and updates what it has not made."""

    def updated(logical_id: str, resource: Json, known: Mapping[str, Any], **kwargs: Any) -> Any:
        made = known[logical_id]
        return made and (update(logical_id, resource, known, **kwargs) or made)

    return updated


def _transforming(create: Callable[..., Any]) -> Callable[..., Any]:
    """CloudFormation expands a SAM template before it looks at it."""

    def transformed(self: Any, *args: Any, **kwargs: Any) -> Any:
        template = yaml_parse(kwargs["template"])
        if "AWS::Serverless-2016-10-31" in str(template.get("Transform")):
            values = {
                name: spec["Default"]
                for name, spec in template.get("Parameters", {}).items()
                if "Default" in spec
            }
            values |= {
                **kwargs["parameters"],
                "AWS::Region": self.region_name,
                "AWS::Partition": "aws",
                "AWS::AccountId": self.account_id,
                "AWS::StackName": kwargs["stack_name"],
            }
            session = boto3.Session(region_name=self.region_name)
            template = Translator({}, Parser(), boto_session=session).translate(template, values)
            template.pop("Transform", None)
            kwargs["template"] = json.dumps(template)
        return create(self, *args, **kwargs)

    return transformed


def _with_outputs(execute: Callable[..., None]) -> Callable[..., None]:
    """moto forgets the outputs of what a change set made, and parameters that it changed."""

    def executed(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        execute(self, change_set_name, stack_name)
        change_set = self.describe_change_set(change_set_name)
        stack = self.stacks[change_set.stack_id]
        stack.template_dict = change_set.template_dict
        stack.output_map = stack._create_output_map()

    return executed


class _Failed(Exception):
    """A resource that could not be created, and why."""

    def __init__(self, logical_id: str, kind: str, reason: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.logical_id = logical_id
        self.kind = kind
        self.reason = reason


def _named(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(logical_id: str, resource: Json, *args: Any, **kwargs: Any) -> Any:
        try:
            return create(logical_id, resource, *args, **kwargs)
        except (ServiceException, HTTPException, ClientError) as error:
            reason = getattr(error, "message", str(error))
            raise _Failed(logical_id, resource["Type"], reason) from error

    return created


def _rolling_back(execute: Callable[..., None]) -> Callable[..., None]:
    """CloudFormation takes back a creation that AWS refuses, but for what is to be retained."""

    def executed(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        try:
            execute(self, change_set_name, stack_name)
        except _Failed as failed:
            change_set = self.describe_change_set(change_set_name)
            stack = self.stacks[change_set.stack_id]
            if change_set.change_set_type != "CREATE":
                raise
            event = [stack.stack_id, stack.name, failed.logical_id, "", failed.kind]
            stack.events.append(models.Event(*event, "CREATE_FAILED", failed.reason, None))
            stack._add_stack_event("ROLLBACK_IN_PROGRESS")
            stack.resource_map.delete()
            stack._add_stack_event("ROLLBACK_COMPLETE")
            stack.status = "ROLLBACK_COMPLETE"
            stack.template = change_set.template
            change_set.execution_status = "EXECUTE_FAILED"

    return executed


def _conditional(update: Callable[..., None]) -> Callable[..., None]:
    """moto looks at a resource's condition once. Here a parameter that changes makes resources or
    ends them, but for those that are to be retained."""

    def updated(self: Any, template: Json, parameters: Json | None = None) -> None:
        for name in template["Resources"]:
            if self._parsed_resources.get(name, name) is None:
                del self._parsed_resources[name]
        update(self, template, parameters)
        for name, resource in template["Resources"].items():
            wanted = self.lazy_condition_map.get(resource.get("Condition"), True)
            if wanted:
                _ = self[name]
            elif (made := self._parsed_resources.pop(name, None)) and (
                resource.get("DeletionPolicy") != "Retain"
            ):
                self._delete_resource(made, resource)

    return updated


def _parameters(stack: Any) -> dict[str, Any]:
    """CloudFormation gives a list back as it was given, with commas between."""
    known = stack.resource_map.resolved_parameters
    return {n: ",".join(v) if isinstance(v, list) else v for n, v in known.items()}


def _described(stack: Any) -> list[dict[str, str]]:
    return [{"ParameterKey": n, "ParameterValue": v} for n, v in _parameters(stack).items()]


def _mend_lambda() -> None:
    LayerVersion.physical_resource_id = property(lambda layer: layer.arn)
    publish = LayerVersion.create_from_cloudformation_json.__func__
    create = LambdaFunction.create_from_cloudformation_json.__func__

    def published(cls: Any, resource_name: str, resource: Json, *where: Any, **kwargs: Any) -> Any:
        return publish(cls, resource["Properties"]["LayerName"], resource, *where, **kwargs)

    def created(cls: Any, resource_name: str, resource: Json, *where: Any, **kwargs: Any) -> Any:
        function = create(cls, resource_name, resource, *where, **kwargs)
        function.update_configuration({"Layers": resource["Properties"].get("Layers", [])})
        return function

    LayerVersion.create_from_cloudformation_json = classmethod(published)
    LambdaFunction.create_from_cloudformation_json = classmethod(created)


def _mend_roles() -> None:
    """moto keeps an inline policy as it was given, and takes only text for JSON. It forgets the
    policies of an update."""
    create = Role.create_from_cloudformation_json.__func__

    def put(role: Any, resource: Json) -> None:
        for policy in resource["Properties"].get("Policies", []):
            role.put_policy(policy["PolicyName"], json.dumps(policy["PolicyDocument"]))

    def created(cls: Any, resource_name: str, resource: Json, *where: Any, **kwargs: Any) -> Any:
        role = create(cls, resource_name, resource, *where, **kwargs)
        put(role, resource)
        return role

    def updated(
        cls: Any,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Json,
        account_id: str,
        region_name: str,
    ) -> Any:
        put(original_resource, cloudformation_json)
        return original_resource

    Role.create_from_cloudformation_json = classmethod(created)
    Role.update_from_cloudformation_json = classmethod(updated)


def _mend_tables() -> None:
    """moto makes a table without its point-in-time recovery."""
    create = Table.create_from_cloudformation_json.__func__

    def created(
        cls: Any, name: str, resource: Json, account: str, region: str, **kwargs: Any
    ) -> Any:
        table = create(cls, name, resource, account, region, **kwargs)
        recovery = resource["Properties"].get("PointInTimeRecoverySpecification")
        if recovery:
            _client("dynamodb", region).update_continuous_backups(
                TableName=table.name, PointInTimeRecoverySpecification=recovery
            )
        return table

    Table.create_from_cloudformation_json = classmethod(created)


def _mend_queues() -> None:
    """moto hands a message to the function of a mapping as soon as it is sent, whatever its delay,
    and needs Docker for that. Whoever wants beats here takes them from the queue."""
    nobody = property(lambda _queue: {}, lambda _queue, _mappings: None)
    Queue.lambda_event_source_mappings = nobody


def _client(service: str, region: str) -> Any:
    """A client of this very server."""
    make: Any = boto3.client
    return make(
        service,
        region_name=region,
        endpoint_url=_endpoint[0],
        aws_access_key_id="embedded",
        aws_secret_access_key="world",
    )


def _added(  # noqa: C901 - a class of small methods
    kind: str,
    name_property: str,
    create: Callable[[str, Json, str, str], Made],
    delete: Callable[[str, str], object],
    *,
    renamed: bool = True,
) -> type[CloudFormationModel]:
    """A type that moto does not know. `create` is called for updates, too, as moto's APIs allow.

    An update gives what has a generated name another one, unless it is not `renamed`.

    moto finds types among the direct subclasses of CloudFormationModel, and their service in the
    name of their module.
    """

    class Added(CloudFormationModel):
        __module__ = "moto.added.models"

        def __init__(self, physical_id: str, attributes: Mapping[str, str]) -> None:
            self.physical_resource_id = physical_id
            self._attributes = attributes

        @staticmethod
        def cloudformation_name_type() -> str:
            return name_property

        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return attr == "Arn"

        def get_cfn_attribute(self, attribute: str) -> str:
            return self._attributes[attribute]

        @classmethod
        def create_from_cloudformation_json(
            cls, name: str, resource: Json, account: str, region: str, **_: Any
        ) -> Any:
            return cls(*create(name, dict(resource["Properties"]), account, region))

        @classmethod
        def update_from_cloudformation_json(
            cls,
            original_resource: Any,
            new_resource_name: str,
            cloudformation_json: Json,
            account_id: str,
            region_name: str,
        ) -> Any:
            delete(original_resource.physical_resource_id, region_name)
            name = new_resource_name if renamed else original_resource.physical_resource_id
            return cls.create_from_cloudformation_json(
                name, cloudformation_json, account_id, region_name
            )

        @classmethod
        def delete_from_cloudformation_json(
            cls, name: str, resource: Json, account: str, region: str
        ) -> None:
            delete(name, region)

    return Added


def _alarm(name: str, properties: Json, account: str, region: str) -> Made:
    _client("cloudwatch", region).put_metric_alarm(**properties | {"AlarmName": name})
    return name, {"Arn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}


def _schedule(name: str, properties: Json, account: str, region: str) -> Made:
    made = _client("scheduler", region).create_schedule(**properties | {"Name": name})
    return name, {"Arn": made["ScheduleArn"]}


def _invocations(name: str, properties: Json, account: str, region: str) -> Made:
    _client("lambda", region).put_function_event_invoke_config(**properties)
    return properties["FunctionName"], {}


def _subscription(name: str, properties: Json, account: str, region: str) -> Made:
    return _client("sns", region).subscribe(**properties)["SubscriptionArn"], {}


def _query(name: str, properties: Json, account: str, region: str) -> Made:
    """moto has no API for these and keeps none; AWS's model of the API judges the properties."""
    given = {name[0].lower() + name[1:]: value for name, value in properties.items()}
    model = _client("logs", region).meta.service_model.operation_model("PutQueryDefinition")
    validate_parameters(given, model.input_shape)
    return properties["Name"], {}


def _global_table(name: str, properties: Json, account: str, region: str) -> Made:
    """A table in every replica's region. Nothing is replicated: what is deployed is what counts."""
    wanted = {key: properties[key] for key in ("AttributeDefinitions", "KeySchema", "BillingMode")}
    for replica in properties["Replicas"]:
        client = _client("dynamodb", replica["Region"])
        with contextlib.suppress(client.exceptions.ResourceInUseException):
            client.create_table(
                TableName=name,
                DeletionProtectionEnabled=replica["DeletionProtectionEnabled"],
                **wanted,
            )
    return name, {"Arn": f"arn:aws:dynamodb:{region}:{account}:table/{name}"}


ADDED = [
    _added(
        "AWS::DynamoDB::GlobalTable",
        "TableName",
        _global_table,
        lambda name, region: None,
        renamed=False,
    ),
    _added(
        "AWS::CloudWatch::Alarm",
        "AlarmName",
        _alarm,
        lambda name, region: _client("cloudwatch", region).delete_alarms(AlarmNames=[name]),
    ),
    _added(
        "AWS::Scheduler::Schedule",
        "Name",
        _schedule,
        lambda name, region: _client("scheduler", region).delete_schedule(Name=name),
    ),
    _added("AWS::Lambda::EventInvokeConfig", "", _invocations, lambda name, region: None),
    _added("AWS::Logs::QueryDefinition", "Name", _query, lambda name, region: None),
    _added(
        "AWS::SNS::Subscription",
        "",
        _subscription,
        lambda name, region: _client("sns", region).unsubscribe(SubscriptionArn=name),
    ),
]


if __name__ == "__main__":
    main()

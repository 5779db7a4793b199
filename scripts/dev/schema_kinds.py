"""The kinds of spec that azure-ai-ml loads, and how a file shows its kind.

A kind is what one `load_*` function of azure-ai-ml (and one group of `az ml` commands) takes. `make_schemas`
documents what of it goes into the index.
"""

from dataclasses import dataclass

from azure.ai.ml import _schema as base
from azure.ai.ml._schema._deployment.batch.batch_deployment import BatchDeploymentSchema
from azure.ai.ml._schema._deployment.batch.model_batch_deployment import ModelBatchDeploymentSchema
from azure.ai.ml._schema._deployment.batch.pipeline_component_batch_deployment_schema import (
    PipelineComponentBatchDeploymentSchema,
)
from azure.ai.ml._schema._deployment.template.deployment_template import DeploymentTemplateSchema
from azure.ai.ml._schema._endpoint.batch.batch_endpoint import BatchEndpointSchema
from azure.ai.ml._schema._feature_set.feature_set_backfill_schema import FeatureSetBackfillSchema
from azure.ai.ml._schema._feature_set.feature_set_schema import FeatureSetSchema
from azure.ai.ml._schema._feature_store.feature_store_schema import FeatureStoreSchema
from azure.ai.ml._schema._feature_store_entity.feature_store_entity_schema import FeatureStoreEntitySchema
from azure.ai.ml._schema.assets.package.model_package import ModelPackageSchema
from azure.ai.ml._schema.registry.registry import RegistrySchema
from azure.ai.ml._schema.workspace.ai_workspaces.capability_host import CapabilityHostSchema
from schema_choices import (
    COMPONENT,
    COMPUTE,
    CONNECTION,
    DATA,
    DATASTORE,
    DEPLOYMENT,
    ENDPOINT,
    JOB,
    SCHEDULE,
    WORKSPACE,
    Source,
    build,
)
from schema_fields import Converter, Schema


@dataclass(frozen=True)
class Kind:
    """One kind of spec: its class or choice of classes, its names in `$schema`, its shape."""

    name: str
    source: Source
    names: str
    recognise: Schema | None = None
    supplied: str = "name"

    def schema(self, converter: Converter) -> Schema:
        return build(self.source, converter, tuple(self.supplied.split()))


def _has(*keys: str, without: tuple[str, ...] = (), **words: tuple[str, ...]) -> Schema:
    """A schema for objects with all these keys and words, and none of the keys `without`."""
    schema: Schema = {"type": "object", "required": sorted({*keys, *words})}
    if words:
        schema["properties"] = {key: {"enum": list(values)} for key, values in words.items()}
    if without:
        schema["not"] = {"anyOf": [{"required": [key]} for key in without]}
    return schema


def _all(*schemas: Schema) -> Schema:
    return {"allOf": list(schemas)}


def _any(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


LITERAL = _has(type=("string", "number", "integer", "boolean"))
LITERAL_INPUT: Schema = {
    "required": ["inputs"],
    "properties": {"inputs": {"type": "object", "not": {"additionalProperties": {"not": LITERAL}}}},
}
# Keys that components have and jobs have not.
COMPONENT_KEYS = _any(_has("version"), _has("is_deterministic"), LITERAL_INPUT)
NAME_AND_VERSION = "name version"

KINDS = [
    Kind(
        "schedule",
        SCHEDULE,
        "schedule jobSchedule monitorSchedule importDataSchedule",
        _any(*(_has("trigger", key) for key in ("create_job", "create_monitor", "import_data"))),
    ),
    Kind(
        "component",
        COMPONENT,
        "commandComponent parallelComponent pipelineComponent sparkComponent importComponent "
        "automlComponent dataTransferComponent dataTransferCopyComponent dataTransferImportComponent "
        "dataTransferExportComponent",
        _all(
            _any(
                _has("name", "command", type=("command",)),
                _has("name", "task", type=("parallel",)),
                _has("name", "jobs", type=("pipeline",)),
                _has("name", "entry", type=("spark",)),
                _has("name", "command", "environment", without=("type",)),
            ),
            COMPONENT_KEYS,
        ),
    ),
    Kind(
        "job",
        JOB,
        "commandJob pipelineJob sweepJob sparkJob autoMLJob importJob finetuningJob distillationJob",
        _any(
            _has("jobs", type=("pipeline",)),
            _has("component", without=("endpoint_name",), type=("pipeline",)),
            _has("command", "environment", type=("command",)),
            _has("trial", "search_space", type=("sweep",)),
            _has("entry", type=("spark",)),
            _has("task", "training_data", type=("automl", "finetuning")),
            _has("teacher_model_endpoint_connection", type=("distillation",)),
            _has("command", "environment", "compute", without=("type", "name")),
        ),
    ),
    Kind(
        "environment",
        base.EnvironmentSchema,
        "environment",
        _any(
            _has("name", "image", "conda_file", without=("type",)), _has("name", "build", without=("type",))
        ),
        NAME_AND_VERSION,
    ),
    Kind(
        "data",
        DATA,
        "data dataImport",
        _has("name", "path", type=("uri_file", "uri_folder", "mltable")),
        "name version path",
    ),
    Kind(
        "model",
        base.ModelSchema,
        "model",
        _has("name", "path", type=("custom_model", "mlflow_model", "triton_model")),
        NAME_AND_VERSION,
    ),
    Kind(
        "online_endpoint",
        ENDPOINT,
        "managedOnlineEndpoint kubernetesOnlineEndpoint onlineEndpoint",
        _has("name", auth_mode=("key", "aml_token")),
    ),
    Kind(
        "online_deployment",
        DEPLOYMENT,
        "managedOnlineDeployment kubernetesOnlineDeployment onlineDeployment",
        _has("endpoint_name", "instance_type"),
        "name endpoint_name",
    ),
    Kind("batch_endpoint", BatchEndpointSchema, "batchEndpoint"),
    Kind("batch_deployment", BatchDeploymentSchema, "batchDeployment", None, "name endpoint_name"),
    Kind(
        "model_batch_deployment",
        ModelBatchDeploymentSchema,
        "modelBatchDeployment",
        _has("endpoint_name", "model", "settings", type=("model",)),
        "name endpoint_name",
    ),
    Kind(
        "pipeline_component_batch_deployment",
        PipelineComponentBatchDeploymentSchema,
        "pipelineComponentBatchDeployment",
        _has("endpoint_name", "component", type=("pipeline",)),
        "name endpoint_name",
    ),
    Kind(
        "compute",
        COMPUTE,
        "amlCompute computeInstance kubernetesCompute synapseSparkCompute vmCompute virtualMachineCompute "
        "compute",
        _has("name", type=tuple(COMPUTE.classes)),
    ),
    Kind(
        "datastore",
        DATASTORE,
        "azureBlob azureFile azureDataLakeGen1 azureDataLakeGen2 oneLake",
        _has("name", type=tuple(DATASTORE.classes)),
    ),
    Kind(
        "connection",
        CONNECTION,
        "connection workspaceConnection",
        _has("name", "credentials", type=tuple(CONNECTION.classes)),
    ),
    Kind(
        "workspace",
        WORKSPACE,
        "workspace hub project",
        _any(_has("name", "managed_network"), _has("name", kind=("hub", "project"))),
    ),
    Kind("registry", RegistrySchema, "registry", _has("name", "replication_locations")),
    Kind("feature_store", FeatureStoreSchema, "featureStore", _has("name", "offline_store")),
    Kind("feature_set", FeatureSetSchema, "featureSet", _has("specification", "entities"), NAME_AND_VERSION),
    Kind(
        "feature_store_entity",
        FeatureStoreEntitySchema,
        "featureStoreEntity",
        _has("name", "index_columns"),
        NAME_AND_VERSION,
    ),
    Kind("feature_set_backfill", FeatureSetBackfillSchema, "featureSetBackfill", None, NAME_AND_VERSION),
    Kind(
        "model_package",
        ModelPackageSchema,
        "modelVersionPackage modelPackage",
        _has("inferencing_server", "base_environment_source"),
    ),
    Kind("index_asset", base.IndexAssetSchema, "index", None, NAME_AND_VERSION),
    Kind("capability_host", CapabilityHostSchema, "capabilityHost"),
    Kind("deployment_template", DeploymentTemplateSchema, "deploymentTemplate", None, NAME_AND_VERSION),
]

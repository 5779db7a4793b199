"""The kinds of spec that azure-ai-ml loads (`azml.core.kinds` tells how a file shows its kind).

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
    """One kind of spec: its class or choice of classes, and the keys that `az` can give in their place."""

    name: str
    source: Source
    supplied: str = "name"

    def schema(self, converter: Converter) -> Schema:
        return build(self.source, converter, tuple(self.supplied.split()))


NAME_AND_VERSION = "name version"

KINDS = [
    Kind("schedule", SCHEDULE),
    Kind("component", COMPONENT),
    Kind("job", JOB),
    Kind("environment", base.EnvironmentSchema, NAME_AND_VERSION),
    Kind("data", DATA, "name version path"),
    Kind("model", base.ModelSchema, NAME_AND_VERSION),
    Kind("online_endpoint", ENDPOINT),
    Kind("online_deployment", DEPLOYMENT, "name endpoint_name"),
    Kind("batch_endpoint", BatchEndpointSchema),
    Kind("batch_deployment", BatchDeploymentSchema, "name endpoint_name"),
    Kind("model_batch_deployment", ModelBatchDeploymentSchema, "name endpoint_name"),
    Kind("pipeline_component_batch_deployment", PipelineComponentBatchDeploymentSchema, "name endpoint_name"),
    Kind("compute", COMPUTE),
    Kind("datastore", DATASTORE),
    Kind("connection", CONNECTION),
    Kind("workspace", WORKSPACE),
    Kind("registry", RegistrySchema),
    Kind("feature_store", FeatureStoreSchema),
    Kind("feature_set", FeatureSetSchema, NAME_AND_VERSION),
    Kind("feature_store_entity", FeatureStoreEntitySchema, NAME_AND_VERSION),
    Kind("feature_set_backfill", FeatureSetBackfillSchema, NAME_AND_VERSION),
    Kind("model_package", ModelPackageSchema),
    Kind("index_asset", base.IndexAssetSchema, NAME_AND_VERSION),
    Kind("capability_host", CapabilityHostSchema),
    Kind("deployment_template", DeploymentTemplateSchema, NAME_AND_VERSION),
]

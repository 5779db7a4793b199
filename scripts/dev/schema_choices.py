"""Where azure-ai-ml chooses a schema class by a key of the file, told as tables.

The tables follow `Job._resolve_cls_and_type`, the component factory, `Compute._load`, `Datastore._load`,
`Workspace._resolve_sub_cls_and_kind`, `WorkspaceConnection._get_entity_class_from_type` and `Schedule` of
`azure.ai.ml.entities`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.ai.ml import _schema as base
from azure.ai.ml._schema import _datastore, automl, component, compute, job, workspace
from azure.ai.ml._schema._data_import.schedule import ImportDataScheduleSchema
from azure.ai.ml._schema._datastore.one_lake import OneLakeSchema
from azure.ai.ml._schema._deployment.online.online_deployment import (
    KubernetesOnlineDeploymentSchema,
    ManagedOnlineDeploymentSchema,
)
from azure.ai.ml._schema._distillation.distillation_job import DistillationJobSchema
from azure.ai.ml._schema._endpoint.online.online_endpoint import (
    KubernetesOnlineEndpointSchema,
    ManagedOnlineEndpointSchema,
)
from azure.ai.ml._schema._finetuning.azure_openai_finetuning import AzureOpenAIFineTuningSchema
from azure.ai.ml._schema._finetuning.custom_model_finetuning import CustomModelFineTuningSchema
from azure.ai.ml._schema._sweep.sweep_job import SweepJobSchema
from azure.ai.ml._schema.automl.image_vertical import image_classification, image_object_detection
from azure.ai.ml._schema.automl.nlp_vertical.text_classification import TextClassificationSchema
from azure.ai.ml._schema.automl.nlp_vertical.text_classification_multilabel import (
    TextClassificationMultilabelSchema,
)
from azure.ai.ml._schema.automl.nlp_vertical.text_ner import TextNerSchema
from azure.ai.ml._schema.component.automl_component import AutoMLComponentSchema
from azure.ai.ml._schema.component.data_transfer_component import (
    DataTransferCopyComponentSchema,
    DataTransferExportComponentSchema,
    DataTransferImportComponentSchema,
)
from azure.ai.ml._schema.monitoring.schedule import MonitorScheduleSchema
from azure.ai.ml._schema.pipeline.pipeline_component import PipelineComponentSchema
from azure.ai.ml._schema.pipeline.pipeline_job import PipelineJobSchema
from azure.ai.ml._schema.schedule.schedule import JobScheduleSchema
from azure.ai.ml._schema.workspace.connections import connection_subtypes as connections
from azure.ai.ml._schema.workspace.connections.workspace_connection import WorkspaceConnectionSchema
from marshmallow import Schema as SdkSchema
from schema_fields import Converter, Schema, instance
from schema_unions import has_any


@dataclass(frozen=True)
class Tagged:
    """The class of a spec depends on the word at `tag`; `default` is the word when the key is missing.

    A spec with one of the `telltale` keys is not of the default class: there the missing tag is the mistake,
    unless it has the default class's `own` key as well.
    """

    tag: str
    classes: Mapping[str, "Source"]
    default: str | None = None
    case: str | None = None
    telltale: tuple[str, ...] = ()
    own: str = "command"


@dataclass(frozen=True)
class Keyed:
    """The class depends on the presence of a key: the first key found decides, else `default`."""

    keys: dict[str, type]
    default: type


Source = type[SdkSchema] | Tagged | Keyed


def build(source: Source, converter: Converter, supplied: tuple[str, ...]) -> Schema:
    match source:
        case Tagged():
            return _tagged(source, converter, supplied)
        case Keyed():
            schema = build(source.default, converter, supplied)
            for key, cls in reversed(source.keys.items()):
                schema = {"if": {"required": [key]}, "then": build(cls, converter, supplied), "else": schema}
            return schema
        case _:
            return converter.object_schema(instance(source), supplied)


def _tagged(source: Tagged, converter: Converter, supplied: tuple[str, ...]) -> Schema:
    tag, case = source.tag, {"x-case": source.case} if source.case else {}
    built = {word: build(cls, converter, supplied) for word, cls in source.classes.items()}
    schema: Schema = {
        "type": "object",
        "properties": {tag: {"enum": sorted(built), **case}},
        "allOf": [
            {"if": {"properties": {tag: {"enum": [word], **case}}, "required": [tag]}, "then": inner}
            for word, inner in built.items()
        ],
    }
    if source.default is None:
        return {**schema, "required": [tag]}
    absent = built[source.default]
    if source.telltale:
        other = {"allOf": [has_any(list(source.telltale)), {"not": {"required": [source.own]}}]}
        absent = {"if": other, "then": {"required": [tag]}, "else": absent}
    return {**schema, "allOf": [*schema["allOf"], {"if": {"not": {"required": [tag]}}, "then": absent}]}


AUTOML_TASKS: dict[str, type] = {
    "classification": automl.AutoMLClassificationSchema,
    "regression": automl.AutoMLRegressionSchema,
    "forecasting": automl.AutoMLForecastingSchema,
    "image_classification": image_classification.ImageClassificationSchema,
    "image_classification_multilabel": image_classification.ImageClassificationMultilabelSchema,
    "image_object_detection": image_object_detection.ImageObjectDetectionSchema,
    "image_instance_segmentation": image_object_detection.ImageInstanceSegmentationSchema,
    "text_ner": TextNerSchema,
    "text_classification": TextClassificationSchema,
    "text_classification_multilabel": TextClassificationMultilabelSchema,
}

JOB = Tagged(
    "type",
    {
        "command": job.CommandJobSchema,
        "pipeline": PipelineJobSchema,
        "sweep": SweepJobSchema,
        "spark": job.SparkJobSchema,
        "automl": Tagged("task", AUTOML_TASKS),
        "import": job.ImportJobSchema,
        "finetuning": Tagged(
            "model_provider",
            {"azure_openai": AzureOpenAIFineTuningSchema, "custom": CustomModelFineTuningSchema},
        ),
        "distillation": DistillationJobSchema,
    },
    default="command",
    telltale=("jobs", "trial", "search_space", "entry", "task", "training_data", "source"),
)

COMPONENT = Tagged(
    "type",
    {
        "command": component.CommandComponentSchema,
        "parallel": component.ParallelComponentSchema,
        "pipeline": PipelineComponentSchema,
        "spark": component.SparkComponentSchema,
        "import": component.ImportComponentSchema,
        "automl": AutoMLComponentSchema,
        "data_transfer": Tagged(
            "task",
            {
                "copy_data": DataTransferCopyComponentSchema,
                "import_data": DataTransferImportComponentSchema,
                "export_data": DataTransferExportComponentSchema,
            },
        ),
    },
    default="command",
    telltale=("jobs", "entry", "task", "source", "sink"),
)

CONNECTION_CLASSES = [
    WorkspaceConnectionSchema,
    *(
        cls
        for name, cls in sorted(vars(connections).items())
        if name.endswith("ConnectionSchema") and cls is not WorkspaceConnectionSchema
    ),
]


def _connection_types(cls: type[SdkSchema]) -> list[str]:
    field: Any = instance(cls).load_fields["type"]
    return field.allowed_values


CONNECTION = Tagged(
    "type",
    {word: cls for cls in CONNECTION_CLASSES for word in _connection_types(cls)},
    case="snake",
)

COMPUTE = Tagged(
    "type",
    {
        "amlcompute": compute.aml_compute.AmlComputeSchema,
        "computeinstance": compute.compute_instance.ComputeInstanceSchema,
        "kubernetes": compute.kubernetes_compute.KubernetesComputeSchema,
        "synapsespark": compute.synapsespark_compute.SynapseSparkComputeSchema,
        "virtualmachine": compute.virtual_machine_compute.VirtualMachineComputeSchema,
    },
    case="lower",
)

DATASTORE = Tagged(
    "type",
    {
        "azure_blob": _datastore.AzureBlobSchema,
        "azure_data_lake_gen1": _datastore.AzureDataLakeGen1Schema,
        "azure_data_lake_gen2": _datastore.AzureDataLakeGen2Schema,
        "azure_file": _datastore.AzureFileSchema,
        "one_lake": OneLakeSchema,
    },
)

ENDPOINT = Keyed({"compute": KubernetesOnlineEndpointSchema}, ManagedOnlineEndpointSchema)

DEPLOYMENT = Tagged(
    "type",
    {"managed": ManagedOnlineDeploymentSchema, "kubernetes": KubernetesOnlineDeploymentSchema},
    default="managed",
)

WORKSPACE = Tagged(
    "kind",
    {
        "default": workspace.WorkspaceSchema,
        "hub": workspace.HubSchema,
        "project": workspace.ProjectSchema,
    },
    default="default",
    case="lower",
)

SCHEDULE = Keyed(
    {"create_monitor": MonitorScheduleSchema, "import_data": ImportDataScheduleSchema}, JobScheduleSchema
)

DATA = Keyed({"source": base.DataImportSchema}, base.DataSchema)

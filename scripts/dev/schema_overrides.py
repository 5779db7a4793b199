"""What azure-ai-ml checks in Python code instead of in fields, and what only the service refuses.

Both are written as JSON Schema by hand, and keys that the fields list but the entities refuse are taken out.
Each override takes the closed object made from a schema class of the SDK and returns it amended; it also
serves the subclasses. `KNOWN_HOOKS` lists the SDK's own checks that were read: either an override answers for
them or they only rearrange data.
"""

from collections.abc import Callable

from azure.ai.ml.constants import TimeZone

Schema = dict

BINDING = r"\$\{\{\s*\S*?\s*\}\}"
ARM_RESOURCE = (
    "/subscriptions/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/resourcegroups/.*/providers/[a-z.]*/[a-z]*/"
)


# As marshmallow checks addresses: a host with a dot, localhost or an IP address.
URL = (
    r"(?i)^(https?|ftps?)://([^\s/@]+@)?(localhost|\[[0-9a-f:.]+\]|([a-z0-9_-]+\.)+[a-z0-9-]{2,}\.?|(\d+\.){3}\d+)"
    r"(:\d+)?(/?|[/?]\S+)$"
)
BOOLEAN: Schema = {"type": "boolean", "x-coerce": True}


def _string(pattern: str, wanted: str) -> Schema:
    return {"type": "string", "pattern": pattern, "patternErrorMessage": wanted}


DATE_TIME = _string(
    r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,12})?)?(Z|[+-]\d{2}(:?\d{2})?)?$",
    "a date and time such as 2026-01-31T08:00:00",
)

# Classes of string fields; an editor and the validator show the words when the pattern does not match.
STRINGS: dict[str, Schema] = {
    "YamlFile": _string("^file:", "file:<path>"),
    "FileRefField": _string(r"^(?!file:|azureml:|\$\{\{)", "a path"),
    "RefField": {"type": "string"},
    "ComponentYamlRefField": {"type": "string"},
    "LocalPathField": {"type": "string"},
    "NodeBindingStr": _string(f"^{BINDING}$", "${{parent.jobs.<job>}}"),
    "DataBindingStr": _string(BINDING, "${{…}}"),
    "OutputBindingStr": _string(r"^\$\{\{parent\.outputs\..*?\}\}$", "${{parent.outputs.<name>}}"),
    "GitStr": _string(r"^git\+", "git+<address>"),
    "RegistryStr": _string("^azureml://registries/", "azureml://registries/<registry>/…"),
    "InternalRegistryStr": _string("^azureml://(registries|feeds)/", "azureml://registries/<registry>/…"),
    "VersionedReference": _string(
        r"^azureml:(/?subscriptions/.+/versions/[^/]+|/.*[:@].+|[^/]*[:@][^/]+)$",
        "azureml:<name>:<version> or azureml:<name>@<label>",
    ),
    "Reference": _string(
        r"^azureml:(/?subscriptions/.+/versions/[^/]+|/.+|[^/]+)$",
        "azureml:<name>:<version> or azureml:<name>@<label>",
    ),
    "NumberVersion": _string(r"^\d+(\.\d+)*$", "numbers joined by dots, such as 3.4"),
    "ArmStr": _string("^azureml:", "azureml:<name>"),
    "PythonFuncNameStr": _string(r"^[a-z][a-z\d_]*$", "lower-case letters, digits and _, a letter first"),
    "PipelineNodeNameStr": _string(r"^[a-z_][a-z\d_]*$", "lower-case letters, digits and _, no digit first"),
    "DateTimeStr": DATE_TIME,
    "DateTime": DATE_TIME,
    "UUID": _string("^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$", "a UUID"),
}

FUNCTION_VALIDATORS: dict[str, Schema] = {
    "validate_arm_str": {"pattern": f"(?i)^{ARM_RESOURCE}"},
    "acr_format_validator": {
        "pattern": "^/subscriptions/.*/resourceGroups/.*/providers/Microsoft.ContainerRegistry/registries/"
    },
    "storage_account_validator": {
        "pattern": "^/subscriptions/.*/resourceGroups/.*/providers/Microsoft.Storage/storageAccounts/"
    },
    "SystemCreatedStorageAccountSchema.<lambda>": {"minimum": 1},
}

KNOWN_HOOKS = {
    "AnonymousAssetSchema.warn_if_named",
    "AnonymousEnvironmentSchema.trim_dump_only",
    "BaseCreateJobSchema.pre_load",
    "BaseTenantCredentialSchema.accept_backward_compatible_keys",
    "ComponentSchema.convert_version_to_str",
    "ComputeBindingSchema.validate",
    "DataCollectorSchema.validate_sampling_rate",
    "DataTransferCopyComponentSchema.outputs_key",
    "DataTransferExportComponentSchema.inputs_key",
    "DataTransferExportComponentSchema.outputs_key",
    "DataTransferExportJobSchema.inputs_key",
    "DataTransferExportSchema.inputs_key",
    "DataTransferExportSchema.outputs_key",
    "DataTransferImportComponentSchema.inputs_key",
    "DataTransferImportComponentSchema.outputs_key",
    "DataTransferImportJobSchema.outputs_key",
    "DataTransferImportSchema.inputs_key",
    "DataTransferImportSchema.outputs_key",
    "EventHubSchema.validate_namespace",
    "IdentitySchema.validate_user_assigned_identities",
    "ImageModelDistributionSettingsClassificationSchema.before_make",
    "ImageModelDistributionSettingsDetectionCommonSchema.before_make",
    "MicrosoftOneLakeConnectionSchema.check_for_target",
    "NetworkAclsSchema.validate_schema",
    "NlpParameterSubspaceSchema.before_make",
    "OnlineEndpointSchema.validate_traffic",
    "OversizeDataConfigSchema.validate_path",
    "ParameterizedSparkSchema.map_conf_field_names",
    "ParameterizedSparkSchema.no_duplicate_archives",
    "ParameterizedSparkSchema.no_duplicate_files",
    "ParameterizedSparkSchema.no_duplicate_jars",
    "ParameterizedSparkSchema.no_duplicate_py_files",
    "PathAwareSchema.add_param_overrides",
    "PathAwareSchema.trim_dump_only",
    "PipelineJobSchema.check_exclusive_fields",
    "ResourceSettingsSchema.conversion",
    "ServerlessComputeSettingsSchema.validate_custom_subnet",
    "YamlFileSchema.load_from_file",
    "_BaseEnvironmentSchema.pre_load",
}


def _with(schema: Schema, **keywords) -> Schema:
    return {**schema, **keywords}


def _amend(schema: Schema, **properties: dict) -> Schema:
    """Add keywords to the schemas of some properties."""
    changed = {key: {**schema["properties"].get(key, {}), **extra} for key, extra in properties.items()}
    return {**schema, "properties": {**schema["properties"], **changed}}


def _replace(schema: Schema, **properties: Schema | bool) -> Schema:
    return {**schema, "properties": {**schema["properties"], **properties}}


def _without(schema: Schema, *keys: str) -> Schema:
    return {**schema, "properties": {k: v for k, v in schema["properties"].items() if k not in keys}}


def _only(key: str) -> Schema:
    """A mapping with exactly this key."""
    return {"required": [key], "propertyNames": {"enum": [key]}}


def _node(schema: Schema) -> Schema:
    """A step keeps what `BaseNode` keeps; its `name` is the key that it stands under."""
    text = {"type": "string"}
    tags = {"type": "object", "additionalProperties": text}
    more = {"description": text, "display_name": text, "name": text, "tags": tags}
    return _replace(schema, **{**more, **schema["properties"]})


def _pipeline_job(schema: Schema) -> Schema:
    """Either `jobs` or the `component` that holds them."""
    return _with(
        schema,
        **{
            "if": {"required": ["component"]},
            "then": {"properties": {"jobs": {"not": {}}}},
            "else": {"required": ["jobs"]},
        },
    )


def _network_acls(schema: Schema) -> Schema:
    deny = {"properties": {"default_action": {"enum": ["Deny"]}}, "required": ["default_action"]}
    rules = {"required": ["ip_rules"], "properties": {"ip_rules": {"minItems": 1}}}
    return _with(_replace(schema, default_action={"enum": ["Allow", "Deny"]}), **{"if": deny, "then": rules})


def _one_lake(schema: Schema) -> Schema:
    return _with(
        schema,
        **{
            "if": {"not": {"required": ["target"]}},
            "then": {"required": ["artifact", "endpoint", "one_lake_workspace_name"]},
        },
    )


def _compute_binding(schema: Schema) -> Schema:
    local = {"properties": {"target": {"enum": ["local"]}}, "required": ["target"]}
    return _with(schema, **{"if": local, "then": {"properties": {"instance_count": {"enum": [1]}}}})


def _model_batch_deployment(schema: Schema) -> Schema:
    """`BatchDeployment._setup_instance_count` takes it in `settings` or in `resources`."""
    beside = {"not": {}, "patternErrorMessage": "resources.instance_count alone"}
    counted = {"properties": {"settings": {"properties": {"instance_count": beside}}}}
    return _with(schema, **{"if": {"required": ["resources"]}, "then": counted})


def _unique_lists(schema: Schema) -> Schema:
    return _amend(schema, **{key: {"uniqueItems": True} for key in ("archives", "files", "jars", "py_files")})


def _identity(schema: Schema) -> Schema:
    """An identity that the user assigns has to be named (the service refuses it otherwise)."""
    is_users = {"properties": {"type": {"enum": ["user_assigned"], "x-case": "snake"}}, "required": ["type"]}
    return _with(
        _amend(schema, user_assigned_identities={"maxItems": 1}),
        **{"if": is_users, "then": {"required": ["user_assigned_identities"]}},
    )


# https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-command, "resources"
SHM_SIZE = _string(rf"^\d+[bkmgBKMG]$|^{BINDING}$", "a number and its unit (b, k, m or g), such as 8g")
# https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-batch (pipeline component)
DEPLOYED_SETTINGS = ("continue_on_step_failure", "default_compute", "default_datastore", "force_rerun")

TIME_ZONE: Schema = {
    "enum": sorted(zone.value for zone in TimeZone),
    "patternErrorMessage": "the Windows name of a time zone, such as W. Europe Standard Time",
    "x-case": "any",
}

# https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-pipeline, "settings"
PIPELINE_SETTINGS = (*DEPLOYED_SETTINGS, "on_finalize", "on_init")

# Keys that count or measure something; no service takes a timeout of -5 or a job on 0 nodes. Keys whose -1
# means "no limit" are in the last list (https://learn.microsoft.com/azure/machine-learning/
# reference-yaml-job-parallel and reference-automl-images-cli-classification).
MINIMUMS: dict[str, int] = {
    **dict.fromkeys(
        (
            *("timeout", "trial_timeout", "timeout_minutes", "trial_timeout_minutes", "request_timeout_ms"),
            *("max_total_trials", "max_concurrent_trials", "max_trials", "max_nodes", "instance_count"),
            *("process_count_per_instance", "max_concurrency_per_instance", "worker_count"),
            *("max_concurrent_requests_per_instance", "failure_threshold", "success_threshold", "period"),
            *("polling_interval", "target_utilization_percentage", "truncation_percentage"),
        ),
        1,
    ),
    **dict.fromkeys(
        (
            *("max_retries", "initial_delay", "delay_evaluation", "evaluation_interval"),
            *("min_instances", "max_instances", "idle_time_before_scale_down", "max_queue_wait_ms"),
            *("idle_time_before_shutdown_minutes", "parameter_server_count"),
        ),
        0,
    ),
    **dict.fromkeys(("error_threshold", "mini_batch_error_threshold", "max_cores_per_trial"), -1),
}

PORT: Schema = {"minimum": 1026, "maximum": 65534}
SWITCH: Schema = {"enum": ["Disable", "Enable"], "x-case": "any"}
COLUMN_TYPES = ["binary", "boolean", "datetime", "double", "float", "integer", "long", "string"]
MINI_BATCH_SIZE = _string(rf"^\d+([kKmMgG][bB])*$|^{BINDING}$", "a number, or a size such as 10kb, 5mb, 1gb")


def _exact_type(schema: Schema) -> Schema:
    """`ScheduleCreateJobField` compares the type exactly."""
    return _replace(schema, type={"enum": schema["properties"]["type"]["enum"]})


def _connection(schema: Schema) -> Schema:
    """A connection needs its `target` where the type has no other name for it and no key alone will do."""
    renamed = {"api_key", "azure_endpoint", "endpoint", "url"} & set(schema["properties"])
    return schema if renamed else _with(schema, required=[*schema["required"], "target"])


# Keys that the fields do not require, but without which the SDK's constructors fail (TypeError, KeyError).
REQUIRED: dict[str, str] = {
    "AccessKeyConfigurationSchema": "access_key_id secret_access_key",
    "AccountKeyConfigurationSchema": "account_key",
    "AmlComputeSshSettingsSchema": "admin_username",
    "ApiKeyConfigurationSchema": "key",
    "AzureAISearchConnectionSchema": "endpoint",
    "AzureAIServicesConnectionSchema": "ai_services_resource_id endpoint",
    "AzureBlobStoreConnectionSchema": "url",
    "AzureContentSafetyConnectionSchema": "endpoint",
    "AzureOpenAIConnectionSchema": "azure_endpoint",
    "AzureSpeechServicesConnectionSchema": "endpoint",
    "BaseEnvironmentSourceSchema": "type",
    "ComputeRuntimeSchema": "spark_runtime_version",
    "CreateOnBehalfOfSchema": "user_object_id user_tenant_id",
    "CustomApplicationsSchema": "endpoints image",
    "CustomMonitoringMetricThresholdSchema": "metric_name",
    "CustomMonitoringSignalSchema": "component_id metric_thresholds",
    "DataCollectorSchema": "collections",
    "DataImportSchema": "name",
    "EndpointsSettingsSchema": "published target",
    "FADProductionDataSchema": "input_data",
    "FeatureAttributionDriftSignalSchema": "metric_thresholds reference_data",
    "GenerationSafetyQualitySchema": "metric_thresholds",
    "IdentitySchema": "type",
    "ImageSettingsSchema": "reference",
    "ImageSweepSettingsSchema": "sampling_algorithm",
    "InputLiteralValueSchema": "value",
    "JobResourcesSchema": "instance_types",
    "LlmDataSchema": "input_data",
    "ManagedNetworkSchema": "isolation_mode",
    "MaterializationComputeResourceSchema": "instance_type",
    "ModelBatchDeploymentSettingsSchema": "mini_batch_size",
    "ModelPackageSchema": "inferencing_server target_environment",
    "ModelPerformanceSignalSchema": "metric_thresholds production_data reference_data",
    "MonitorDefinitionSchema": "compute",
    "NlpSweepSettingsSchema": "sampling_algorithm",
    "PatTokenConfigurationSchema": "pat",
    "PipelineComponentBatchDeploymentSchema": "name",
    "PredictionDriftSignalSchema": "metric_thresholds",
    "ProductionDataSchema": "input_data",
    "RecurrenceScheduleSchema": "hours minutes",
    "ReferenceDataSchema": "input_data",
    "SasTokenConfigurationSchema": "sas_token",
    "ServerlessConnectionSchema": "endpoint",
    "ServerlessSparkComputeSchema": "instance_type runtime_version",
    "ServicePrincipalConfigurationSchema": "client_secret",
    "StackEnsembleSettingsSchema": "stack_meta_learner_type",
    "SystemCreatedAcrAccountSchema": "acr_account_sku",
    "UsernamePasswordConfigurationSchema": "password username",
    "VirtualMachineSshSettingsSchema": "admin_username",
    "VolumeSettingsSchema": "source target",
    "WorkspaceConnectionSchema": "name",
}

OVERRIDES: dict[str, Callable[[Schema], Schema]] = {
    "_BaseEnvironmentSchema": lambda s: _replace(s, conda_file={"type": ["object", "string"]}),
    "AnonymousModelSchema": lambda s: _with(s, dependentRequired={"version": ["name"]}),
    "BaseNodeSchema": _node,
    # Its description in the SDK; https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-batch
    "BatchEndpointSchema": lambda s: _without(_amend(s, auth_mode={"enum": ["aad_token"]}), "identity"),
    "BatchDeploymentSchema": lambda s: _without(s, "job_definition"),
    # The service answers that ContextUri is required: azure-sdk-for-python issue 29279.
    "BuildContextSchema": lambda s: _with(s, required=[*s["required"], "path"]),
    "BaseTenantCredentialSchema": lambda s: _replace(s, authority_uri={"type": "string"}),
    "CommandCreateJobSchema": _exact_type,
    "ComputeBindingSchema": _compute_binding,
    "DataColumnSchema": lambda s: _replace(s, type={"enum": COLUMN_TYPES, "x-case": "lower"}),
    "DataCollectorSchema": lambda s: _amend(s, sampling_rate={"minimum": 0, "maximum": 1}),
    "DataInputSchema": lambda s: _without(s, "path_on_compute"),
    "DataTransferCopyComponentSchema": lambda s: _amend(s, outputs={"minProperties": 1, "maxProperties": 1}),
    "DataTransferExportComponentSchema": lambda s: _without(_amend(s, inputs=_only("source")), "outputs"),
    "DataTransferExportJobSchema": lambda s: _amend(s, inputs=_only("source")),
    "DataTransferExportSchema": lambda s: _without(_amend(s, inputs=_only("source")), "outputs"),
    "DataTransferImportComponentSchema": lambda s: _without(_amend(s, outputs=_only("sink")), "inputs"),
    "DataTransferImportJobSchema": lambda s: _amend(s, outputs=_only("sink")),
    "DataTransferImportSchema": lambda s: _without(_amend(s, outputs=_only("sink")), "inputs"),
    "EndpointsSettingsSchema": lambda s: _amend(s, published=PORT, target=PORT),
    "EventHubSchema": lambda s: _amend(s, namespace={"pattern": r"^[^.]*\.[^.]*$"}),
    "IdentitySchema": _identity,
    "JobResourceConfigurationSchema": lambda s: _amend(s, shm_size=SHM_SIZE),
    "ImageModelDistributionSettingsSchema": lambda s: _without(s, "augmentations"),
    "ImageModelSettingsObjectDetectionSchema": lambda s: _amend(
        s, log_training_metrics=SWITCH, log_validation_loss=SWITCH
    ),
    "ImageVerticalSchema": lambda s: _without(s, "test_data_size"),
    "JobServiceBaseSchema": lambda s: _amend(s, nodes={"enum": ["all"]}),
    "ManagedIdentitySchema": lambda s: _without(s, "msi_resource_id"),
    "MLTableInputSchema": lambda s: _without(s, "path_on_compute"),
    "MicrosoftOneLakeConnectionSchema": _one_lake,
    "ModelBatchDeploymentSchema": _model_batch_deployment,
    "NetworkAclsSchema": _network_acls,
    "OutputSchema": lambda s: _with(s, dependentRequired={"version": ["name"]}),
    "OversizeDataConfigSchema": lambda s: _amend(
        s, path={"pattern": "^((file|folder):)?azureml://.*datastores/"}
    ),
    "ParallelComponentSchema": lambda s: _amend(s, mini_batch_size=MINI_BATCH_SIZE),
    "ParameterizedParallelSchema": lambda s: _amend(s, mini_batch_size=MINI_BATCH_SIZE),
    "ParameterizedSparkSchema": _unique_lists,
    "PipelineComponentBatchDeploymentSchema": lambda s: _amend(
        s, settings={"properties": {key: {} for key in DEPLOYED_SETTINGS}, "additionalProperties": False}
    ),
    "PipelineComponentSchema": lambda s: _replace(
        s,
        settings={
            "type": "object",
            "properties": {key: {} for key in PIPELINE_SETTINGS},
            "additionalProperties": False,
        },
    ),
    "PipelineCreateJobSchema": _exact_type,
    "PipelineJobSchema": _pipeline_job,
    "PipelineJobSettingsSchema": lambda s: _replace(
        s, on_init={"type": "string"}, on_finalize={"type": "string"}
    ),
    "PrimitiveOutputSchema": lambda s: _replace(s, early_available=BOOLEAN, is_control=BOOLEAN),
    "RecurrenceTriggerSchema": lambda s: _amend(s, interval={"minimum": 1}),
    "ReferenceDataSchema": lambda s: _without(s, "target_column_name"),
    "ResourceSettingsSchema": lambda s: _replace(s, **{"nvidia.com/gpu": s["properties"]["gpu"]}),
    "ServerlessComputeSettingsSchema": lambda s: _amend(
        s, custom_subnet={"pattern": f"(?i)^(none$|{ARM_RESOURCE})"}
    ),
    "ServerlessSparkComputeSchema": lambda s: _without(s, "compute_type"),
    "SparkCreateJobSchema": _exact_type,
    "TruncationSelectionPolicySchema": lambda s: _amend(s, truncation_percentage={"maximum": 99}),
    "TriggerSchema": lambda s: _replace(s, time_zone=TIME_ZONE),
    "WorkspaceConnectionSchema": _connection,
}


def amended(class_names: list[str], schema: Schema) -> Schema:
    """The schema with what is known by hand about its class and the classes that it inherits from."""
    for name in class_names:
        schema = OVERRIDES.get(name, lambda same: same)(schema)
        if name in REQUIRED:
            schema = _with(schema, required=[*schema["required"], *REQUIRED[name].split()])
    counts = {key: {"minimum": MINIMUMS[key]} for key in schema["properties"] if key in MINIMUMS}
    return _amend(schema, **counts)

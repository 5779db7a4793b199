"""The model card: the report in Markdown, for people. Every number is one of the report."""

TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "log_loss": "Log loss",
    "brier_score": "Brier score",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "false_positive_rate": "False positive rate",
}
CARD = """\
# Model card

Gradient boosted trees that give each client the probability of a default.

## Data

| | |
| --- | --- |
| File (SHA-256) | `{data[sha256]}` |
| Clients | {data[rows]} |
| Train, test | {data[train_rows]}, {data[test_rows]} |
| Share of defaults | {data[target_rate]:.4f} |
| Features | {data[features]} |
| Left out of the features | {sensitive} |

Who is test data is decided by a hash of the client's identifier.

## Scores on the test data

| Score | Value | 95 % interval |
| --- | --- | --- |
{scores}

Precision, recall, F1, accuracy and the false positive rate are those of the decision at a probability of
{settings[threshold]:g}. Intervals are from resampling the test clients.

## The decision

| Threshold | Cost per client |
| --- | --- |
| {settings[threshold]:g} (chosen) | {costs[cost_per_client]:.4f} |
| {costs[best_threshold]:.4f} (lowest cost on these test clients) | {costs[best_cost_per_client]:.4f} |

A missed default costs {settings[missed_default_cost]:g}, a false alarm {settings[false_alarm_cost]:g}.

## Groups

Scores of groups with at least {settings[min_group_size]} test clients. The largest distance between the
intervals of two groups of one column is {group_gap:.4f}; it is 0 where all of them overlap.

| Column | Group | Clients | Defaults | Flagged | ROC AUC | 95 % interval | Recall | False positive rate |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
{groups}

## Importance

ROC AUC lost when the column is shuffled.

| Column | Lost |
| --- | --- |
{importance}

## Limits

The scores hold for clients like those in the data. A difference between groups that is smaller than their
intervals may be chance. Columns that are left out may still be reflected in others.
"""


def model_card(report: dict) -> str:
    """Return the card as Markdown."""
    scores = [
        f"| {TITLES[name]} | {score['value']:.4f} | {score['low']:.4f} to {score['high']:.4f} |"
        for name, score in report["scores"].items()
    ]
    groups = [
        group_row(column, name, facts)
        for column, names in report["groups"].items()
        for name, facts in names.items()
    ]
    importance = [f"| {name} | {lost:.4f} |" for name, lost in report["importance"].items()]
    tables = {"scores": scores, "groups": groups or ["| none |" + " |" * 8], "importance": importance}
    lines = {name: "\n".join(rows) for name, rows in tables.items()}
    return CARD.format(**report | lines, sensitive=", ".join(report["groups"]) or "none")


def group_row(column: str, name: str, facts: dict) -> str:
    if "roc_auc" not in facts:
        return f"| {column} | {name} | {facts['rows']} | too few to say |" + " |" * 5
    interval = f"{facts['roc_auc_low']:.4f} to {facts['roc_auc_high']:.4f}"
    return (
        f"| {column} | {name} | {facts['rows']} | {facts['target_rate']:.4f} | {facts['flagged_rate']:.4f} | "
        f"{facts['roc_auc']:.4f} | {interval} | {facts['recall']:.4f} | {facts['false_positive_rate']:.4f} |"
    )

"""The report's plots."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.metrics import ConfusionMatrixDisplay, precision_recall_curve, roc_curve

MOST_COLUMNS = 20


def draw(report: dict, target: np.ndarray, probability: np.ndarray, folder: Path) -> None:
    """Write performance.png, importance.png and, if there are groups with scores, groups.png."""
    draw_performance(report, target, probability).savefig(folder / "performance.png", dpi=100)
    draw_importance(report).savefig(folder / "importance.png", dpi=100)
    scored = [
        (f"{column}: {name}  ({facts['rows']:,})", facts)
        for column, groups in report["groups"].items()
        for name, facts in groups.items()
        if "roc_auc" in facts
    ]
    if scored:
        draw_groups(report, scored).savefig(folder / "groups.png", dpi=100)


def clients_of(report: dict, rows: int | None = None) -> str:
    """Return which clients a plot is about (default: all test clients), and of which data."""
    data = report["data"]
    return f"{rows or data['test_rows']:,} test clients of {data['rows']:,}, data {data['sha256'][:8]}"


def draw_performance(report: dict, target: np.ndarray, probability: np.ndarray) -> Figure:
    figure = Figure(figsize=(11, 9))
    (roc, recall), (calibration, confusion) = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.07, right=0.97, top=0.91, bottom=0.07, wspace=0.2, hspace=0.28)
    figure.suptitle(f"Performance: {clients_of(report)}")
    scores, threshold = report["scores"], report["settings"]["threshold"]
    false_positives, true_positives, _ = roc_curve(target, probability)
    roc.plot(false_positives, true_positives)
    roc.plot([0, 1], [0, 1], "k:", linewidth=1)
    roc.set(title=f"ROC, area {scores['roc_auc']['value']:.3f}")
    roc.set(xlabel="share of repaid loans flagged", ylabel="share of defaults flagged")
    precision, sensitivity, _ = precision_recall_curve(target, probability)
    recall.plot(sensitivity, precision)
    recall.axhline(target.mean(), color="k", linestyle=":", linewidth=1)
    recall.set(title=f"Precision and recall, average precision {scores['average_precision']['value']:.3f}")
    recall.set(xlabel="recall", ylabel="precision", ylim=(0, 1.02))
    actual, predicted = calibration_curve(target, probability, n_bins=10, strategy="quantile")
    calibration.plot([0, 1], [0, 1], "k:", linewidth=1)
    calibration.plot(predicted, actual, "o-")
    calibration.set(title=f"Calibration, Brier score {scores['brier_score']['value']:.3f}")
    calibration.set(xlabel="predicted probability, by tenth of the clients", ylabel="share of defaults")
    ConfusionMatrixDisplay.from_predictions(
        target,
        probability >= threshold,
        display_labels=["repaid", "default"],
        cmap="Blues",
        colorbar=False,
        values_format=",d",
        ax=confusion,
    )
    confusion.set(title=f"Clients at a threshold of {threshold:g}", xlabel="predicted", ylabel="actual")
    return figure


def draw_importance(report: dict) -> Figure:
    shown = dict(list(report["importance"].items())[:MOST_COLUMNS][::-1])
    figure = Figure(figsize=(8, 1 + 0.3 * len(shown)))
    axes = figure.subplots()
    axes.barh(list(shown), list(shown.values()))
    axes.set(title=f"Importance: {clients_of(report, report['importance_rows'])}")
    axes.set(xlabel="ROC AUC lost when the column is shuffled")
    figure.tight_layout()
    return figure


def draw_groups(report: dict, scored: list[tuple[str, dict]]) -> Figure:
    scored = scored[::-1]
    figure = Figure(figsize=(8, 1.2 + 0.35 * len(scored)))
    axes = figure.subplots()
    value = np.array([facts["roc_auc"] for _, facts in scored])
    low = value - [facts["roc_auc_low"] for _, facts in scored]
    high = [facts["roc_auc_high"] for _, facts in scored] - value
    axes.errorbar(value, range(len(scored)), xerr=[low, high], fmt="o", capsize=3)
    axes.axvline(report["scores"]["roc_auc"]["value"], color="k", linestyle=":", linewidth=1)
    axes.set_yticks(range(len(scored)), [label for label, _ in scored])
    axes.set(title=f"Groups: {clients_of(report)}")
    axes.set(xlabel="ROC AUC with its 95 % interval; dotted: all test clients")
    figure.tight_layout()
    return figure

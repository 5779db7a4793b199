"""Makes data/credit_card_synthetic.csv: credit card clients that do not exist, in the real data's layout.

The shares and quantiles below are summary statistics of the published UCI data set 350, "Default of Credit
Card Clients" (I-Cheng Yeh, 2009, CC BY 4.0; Yeh and Lien 2009, doi:10.1016/j.eswa.2007.12.020). The real
file is not read. How the columns depend on each other is made up, so that a model finds something to learn:
a figure measured on this sample says nothing about real clients.
"""

import csv
import math
from bisect import bisect
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import NormalDist

SAMPLE = Path(__file__).parents[2] / "data" / "credit_card_synthetic.csv"
CLIENTS = 2500
SEED = 350
DEFAULT_RATE = 0.2212
TARGET = "default payment next month"

# How many of 30,000 clients have each code.
SEX = {1: 11888, 2: 18112}
EDUCATION = {0: 14, 1: 10585, 2: 14030, 3: 4917, 4: 123, 5: 280, 6: 51}
MARRIAGE = {0: 54, 1: 13659, 2: 15964, 3: 323}
# Repayment status, September back to April 2005: -2 no use, -1 paid in full, 0 revolving, n: n months late.
STATUS = {
    "PAY_0": {-2: 2759, -1: 5686, 0: 14737, 1: 3688, 2: 2667, 3: 322, 4: 76, 5: 26, 6: 11, 7: 9, 8: 19},
    "PAY_2": {-2: 3782, -1: 6050, 0: 15730, 1: 28, 2: 3927, 3: 326, 4: 99, 5: 25, 6: 12, 7: 20, 8: 1},
    "PAY_3": {-2: 4085, -1: 5938, 0: 15764, 1: 4, 2: 3819, 3: 240, 4: 76, 5: 21, 6: 23, 7: 27, 8: 3},
    "PAY_4": {-2: 4348, -1: 5687, 0: 16455, 1: 2, 2: 3159, 3: 180, 4: 69, 5: 35, 6: 5, 7: 58, 8: 2},
    "PAY_5": {-2: 4546, -1: 5539, 0: 16947, 2: 2626, 3: 178, 4: 84, 5: 17, 6: 4, 7: 58, 8: 1},
    "PAY_6": {-2: 4895, -1: 5740, 0: 16286, 2: 2766, 3: 184, 4: 49, 5: 13, 6: 19, 7: 46, 8: 2},
}
# Share of defaults by repayment status in September, from -2 to 8.
DEFAULT_SHARES = (0.13, 0.17, 0.13, 0.34, 0.69, 0.76, 0.68, 0.5, 0.55, 0.78, 0.58)
# Values at the quantiles; amounts in New Taiwan dollars.
QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1)
AGE = (21, 23, 28, 34, 41, 53, 60, 79)
LIMIT = (10_000, 20_000, 50_000, 140_000, 240_000, 430_000, 500_000, 1_000_000)
USED_SHARE_OF_LIMIT = (0, 0, 0.022, 0.314, 0.830, 1.013, 1.232, 1.5)


def uniform(normal: float) -> float:
    """Turns a standard normal number into the share of clients below it."""
    return NormalDist().cdf(normal)


def at_quantile(values: tuple[float, ...], share: float) -> float:
    """Linear interpolation between the quantiles."""
    upper = min(bisect(QUANTILES, share), len(QUANTILES) - 1)
    low, high = QUANTILES[upper - 1], QUANTILES[upper]
    return values[upper - 1] + (values[upper] - values[upper - 1]) * (share - low) / (high - low)


def code_at(counts: dict[int, int], share: float) -> int:
    """The code that this share of the clients reaches, with the codes in ascending order."""
    below = list(accumulate(counts.values()))
    return list(counts)[min(bisect(below, share * below[-1]), len(below) - 1)]


def correlated(random: Random, normal: float, correlation: float) -> float:
    """A standard normal number that goes with another one."""
    return correlation * normal + math.sqrt(1 - correlation**2) * random.gauss()


def draw_months(random: Random, strain: float, limit: int) -> dict[str, int]:
    """Status, bill and payment of six months, latest first; each month resembles the one after it."""
    month = {}
    status_normal = correlated(random, strain, 0.6)
    used_normal = correlated(random, status_normal, 0.7)
    for number, (name, counts) in enumerate(STATUS.items(), start=1):
        month[name] = code_at(counts, uniform(status_normal))
        month[f"BILL_AMT{number}"] = round(limit * at_quantile(USED_SHARE_OF_LIMIT, uniform(used_normal)))
        status_normal = correlated(random, status_normal, 0.85)
        used_normal = correlated(random, used_normal, 0.95)
    statuses = [month[name] for name in STATUS]
    for number in range(1, 7):
        earlier_bill = month[f"BILL_AMT{min(number + 1, 6)}"]
        month[f"PAY_AMT{number}"] = draw_payment(random, statuses[number - 1], earlier_bill)
    return month


def draw_payment(random: Random, status: int, bill: int) -> int:
    """Who is late pays nothing or little, who revolves a twentieth or so, the others the whole bill."""
    if status < 0:
        return bill
    if status > 0 and random.random() < 0.6:
        return 0
    return round(bill * random.uniform(0.035, 0.12) / 100) * 100


def draw_client(random: Random) -> dict[str, float]:
    """One client, with the logit of a default under "risk"."""
    strain = random.gauss()
    limit = round(at_quantile(LIMIT, uniform(correlated(random, -strain, 0.4))) / 10_000) * 10_000
    client: dict[str, float] = {
        "LIMIT_BAL": limit,
        "SEX": code_at(SEX, random.random()),
        "EDUCATION": code_at(EDUCATION, random.random()),
        "MARRIAGE": code_at(MARRIAGE, random.random()),
        "AGE": round(at_quantile(AGE, random.random())),
        **draw_months(random, strain, limit),
    }
    share = DEFAULT_SHARES[int(client["PAY_0"]) + 2]
    late_months = sum(client[name] > 0 for name in STATUS)
    client["risk"] = math.log(share / (1 - share)) + 0.15 * late_months - 0.3 * math.log(limit / 140_000)
    return client


def draw_clients() -> list[dict[str, float]]:
    """All clients; exactly DEFAULT_RATE of them default, those of higher risk more often."""
    random = Random(SEED)
    clients = [draw_client(random) for _ in range(CLIENTS)]
    for client in clients:
        chance = random.random()
        client["risk"] -= math.log(chance / (1 - chance))
    threshold = sorted((client["risk"] for client in clients), reverse=True)[round(CLIENTS * DEFAULT_RATE)]
    for client in clients:
        client[TARGET] = int(client["risk"] > threshold)
    return clients


def write(path: Path) -> None:
    """Writes the sample under the two header lines of the real file."""
    amounts = [f"{kind}{number}" for kind in ("BILL_AMT", "PAY_AMT") for number in range(1, 7)]
    names = ["LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", *STATUS, *amounts, TARGET]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["", *(f"X{number}" for number in range(1, 24)), "Y"])
        writer.writerow(["ID", *names])
        for number, client in enumerate(draw_clients(), start=1):
            writer.writerow([number, *(client[name] for name in names)])


if __name__ == "__main__":
    write(SAMPLE)
    print(f"{SAMPLE}: {CLIENTS} synthetic clients")

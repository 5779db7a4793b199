"""Which type of trigger the keys of a schedule belong to."""

# What only a trigger of this type has.
KEYS_OF_TRIGGERS = {"cron": {"expression"}, "recurrence": {"frequency", "interval", "schedule"}}


def meant_trigger(trigger: dict) -> str | None:
    """Return the type that a trigger ought to have, by its keys; None where they do not tell."""
    meant = [name for name, keys in KEYS_OF_TRIGGERS.items() if not keys.isdisjoint(trigger)]
    return meant[0] if len(meant) == 1 and isinstance(trigger.get("type"), str) else None

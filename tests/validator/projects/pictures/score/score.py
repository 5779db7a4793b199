"""Score a batch of pictures."""


def run(batch):
    return batch

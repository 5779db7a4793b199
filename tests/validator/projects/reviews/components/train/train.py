"""Train the classifier."""

import click


@click.command()
@click.option("--vectors", required=True, type=click.Path())
@click.option("--epochs", "-e", default=3, type=int)
@click.option("--learning-rate", default=1e-4)
@click.option("--mixed-precision/--full-precision", default=False)
@click.option("--classifier", required=True)
def train(vectors, epochs, learning_rate, mixed_precision, classifier):
    print(vectors, epochs, learning_rate, mixed_precision, classifier)


if __name__ == "__main__":
    train()

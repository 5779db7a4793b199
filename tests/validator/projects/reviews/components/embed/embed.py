"""Turn texts into vectors."""

import typer

app = typer.Typer()


@app.command()
def embed(
    texts: str = typer.Option(...),
    vectors: str = typer.Option(..., help="folder"),
    width: int = 64,
    lower_case: bool = True,
):
    print(texts, vectors, width, lower_case)


if __name__ == "__main__":
    app()

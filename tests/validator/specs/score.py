"""Named by the specs beside it."""


def init():
    pass


def run(data):
    return data

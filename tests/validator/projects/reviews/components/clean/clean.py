"""Drop mark-up and stop words."""

import argparse


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts")
    parser.add_argument("cleaned")
    texts = parser.add_argument_group("texts")
    texts.add_argument("-l", "--language", choices=("en", "de", "fr"), required=True)
    texts.add_argument("--stop-words")
    texts.add_argument("--minimum-length", type=int, default=1)
    print(parser.parse_args())


if __name__ == "__main__":
    main()

"""Find alarms in counts."""

import argparse
import sys


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", required=True)
    parser.add_argument("--hours", type=int, required=True)
    parser.add_argument("--method", required=True)
    parser.add_argument("--share", type=float)
    parser.add_argument("--strict")
    parser.add_argument("--tags", nargs="*")
    parser.add_argument("--alarms", required=True)
    print(parser.parse_args(argv))


if __name__ == "__main__":
    main(sys.argv[1:])
